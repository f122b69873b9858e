//! A database file with a migrator and an application on it.

use std::time::{Duration, Instant};

use runner_operations::operation::{Operation, OperationError};
use runner_operations::perform::online::{Budget, Online, Phase, Progress};
use rusqlite::Connection;
use rusqlite::config::DbConfig;
use rusqlite::types::Value;
use tempfile::TempDir;

/// How the log of the database is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Journal {
    Wal,
    Rollback,
}

/// A database file. The application has its own connection, with enforced foreign keys.
pub(crate) struct World {
    folder: TempDir,
    pub(crate) migrator: Connection,
    pub(crate) app: Connection,
}

impl World {
    pub(crate) fn new(setup: &str) -> Self {
        Self::kept_in(Journal::Wal, setup)
    }

    pub(crate) fn kept_in(journal: Journal, setup: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("app.db");
        let app = Connection::open(&path).unwrap();
        let mode = if journal == Journal::Wal { "wal" } else { "delete" };
        app.query_row(&format!("PRAGMA journal_mode = {mode}"), [], |_| Ok(())).unwrap();
        app.execute_batch("PRAGMA foreign_keys = OFF").unwrap();
        app.execute_batch(setup).unwrap();
        app.execute_batch("PRAGMA foreign_keys = ON").unwrap();
        Self { migrator: migrator(&path), app, folder }
    }

    /// Another connection of the migrator, as after a crash.
    pub(crate) fn reopen(&mut self) {
        self.migrator = migrator(&self.folder.path().join("app.db"));
    }

    pub(crate) fn another_app(&self) -> Connection {
        Connection::open(self.folder.path().join("app.db")).unwrap()
    }

    pub(crate) fn write(&self, sql: &str) {
        self.app.execute_batch(sql).unwrap_or_else(|error| panic!("{sql}: {error}"));
    }

    pub(crate) fn begin(&self, operations: &[Operation]) -> Result<Online, OperationError> {
        self.migrator.execute_batch("BEGIN IMMEDIATE").unwrap();
        let begun = Online::begin(&self.migrator, operations);
        self.migrator.execute_batch(if begun.is_ok() { "COMMIT" } else { "ROLLBACK" }).unwrap();
        begun
    }

    pub(crate) fn advance(
        &self,
        online: &mut Online,
        rows: u64,
    ) -> Result<Progress, OperationError> {
        self.migrator.execute_batch("BEGIN IMMEDIATE").unwrap();
        let done = online.advance(&self.migrator, &budget(rows));
        self.migrator.execute_batch(if done.is_ok() { "COMMIT" } else { "ROLLBACK" }).unwrap();
        // What is kept between two pieces is bytes.
        *online = Online::from_bytes(&online.to_bytes()).unwrap();
        done
    }

    /// Goes on until `phase` is reached, with pieces of `rows` rows.
    pub(crate) fn until(&self, online: &mut Online, phase: Phase, rows: u64) {
        for _ in 0..10_000 {
            if self.advance(online, rows).unwrap().phase == phase {
                return;
            }
        }
        panic!("{phase:?} was not reached");
    }

    pub(crate) fn finish(&self, online: &mut Online) {
        self.until(online, Phase::Done, 1_000);
    }

    pub(crate) fn abandon(&self, online: &mut Online) {
        for _ in 0..100 {
            self.migrator.execute_batch("BEGIN IMMEDIATE").unwrap();
            let is_done = online.abandon(&self.migrator, &budget(100)).unwrap();
            self.migrator.execute_batch("COMMIT").unwrap();
            if is_done {
                return;
            }
        }
        panic!("it does not end");
    }

    /// Begins, and writes `sql` by the application after each piece of two rows until the swap.
    pub(crate) fn change_beside(&self, operations: &[Operation], writes: &[&str]) {
        let mut online = self.begin(operations).unwrap();
        let mut writes = writes.iter();
        while self.advance(&mut online, 2).unwrap().phase != Phase::Swapped {
            writes.next().into_iter().for_each(|sql| self.write(sql));
        }
        for sql in writes {
            self.write(sql);
        }
        self.finish(&mut online);
    }

    pub(crate) fn rows(&self, sql: &str) -> Vec<Vec<Value>> {
        rows(&self.app, sql)
    }

    pub(crate) fn text(&self, sql: &str) -> String {
        self.app
            .query_row(sql, [], |row| row.get::<_, Option<String>>(0))
            .unwrap()
            .unwrap_or_default()
    }

    /// The schema without its rowids and pages, as texts.
    pub(crate) fn schema(&self) -> Vec<String> {
        schema(&self.app)
    }
}

pub(crate) fn schema(connection: &Connection) -> Vec<String> {
    let sql = "SELECT type || ' ' || name || ' ' || tbl_name || ': ' || coalesce(sql, '') \
               FROM sqlite_schema WHERE name <> 'sqlite_sequence' ORDER BY type, name";
    let mut statement = connection.prepare(sql).unwrap();
    statement.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect()
}

pub(crate) fn rows(connection: &Connection, sql: &str) -> Vec<Vec<Value>> {
    let mut statement = connection.prepare(sql).unwrap_or_else(|error| panic!("{sql}: {error}"));
    // Asked of the row: the statement is compiled again if the schema has changed.
    let rows = statement
        .query_map([], |row| (0..row.as_ref().column_count()).map(|at| row.get(at)).collect());
    rows.unwrap().map(Result::unwrap).collect()
}

pub(crate) fn budget(rows: u64) -> Budget {
    Budget { rows, until: Instant::now() + Duration::from_secs(60) }
}

fn migrator(path: &std::path::Path) -> Connection {
    let connection = Connection::open(path).unwrap();
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_FKEY, false).unwrap();
    connection
}

/// The reason of an error, in words.
pub(crate) fn reason(error: &OperationError) -> String {
    error.refusal.to_string()
}
