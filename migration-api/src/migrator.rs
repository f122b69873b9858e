//! The handle that a migration is given.

use std::fmt::Display;

use rusqlite::{Connection, Params};

use crate::Result;
use crate::host::{Host, Silent};

/// A migration's hold on the database it changes and on the process that runs it.
pub struct Migrator<'m> {
    connection: &'m Connection,
    host: &'m dyn Host,
}

impl<'m> Migrator<'m> {
    /// A migrator on any rusqlite connection, without a runner: words and progress go nowhere, and
    /// transactions are the caller's.
    #[must_use]
    pub fn new(connection: &'m Connection) -> Self {
        Self::with_host(connection, &Silent)
    }

    /// A migrator whose words and progress go to `host`.
    #[must_use]
    pub fn with_host(connection: &'m Connection, host: &'m dyn Host) -> Self {
        Self { connection, host }
    }

    /// rusqlite itself, for queries and data fixups.
    ///
    /// Under the runner it stands inside the runner's transaction: BEGIN, COMMIT, ROLLBACK, ATTACH
    /// and writing pragmas are denied; savepoints are the author's to use.
    #[must_use]
    pub fn connection(&self) -> &'m Connection {
        self.connection
    }

    /// Runs one statement and gives the number of rows it changed.
    ///
    /// # Errors
    /// SQLite's error, with the place in the text where it stumbled; a statement that returns rows;
    /// a second statement in `sql`.
    #[track_caller]
    pub fn execute(&mut self, sql: &str, params: impl Params) -> Result<usize> {
        Ok(self.connection.execute(sql, params)?)
    }

    /// Runs statements separated by semicolons, trigger bodies and statements that return rows
    /// included.
    ///
    /// # Errors
    /// SQLite's error at the first statement that fails; the ones before it have run.
    #[track_caller]
    pub fn execute_batch(&mut self, sql: &str) -> Result {
        Ok(self.connection.execute_batch(sql)?)
    }

    /// Shows a line to the person who runs the migration.
    pub fn log(&self, message: impl Display) {
        self.host.log(&message.to_string());
    }

    /// Shows that `done` of `total` units of work are done; `total` is 0 when it is not known.
    /// Cheap, but not free: in a loop over rows, call it every thousand.
    pub fn progress(&self, done: u64, total: u64) {
        self.host.progress(done, total);
    }

    /// Whether the person cancelled, or the time for this migration is over. A loop that does not
    /// run SQL asks now and then and returns an error; running SQL is interrupted without asking.
    #[must_use]
    pub fn should_stop(&self) -> bool {
        self.host.should_stop()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn execute_counts_rows_and_the_batch_runs_every_statement() {
        let connection = Connection::open_in_memory().unwrap();
        let mut migrator = Migrator::new(&connection);
        migrator
            .execute_batch("CREATE TABLE t (a); SELECT 1; INSERT INTO t VALUES (1), (2);")
            .unwrap();
        assert_eq!(migrator.execute("UPDATE t SET a = a + ?1", [10]).unwrap(), 2);
        let sum: i64 =
            migrator.connection().query_row("SELECT sum(a) FROM t", [], |row| row.get(0)).unwrap();
        assert_eq!(sum, 23);
    }

    #[test]
    fn an_error_points_at_the_line_of_the_migration_that_met_it() {
        let connection = Connection::open_in_memory().unwrap();
        let error = Migrator::new(&connection).execute_batch("NONSENSE").unwrap_err();
        assert_eq!(error.location().file(), file!());
        assert_eq!(error.location().line(), line!() - 2);
    }
}
