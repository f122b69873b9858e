//! Many migrations to a new database, as whole commands: from a bundle and from built crates, next to the command
//! line of diesel with as many migrations of SQL, if it is installed. In processor time, which the disk and other
//! programs disturb less.

use std::fs;
use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use crate::many::{Many, id};
use crate::project::run;
use crate::report::{Pairs, Row};
use crate::{files, processor, worker};

/// From a bundle, next to a bare program, which a disk lets do no better.
pub(crate) fn measure_bundle_beside_bare(many: &Many) -> Row {
    let bare = many.project.path("bare.db");
    let replay = || {
        files::remove(&bare);
        processor::of(|| worker::replay(&many.applied, &bare))
    };
    Row {
        what: format!("{} from a bundle", many.count),
        against: "bare program",
        bound: None,
        outcome: Ok(Pairs::take(5, || from_bundle(many), replay)),
    }
}

pub(crate) fn measure_bundle(many: &Many) -> Row {
    beside_diesel(many, format!("{} from a bundle", many.count), || from_bundle(many))
}

pub(crate) fn measure_crates(many: &Many) -> Row {
    beside_diesel(many, format!("{} from built crates", many.count), || {
        files::remove(&many.job.database.path);
        processor::of(|| worker::apply(&many.job))
    })
}

/// As many on a database that has rows already.
pub(crate) fn measure_with_rows(many: &Many) -> Row {
    let base = many.project.path("with-rows.db");
    files::remove(&base);
    rusqlite::Connection::open(&base)
        .and_then(|connection| {
            connection.execute_batch(
                "CREATE TABLE note (id INTEGER PRIMARY KEY, text TEXT);
                 WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 100000)
                 INSERT INTO note SELECT i, 'note ' || i FROM n",
            )
        })
        .unwrap();
    let bare = many.project.path("bare.db");
    let ours = || {
        files::copy(&base, &many.job.database.path);
        processor::of(|| worker::apply(&many.job))
    };
    let theirs = || {
        files::copy(&base, &bare);
        processor::of(|| worker::replay(&many.applied, &bare))
    };
    Row {
        what: format!("{} beside rows", many.count),
        against: "bare program",
        bound: Some(1.3),
        outcome: Ok(Pairs::take(5, ours, theirs)),
    }
}

fn from_bundle(many: &Many) -> Duration {
    let database = many.project.path("work.db");
    files::remove(&database);
    let mut runner = many.project.runner(&["migrate", "--create", "--database"]);
    runner.arg(&database).arg("--bundle").arg(many.project.path("migrations.bundle"));
    processor::of(|| run(&mut runner))
}

fn beside_diesel(many: &Many, what: String, ours: impl FnMut() -> Duration) -> Row {
    let outcome = match Command::new("diesel").arg("--version").output() {
        Err(_) => Err("there is no `diesel` in PATH".to_owned()),
        Ok(version) if !String::from_utf8_lossy(&version.stdout).contains("sqlite") => {
            Err("the `diesel` in PATH is built without SQLite".to_owned())
        }
        Ok(_) => {
            let folder = diesel_project(many);
            Ok(Pairs::take(5, ours, || {
                files::remove(&folder.join("diesel.db"));
                let mut diesel = Command::new("diesel");
                diesel.args(["migration", "run", "--database-url", "diesel.db"]);
                processor::of(|| run(diesel.current_dir(&folder)))
            }))
        }
    };
    Row { what, against: "diesel migration run", bound: Some(1.0), outcome }
}

/// The same tables, as diesel has them made.
fn diesel_project(many: &Many) -> PathBuf {
    let folder = many.project.path("diesel");
    files::write(&folder.join("diesel.toml"), "");
    for number in 0..many.count {
        let id = id(number);
        let migration = folder.join("migrations").join(id.replacen('_', "", 1));
        fs::create_dir_all(&migration).unwrap();
        let make = format!(
            "CREATE TABLE table_{number:04} (id INTEGER PRIMARY KEY, a TEXT DEFAULT '0');\n"
        );
        files::write(&migration.join("up.sql"), &make);
        files::write(&migration.join("down.sql"), &format!("DROP TABLE table_{number:04};\n"));
    }
    folder
}
