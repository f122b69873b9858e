//! A fixup that changes rows one by one: in a migration, built as the template says, next to the
//! same loop in a release program.

use std::fs;
use std::path::Path;

use rusqlite::Connection;

use crate::project::Project;
use crate::report::{Pairs, Row};
use crate::{files, worker};

pub(crate) fn measure(rows: i64) -> Row {
    Row {
        what: format!("{rows} rows, one by one"),
        against: "release program",
        bound: Some(1.1),
        outcome: Ok(pairs(rows)),
    }
}

fn pairs(rows: i64) -> Pairs {
    let project = Project::make("row-by-row");
    project.write(
        "20250101_000000_fix_up",
        &format!("use migration_api::prelude::*;\n{}{IMPL}", include_str!("fixup.rs"))
            .replace("pub(crate) ", "")
            .replace("//! ", "// "),
    );
    let mut job = project.build();
    let (original, ours, theirs) =
        (project.path("original.db"), project.path("ours.db"), project.path("theirs.db"));
    fill(&original, rows);
    job.database.path.clone_from(&ours);
    let pairs = Pairs::take(
        9,
        || {
            files::copy(&original, &ours);
            worker::apply(&job)
        },
        || {
            files::copy(&original, &theirs);
            worker::fix_up(&theirs)
        },
    );
    assert_eq!(levels(&ours), levels(&theirs));
    for database in [original, ours, theirs] {
        fs::remove_file(database).unwrap();
    }
    pairs
}

/// What makes a migration of the loop.
pub(crate) const IMPL: &str = "
#[derive(Default)]
pub struct FixUp;

impl Migration for FixUp {
    fn migrate_forward(&self, migrator: &mut Migrator) -> Result {
        Ok(fix_up(migrator.connection())?)
    }
}

export_migration!(FixUp);
";

pub(crate) fn fill(database: &Path, rows: i64) {
    files::remove(database);
    let connection = Connection::open(database).unwrap();
    connection
        .execute_batch(
            "CREATE TABLE player (id INTEGER PRIMARY KEY, name TEXT, score INTEGER, level INTEGER)",
        )
        .unwrap();
    connection
        .execute(
            "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?1) \
             INSERT INTO player SELECT i, ' Player ' || i, i * 7919 % 100003, 0 FROM n",
            [rows],
        )
        .unwrap();
}

pub(crate) fn levels(database: &Path) -> i64 {
    let connection = Connection::open(database).unwrap();
    connection.query_row("SELECT sum(level) FROM player", [], |row| row.get(0)).unwrap()
}
