//! A project with many migrations, each of which makes a table.

use std::path::{Path, PathBuf};

use runner::Job;
use rusqlite::types::Value;
use rusqlite::{Connection, params_from_iter};

use crate::project::Project;
use crate::{files, worker};

/// The project, built, and databases that it was applied to.
pub(crate) struct Many {
    pub(crate) project: Project,
    pub(crate) count: usize,
    /// Applies everything to a database that is not there yet.
    pub(crate) job: Job,
    /// Everything is applied.
    pub(crate) applied: PathBuf,
    /// All but the last is applied.
    pub(crate) all_but_last: PathBuf,
    /// The last migration.
    pub(crate) last: String,
}

impl Many {
    /// Generates and builds `count` migrations; this takes minutes the first time.
    pub(crate) fn prepare(count: usize) -> Self {
        let project = Project::make(&format!("{count}-migrations"));
        for number in 0..count {
            project.write(&id(number), &source(number, 0));
        }
        eprintln!("building {count} migrations, unless they are built");
        let mut job = project.build();
        assert_eq!(job.steps.len(), count);
        let applied = project.path("applied.db");
        let all_but_last = project.path("all-but-last.db");
        for (database, steps) in [(&all_but_last, count - 1), (&applied, count)] {
            files::remove(database);
            let mut job = job.clone();
            job.database.path.clone_from(database);
            job.steps.truncate(steps);
            worker::apply(&job);
        }
        job.database.path = project.path("work.db");
        Self { project, count, job, applied, all_but_last, last: id(count - 1) }
    }
}

pub(crate) fn id(number: usize) -> String {
    format!("202501{:02}_0000{:02}_make_table_{number:04}", 1 + number / 60, number % 60)
}

/// The source of a migration; what it builds to differs from one `edition` to the next.
pub(crate) fn source(number: usize, edition: u32) -> String {
    format!(
        r#"use migration_api::prelude::*;

#[derive(Default)]
pub struct MakeTable;

impl Migration for MakeTable {{
    fn migrate_forward(&self, migrator: &mut Migrator) -> Result {{
        migrator.execute_batch(
            "CREATE TABLE table_{number:04} (id INTEGER PRIMARY KEY, a TEXT DEFAULT '{edition}')",
        )
    }}

    fn migrate_backward(&self, migrator: &mut Migrator) -> Result {{
        migrator.execute_batch("DROP TABLE table_{number:04}")
    }}
}}

export_migration!(MakeTable);
"#
    )
}

/// What the migrations did to a database, in order.
pub(crate) struct History {
    make_history: String,
    steps: Vec<(String, Vec<Value>)>,
}

impl History {
    /// Reads it from `database`.
    pub(crate) fn read(database: impl AsRef<Path>) -> Self {
        let connection = Connection::open(database).unwrap();
        let texts = |which: &str| -> Vec<String> {
            connection
                .prepare(&format!("SELECT sql FROM sqlite_schema WHERE name {which} ORDER BY name"))
                .unwrap()
                .query_map([], |row| row.get(0))
                .unwrap()
                .map(Result::unwrap)
                .collect()
        };
        let mut history =
            connection.prepare("SELECT * FROM _runner_migrations ORDER BY id").unwrap();
        let columns = history.column_count();
        let rows: Vec<Vec<Value>> = history
            .query_map([], |row| (0..columns).map(|column| row.get(column)).collect())
            .unwrap()
            .map(Result::unwrap)
            .collect();
        Self {
            make_history: texts("= '_runner_migrations'").remove(0),
            steps: texts("LIKE 'table%'").into_iter().zip(rows).collect(),
        }
    }

    /// Does it again on `connection`, a transaction for each migration.
    pub(crate) fn replay(&self, connection: &Connection) {
        for number in 0..self.steps.len() {
            self.replay_one(number, connection);
        }
    }

    /// Does the last migration again on `connection`, which has those before.
    pub(crate) fn replay_last(&self, connection: &Connection) {
        self.replay_one(self.steps.len() - 1, connection);
    }

    fn replay_one(&self, number: usize, connection: &Connection) {
        let (make_table, row) = &self.steps[number];
        connection.execute_batch("BEGIN IMMEDIATE").unwrap();
        connection.execute_batch(make_table).unwrap();
        if number == 0 {
            connection.execute_batch(&self.make_history).unwrap();
        }
        let insert =
            format!("INSERT INTO _runner_migrations VALUES (?1{})", ", ?".repeat(row.len() - 1));
        connection.execute(&insert, params_from_iter(row)).unwrap();
        connection.execute_batch("COMMIT").unwrap();
    }
}
