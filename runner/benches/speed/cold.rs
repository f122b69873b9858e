//! Projects that are built from nothing, next to dynamic libraries that have rusqlite and nothing else.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use crate::many::{self, id};
use crate::project::{self, Project, run};
use crate::report::{MEGA, Pairs, Row};
use crate::{files, processor};

/// The name of the variable that asks for what takes many minutes.
const COLD: &str = "RUNNER_BENCH_COLD";

const OPERATIONS: &str = "use migration_api::prelude::*;

#[derive(Default)]
pub struct CreatePlayer;

impl Migration for CreatePlayer {
    fn migrate_forward(&self, migrator: &mut Migrator) -> Result {
        migrator.create_table(
            Table::new(\"player\")
                .column(Column::integer(\"id\").primary_key())
                .column(Column::text(\"name\").not_null()),
        )
    }

    fn migrate_backward(&self, migrator: &mut Migrator) -> Result {
        migrator.drop_table(\"player\")
    }
}

export_migration!(CreatePlayer);
";

/// What any migration needs of rusqlite, and no more.
const BARE: &str = "use rusqlite::{Connection, ffi};

#[unsafe(no_mangle)]
pub extern \"C\" fn migrate(handle: *mut ffi::sqlite3) -> bool {
    let connection = unsafe { Connection::from_handle(handle) };
    connection.and_then(|it| it.execute_batch(\"CREATE TABLE table_NUMBER (a)\")).is_ok()
}
";

/// The first `runner migrate` in a new project.
pub(crate) fn measure_first() -> Row {
    let project = Project::make("first");
    project.write(&id(0), OPERATIONS);
    let bare = Bare::make("first-bare", 1);
    Row {
        what: "first migrate, cold".to_owned(),
        against: "cargo build, rusqlite alone",
        bound: Some(1.5),
        outcome: Ok(Pairs::cold(2, || cold_migrate(&project), || bare.build())),
    }
}

/// Tells how large the library is that [`measure_first`] built.
pub(crate) fn print_size_of_one() {
    let built = Project::make("first").path("target/debug");
    let is_library = |path: &PathBuf| {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        name.contains(&id(0)) && path.extension().is_some_and(|end| end != "d")
    };
    let files = fs::read_dir(built).unwrap().map(|entry| entry.unwrap().path());
    let size = files.filter(is_library).map(|path| size(&path)).max().unwrap_or_default();
    println!("a migration that uses operations: {:.1} MB (bound: 0.8)", size as f64 / MEGA);
}

/// All migrations of a large project, whose target folders stay.
pub(crate) fn measure_many(count: usize) -> Row {
    let what = format!("{count} crates, cold");
    let against = "cargo build, rusqlite alone";
    if std::env::var_os(COLD).is_none_or(|value| value != "1") {
        let outcome = Err(format!("it takes many minutes, and is done with {COLD}=1"));
        return Row { what, against, bound: Some(1.3), outcome };
    }
    let project = Project::make("many-cold");
    for number in 0..count {
        project.write(&id(number), &many::source(number, 0));
    }
    let bare = Bare::make("many-cold-bare", count);
    let pairs = Pairs::cold(1, || cold_migrate(&project), || bare.build());
    let (ours, theirs) = (size(&project.path("target")), size(&bare.root.join("target")));
    println!(
        "target folder of {count} crates: {:.0} MB (bound for 1,000: 800), bare {:.0} MB",
        ours as f64 / MEGA,
        theirs as f64 / MEGA,
    );
    Row { what, against, bound: Some(1.3), outcome: Ok(pairs) }
}

fn cold_migrate(project: &Project) -> Duration {
    remove_folder(&project.path("target"));
    let database = project.path("cold.db");
    files::remove(&database);
    processor::of(|| project.migrate(&database))
}

/// A workspace of dynamic libraries, built as a new project builds migrations.
struct Bare {
    root: PathBuf,
}

impl Bare {
    fn make(name: &str, count: usize) -> Self {
        let root = Path::new(env!("CARGO_TARGET_TMPDIR")).join("speed").join(name);
        files::write(
            &root.join("Cargo.toml"),
            "[workspace]\nresolver = \"3\"\nmembers = [\"m*\"]\n\n\
             [profile.dev]\nopt-level = 2\ndebug = false\n\
             codegen-units = 1\nincremental = false\n",
        );
        for number in 0..count {
            let name = format!("m{number:04}");
            files::write(
                &root.join(&name).join("Cargo.toml"),
                &format!(
                    "[package]\nname = \"{name}\"\nversion = \"0.0.0\"\nedition = \"2024\"\n\n\
                     [lib]\ncrate-type = [\"cdylib\"]\n\n[dependencies]\n\
                     rusqlite = {{ version = \"0.41.1\", default-features = false, features = \
                     [\"cache\", \"collation\", \"functions\", \"hooks\", \"loadable_extension\"] }}\n"
                ),
            );
            let source = BARE.replace("NUMBER", &number.to_string());
            files::write(&root.join(&name).join("src/lib.rs"), &source);
        }
        Self { root }
    }

    fn build(&self) -> Duration {
        remove_folder(&self.root.join("target"));
        let mut cargo = Command::new("cargo");
        project::keep_from(&mut cargo);
        cargo
            .arg("build")
            .current_dir(&self.root)
            .env("CARGO_TARGET_DIR", self.root.join("target"));
        processor::of(|| run(&mut cargo))
    }
}

fn remove_folder(folder: &Path) {
    if folder.exists() {
        fs::remove_dir_all(folder).unwrap();
    }
}

/// How many bytes there are in a file, or in all below a folder; a file that has two names counts once.
fn size(path: &Path) -> u64 {
    let output = Command::new("du").args(["-sk", "--"]).arg(path).output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    text.split_whitespace().next().unwrap().parse::<u64>().unwrap() * 1024
}
