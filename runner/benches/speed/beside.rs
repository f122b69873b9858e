//! A small change in a large database: what the checks before COMMIT cost that is not about the
//! change.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use runner::Job;
use rusqlite::Connection;

use crate::project::Project;
use crate::report::{Pairs, Row};
use crate::{files, worker};

/// What the migration and the bare program do.
pub(crate) const CHANGE: &str = "UPDATE setting SET value = value + 1";

const MIGRATION: &str = "use migration_api::prelude::*;

#[derive(Default)]
pub struct Change;

impl Migration for Change {
    fn migrate_forward(&self, migrator: &mut Migrator) -> Result {
        migrator.execute_batch(\"CHANGE\")
    }
}

export_migration!(Change);
";

/// A built migration, and databases for it.
pub(crate) struct Beside {
    project: Project,
    job: Job,
}

impl Beside {
    pub(crate) fn prepare() -> Self {
        let project = Project::make("beside");
        project.write("20250101_000000_change", &MIGRATION.replace("CHANGE", CHANGE));
        let job = project.build();
        Self { project, job }
    }

    /// Next to the same change where there are no rows.
    pub(crate) fn rows(&self, rows: i64) -> Row {
        let (large, small) = (self.database("rows"), self.database("no-rows"));
        family(&large, rows);
        family(&small, 0);
        let pairs = Pairs::take(31, || self.apply(&large), || self.apply(&small));
        fs::remove_file(large).unwrap();
        Row {
            what: format!("beside {rows} rows"),
            against: "beside none",
            bound: Some(1.2),
            outcome: Ok(pairs),
        }
    }

    /// Next to a bare program, which reads the schema once: the runner does on two connections, and sums
    /// it up after the migration.
    pub(crate) fn tables(&self, tables: usize) -> Row {
        let database = self.database("tables");
        schema(&database, tables);
        Row {
            what: format!("beside {tables} tables"),
            against: "bare program",
            bound: None,
            outcome: Ok(Pairs::take(31, || self.apply(&database), || worker::change(&database))),
        }
    }

    fn database(&self, name: &str) -> PathBuf {
        self.project.path(&format!("{name}.db"))
    }

    /// Applies the migration to `database`, from which it is then forgotten.
    fn apply(&self, database: &Path) -> Duration {
        let mut job = self.job.clone();
        database.clone_into(&mut job.database.path);
        let took = worker::apply(&job);
        open(database).execute_batch("DELETE FROM _runner_migrations").unwrap();
        took
    }
}

/// Parents and children with keys, an index and triggers, and a table beside them.
fn family(database: &Path, rows: i64) {
    files::remove(database);
    let connection = open(database);
    connection
        .execute_batch(
            "CREATE TABLE setting (value INTEGER); INSERT INTO setting VALUES (0);
             CREATE TABLE parent (id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT);
             CREATE TABLE child (
               id INTEGER PRIMARY KEY AUTOINCREMENT,
               parent INTEGER NOT NULL REFERENCES parent (id) ON DELETE CASCADE
             );
             CREATE INDEX child_of_parent ON child (parent);
             CREATE TRIGGER parent_goes AFTER DELETE ON parent
             BEGIN DELETE FROM child WHERE parent = old.id; END;",
        )
        .unwrap();
    connection
        .execute_batch(&format!(
            "BEGIN;
             WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {rows})
             INSERT INTO parent SELECT i, 'parent ' || i FROM n WHERE i % 100 = 1;
             WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {rows})
             INSERT INTO child SELECT i, (i - 1) / 100 * 100 + 1 FROM n;
             COMMIT;"
        ))
        .unwrap();
}

/// Many tables, each with an index, a key, a trigger and a row.
fn schema(database: &Path, tables: usize) {
    files::remove(database);
    let connection = open(database);
    let all: String = (0..tables)
        .map(|n| {
            format!(
                "CREATE TABLE t{n} (id INTEGER PRIMARY KEY, up INTEGER REFERENCES t{} (id), a TEXT);
                 CREATE INDEX i{n} ON t{n} (up);
                 CREATE TRIGGER g{n} AFTER DELETE ON t{n} BEGIN SELECT 1; END;
                 INSERT INTO t{n} (a) VALUES ('row');",
                n.saturating_sub(1)
            )
        })
        .collect();
    connection
        .execute_batch(&format!(
            "BEGIN; CREATE TABLE setting (value INTEGER); INSERT INTO setting VALUES (0); {all} COMMIT"
        ))
        .unwrap();
}

fn open(database: &Path) -> Connection {
    let connection = Connection::open(database).unwrap();
    connection.pragma_update(None, "foreign_keys", false).unwrap();
    connection
}
