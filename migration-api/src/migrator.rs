//! The handle that a migration is given.

mod operate;
mod rows;

use std::fmt::Display;

use rusqlite::{Connection, Params};

use crate::host::{BatchDone, BatchFailure, Host, Stage, StageKind};
use crate::operation::Operation;
use crate::operation::script::{self, ScriptError};
use crate::stage::Mode;
use crate::{Error, Result, sql_file};

/// A migration's access to the database and to the process that runs it.
pub struct Migrator<'m> {
    connection: &'m Connection,
    host: &'m dyn Host,
    mode: Mode,
}

impl<'m> Migrator<'m> {
    /// A migrator on any rusqlite connection, without a runner: messages and progress are dropped, and the caller
    /// begins and ends transactions.
    #[cfg(feature = "operations")]
    #[must_use]
    pub fn new(connection: &'m Connection) -> Self {
        Self::with_host(connection, &crate::host::Silent)
    }

    /// A migrator that sends messages and progress to `host`.
    #[must_use]
    pub fn with_host(connection: &'m Connection, host: &'m dyn Host) -> Self {
        Self::in_mode(connection, host, Mode::Whole)
    }

    pub(crate) fn in_mode(connection: &'m Connection, host: &'m dyn Host, mode: Mode) -> Self {
        Self { connection, host, mode }
    }

    /// rusqlite itself, for queries and data fixups.
    ///
    /// Under the runner it is inside the runner's transaction: BEGIN, COMMIT, ROLLBACK, ATTACH and
    /// writing pragmas are denied; savepoints are allowed.
    #[must_use]
    pub fn connection(&self) -> &'m Connection {
        self.connection
    }

    /// Runs one statement and gives the number of rows it changed.
    ///
    /// # Errors
    /// SQLite's error, with its place in the text; a statement that returns rows;
    /// a second statement in `sql`.
    #[track_caller]
    pub fn execute(&mut self, sql: &str, params: impl Params) -> Result<usize> {
        match self.connection.execute(sql, params) {
            Ok(changed) => Ok(changed),
            // It changes the schema, and so has no parameters and no rows.
            Err(error) if self.makes_way(&error, sql) => Ok(0),
            Err(error) => Err(Error::of_script(ScriptError::of_one(error, sql), None)),
        }
    }

    /// Runs statements separated by semicolons, trigger bodies and statements that return rows
    /// included. An error names the statement and its line; of a text that comes from
    /// [`include_sql!`](crate::include_sql), the file as well.
    ///
    /// # Errors
    /// SQLite's error at the first statement that fails; the ones before it have run.
    #[track_caller]
    pub fn execute_batch(&mut self, sql: &str) -> Result {
        let makes_way = |error: &rusqlite::Error, statement: &str| self.makes_way(error, statement);
        match script::run_or_else(self.connection, sql, makes_way) {
            Ok(()) => Ok(()),
            Err(error) => Err(Error::of_script(error, sql_file::of(sql))),
        }
    }

    /// Whether the host does the `statement` that failed with `error`: one that a view or a trigger is in the way of,
    /// which it may take away and bring back.
    fn makes_way(&self, error: &rusqlite::Error, statement: &str) -> bool {
        let words = error.to_string();
        // As ALTER TABLE says it (`renameColumnParseError` in SQLite's alter.c).
        let is_in_the_way =
            words.starts_with("error in view ") || words.starts_with("error in trigger ");
        is_in_the_way
            && self.host.perform(self.connection, &[Operation::execute(statement)]).is_ok()
    }

    /// Carries out operations: all of them or none. Later ones see the work of earlier ones, and
    /// however many of them make a table anew, its rows are moved once.
    ///
    /// Outside of a transaction it opens one of its own, with foreign keys not enforced, and puts all
    /// settings back. Inside of one it uses a savepoint. Afterwards every view and trigger that worked
    /// works, and no row points to one that is not there, unless it did before.
    ///
    /// ```
    /// use migration_api::prelude::*;
    ///
    /// # fn main() -> Result {
    /// let connection = rusqlite::Connection::open_in_memory()?;
    /// connection.execute_batch(
    ///     "CREATE TABLE player (id INTEGER PRIMARY KEY, score TEXT);
    ///      INSERT INTO player (score) VALUES ('42');",
    /// )?;
    /// Migrator::new(&connection).run([
    ///     Operation::alter_column_type("player", "score", "INTEGER"),
    ///     Operation::set_not_null("player", "score"),
    ///     Operation::add_column("player", Column::integer("level").not_null().backfill("score / 10")),
    /// ])?;
    /// let level: i64 = connection.query_row("SELECT level FROM player", [], |row| row.get(0))?;
    /// assert_eq!(level, 4);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// The first operation that cannot be done, as an [`OperationError`](crate::OperationError) whose
    /// [`Refusal`](crate::Refusal) names the object and the way out; nothing of any of them is in the
    /// database then. A transaction that is not the migrator's and enforces foreign keys allows no
    /// rebuild and no DROP TABLE ([`Refusal::Enforced`](crate::Refusal::Enforced)).
    #[track_caller]
    pub fn run(&mut self, operations: impl IntoIterator<Item = Operation>) -> Result {
        self.run_all(&operations.into_iter().collect::<Vec<_>>())
    }

    /// [`Self::run`] of one operation.
    #[track_caller]
    fn run_one(&mut self, operation: Operation) -> Result {
        self.run_all(&[operation])
    }

    /// [`Self::run`], compiled once: what is generic is compiled in each migration.
    #[track_caller]
    fn run_all(&mut self, operations: &[Operation]) -> Result {
        let Err(error) = self.host.perform(self.connection, operations) else { return Ok(()) };
        let statement = error.statement.as_ref();
        let file = statement.and_then(|failed| sql_file::of_operations(operations, failed));
        Err(Error::from(error).in_file(file))
    }

    /// Does `work` in a transaction of its own, in a [batched](crate::Migration::BATCHED) migration. It is done once: a
    /// later run that goes on after a crash or a stop passes over it. Where others read and COMMIT would keep new readers
    /// out, it is rolled back, and `work` is called again. In any other migration it is only called.
    ///
    /// # Errors
    /// That of `work`, of which nothing is in the database then; the runner does not go on.
    pub fn step(&mut self, mut work: impl FnMut(&mut Migrator<'_>) -> Result) -> Result {
        self.step_by(&mut work)
    }

    /// [`Self::step`], compiled once.
    fn step_by(&mut self, work: &mut dyn FnMut(&mut Migrator<'_>) -> Result) -> Result {
        let (connection, host) = (self.connection, self.host);
        let mut inside = Migrator::in_mode(connection, host, Mode::Whole);
        if self.mode == Mode::Whole {
            return work(&mut inside);
        }
        host.stage(&mut Stage {
            kind: StageKind::Step,
            count: &mut || Ok(0),
            work: &mut |_| match work(&mut inside) {
                Ok(()) => Ok(BatchDone { ended: true, ..BatchDone::default() }),
                Err(error) => Err(BatchFailure::from(error)),
            },
        })
    }

    /// Carries out operations on one table while other programs go on writing to it, in a
    /// [batched](crate::Migration::BATCHED) migration: the rows are copied in batches into the new shape, what is
    /// written meanwhile is copied again, and one short transaction puts the new table in the place of the old one.
    ///
    /// # Errors
    /// The first operation that cannot be done so, or a row that does not fit; the table is as it was then. The
    /// migration is not batched; the runner does not go on.
    #[track_caller]
    pub fn online(&mut self, operations: impl IntoIterator<Item = Operation>) -> Result {
        self.online_all(&operations.into_iter().collect::<Vec<_>>())
    }

    /// [`Self::online`], compiled once.
    #[track_caller]
    fn online_all(&mut self, operations: &[Operation]) -> Result {
        if self.mode == Mode::Whole {
            return Err(
                "`online` changes a table in many transactions: say `const BATCHED: bool = true`, and call it \
                 outside of a `step`"
                    .into(),
            );
        }
        self.host.stage(&mut Stage {
            kind: StageKind::Online { operations },
            count: &mut || Ok(0),
            work: &mut |_| Ok(BatchDone::default()),
        })
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
