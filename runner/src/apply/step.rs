//! One step: a transaction that holds a migration and its history row, or nothing.

use std::time::{Duration, Instant};

use jiff::Timestamp;
use rusqlite::Connection;

use super::ApplyOptions;
use super::deadline::Deadline;
use super::failure::{ApplyError, MigrationFailure};
use super::foreign_keys::{self, Violations};
use super::guard::{Guard, Seen};
use super::trace::Trace;
use crate::database::{Database, DatabaseError};
use crate::event::{Event, Observer};
use crate::ffi::{self, PluginFailure, Services};
use crate::id::MigrationId;
use crate::load::Loaded;
use crate::plan::Direction;
use crate::record::{self, Record};
use crate::{digest, exit};

/// Takes steps on one database, one after the other.
pub(super) struct Stepper<'d> {
    database: &'d Database,
    options: ApplyOptions,
    connection: Connection,
    /// Looks at the file from outside: whether something got out of a transaction.
    witness: Connection,
    guard: Guard,
    trace: Trace,
    /// The broken references that were there before, and the state of the file they belong to.
    before: Option<(i64, Violations)>,
}

/// How the code of a migration ended.
struct Outcome {
    result: Result<(), PluginFailure>,
    seen: Seen,
    took: Duration,
    timed_out: bool,
}

impl<'d> Stepper<'d> {
    /// Opens `database` with the settings that migrations run under.
    pub(super) fn open(
        database: &'d Database,
        options: ApplyOptions,
    ) -> Result<Self, DatabaseError> {
        let mut connection = database.open_to_migrate(options.busy_timeout)?;
        let witness = database.open_witness(options.busy_timeout)?;
        let trace = Trace::default();
        let guard = Guard::on(&mut connection)
            .and_then(|guard| {
                if options.dry_run {
                    trace.listen(&mut connection, &guard)?;
                }
                Ok(guard)
            })
            .map_err(|source| database.sqlite_error(source))?;
        Ok(Self { database, options, connection, witness, guard, trace, before: None })
    }

    /// Takes one step. Gives how long the migration's code ran, or `None` if the history says that
    /// the step is taken: the history is read again inside the transaction, where nobody else can
    /// change it.
    ///
    /// # Errors
    /// The step failed, and nothing of it is in the database; or the error says otherwise.
    pub(super) fn take(
        &mut self,
        migration: &Loaded,
        direction: Direction,
        observe: &mut Observer<'_>,
    ) -> Result<Option<Duration>, ApplyError> {
        self.execute("BEGIN IMMEDIATE", "begin a transaction")?;
        match self.inside(migration, direction, observe) {
            Ok(Some(took)) => {
                self.commit(&migration.artifact.id, direction)?;
                Ok(Some(took))
            }
            Ok(None) => {
                self.roll_back()?;
                Ok(None)
            }
            Err(error) => {
                // The first error is the one to tell. Without its transaction closed, the
                // connection is closed with it, which rolls back too.
                let _ = self.roll_back();
                Err(error)
            }
        }
    }

    /// Everything between BEGIN and COMMIT.
    fn inside(
        &mut self,
        migration: &Loaded,
        direction: Direction,
        observe: &mut Observer<'_>,
    ) -> Result<Option<Duration>, ApplyError> {
        let id = &migration.artifact.id;
        let applied = record::contains(&self.connection, id).map_err(reading_history)?;
        if applied == (direction == Direction::Forward) {
            return Ok(None);
        }
        let mut before = self.violations_before()?;
        observe(Event::Started { id: id.clone(), direction });
        let outcome = self.run(migration, direction, observe)?;
        let Outcome { seen, took, .. } = outcome;

        let now = foreign_keys::around(&self.connection, &seen.touched).map_err(checking_keys)?;
        let new = now.new_since(&before);
        if !new.is_empty() {
            return Err(ApplyError::foreign_keys(id, &new));
        }
        before.update(now);
        self.record(migration, direction, took)?;
        let version = data_version(&self.connection).map_err(reading_history)?;
        self.before = Some((version, before));
        Ok(Some(took))
    }

    /// What was broken before this step. It is looked for in the whole database once, and again only
    /// if another program has written since.
    fn violations_before(&mut self) -> Result<Violations, ApplyError> {
        let version = data_version(&self.connection).map_err(checking_keys)?;
        match self.before.take() {
            Some((known, violations)) if known == version => Ok(violations),
            _ => foreign_keys::all(&self.connection).map_err(checking_keys),
        }
    }

    /// Runs the migration's code under the guard and inside a savepoint, and judges how it ended.
    fn run(
        &mut self,
        migration: &Loaded,
        direction: Direction,
        observe: &mut Observer<'_>,
    ) -> Result<Outcome, ApplyError> {
        let id = &migration.artifact.id;
        let begin = |source| ApplyError::Sqlite { doing: "begin a migration", source };
        let routines = ffi::routines().map_err(begin)?;
        let outside = data_version(&self.witness).map_err(begin)?;
        let savepoint = self.savepoint().map_err(begin)?;
        let started = Instant::now();
        let deadline = Deadline::start(&self.connection, self.options.timeout);
        self.guard.arm();
        let mut voice = Voice { id, observe, deadline: &deadline, trace: &self.trace };
        let result = ffi::call(migration.entry(direction), &self.connection, routines, &mut voice);
        let seen = self.guard.disarm();
        let took = started.elapsed();
        voice.statements();
        let timed_out = deadline.is_over();
        drop(deadline);
        let outcome = Outcome { result, seen, took, timed_out };
        self.judge(id, direction, outcome, &savepoint, outside)
    }

    /// Whether the migration succeeded and left the transaction as it found it.
    fn judge(
        &self,
        id: &MigrationId,
        direction: Direction,
        outcome: Outcome,
        savepoint: &str,
        outside: i64,
    ) -> Result<Outcome, ApplyError> {
        let running = ffi::running_statement(&self.connection);
        let lost = self.connection.is_autocommit()
            || (outcome.result.is_ok()
                && running.is_none()
                && self.connection.execute_batch(&format!("RELEASE {savepoint}")).is_err());
        if lost && self.got_out(outside) {
            return Err(ApplyError::Escaped { id: id.clone() });
        }
        if outcome.timed_out {
            let after = self.options.timeout.unwrap_or_default();
            return Err(ApplyError::TimedOut { id: id.clone(), after });
        }
        if let Some(denied) = outcome.seen.denied {
            return Err(ApplyError::Denied { id: id.clone(), denied });
        }
        if let Err(failure) = outcome.result {
            return Err(MigrationFailure::told(id, direction, failure));
        }
        if let Some(sql) = running {
            return Err(ApplyError::StatementLeft { id: id.clone(), sql });
        }
        if lost {
            return Err(ApplyError::TransactionLost { id: id.clone() });
        }
        Ok(outcome)
    }

    /// Opens a savepoint under a name that a migration cannot know.
    fn savepoint(&self) -> rusqlite::Result<String> {
        let name: String =
            self.connection
                .query_row("SELECT 'runner_' || hex(randomblob(16))", [], |row| row.get(0))?;
        self.connection.execute_batch(&format!("SAVEPOINT {name}"))?;
        Ok(name)
    }

    /// Whether the file was changed since the witness saw it as `outside`. If that cannot be told,
    /// the worse is assumed.
    fn got_out(&self, outside: i64) -> bool {
        let _ = self.roll_back();
        data_version(&self.witness) != Ok(outside)
    }

    /// Writes or removes the history row.
    fn record(
        &self,
        migration: &Loaded,
        direction: Direction,
        took: Duration,
    ) -> Result<(), ApplyError> {
        let id = &migration.artifact.id;
        let write = || match direction {
            Direction::Backward => record::delete(&self.connection, id),
            Direction::Forward => record::insert(
                &self.connection,
                &Record {
                    id: id.clone(),
                    applied_at: Timestamp::now(),
                    duration_us: u64::try_from(took.as_micros()).unwrap_or(u64::MAX),
                    source_digest: migration.artifact.source_digest.clone(),
                    schema_digest: digest::schema(&self.connection)?,
                    runner_version: env!("CARGO_PKG_VERSION").to_owned(),
                    api_version: migration.api_version.clone(),
                    sqlite_version: rusqlite::version().to_owned(),
                },
            ),
        };
        write().map_err(|source| ApplyError::Sqlite { doing: "record the migration", source })
    }

    /// Commits. After an error the outcome is not known, so the file is opened anew and asked.
    fn commit(&mut self, id: &MigrationId, direction: Direction) -> Result<(), ApplyError> {
        let Err(error) = self.connection.execute_batch("COMMIT") else {
            return Ok(());
        };
        let busy = exit::of_sqlite(&error) == exit::Exit::TryAgain;
        if self.roll_back().is_ok() && busy {
            return Err(ApplyError::Sqlite { doing: "commit the migration", source: error });
        }
        let unknown = |source| ApplyError::OutcomeUnknown { id: id.clone(), source };
        let Ok(reopened) = Stepper::open(self.database, self.options) else {
            return Err(unknown(error));
        };
        *self = reopened;
        match record::contains(&self.connection, id) {
            Ok(applied) if applied == (direction == Direction::Forward) => Ok(()),
            Ok(_) => Err(ApplyError::Sqlite { doing: "commit the migration", source: error }),
            Err(_) => Err(unknown(error)),
        }
    }

    fn roll_back(&self) -> Result<(), ApplyError> {
        if self.connection.is_autocommit() {
            return Ok(());
        }
        self.execute("ROLLBACK", "roll back")
    }

    fn execute(&self, sql: &str, doing: &'static str) -> Result<(), ApplyError> {
        self.connection.execute_batch(sql).map_err(|source| ApplyError::Sqlite { doing, source })
    }
}

/// A number that changes when another connection commits
/// (<https://sqlite.org/pragma.html#pragma_data_version>).
fn data_version(connection: &Connection) -> rusqlite::Result<i64> {
    connection.pragma_query_value(None, "data_version", |row| row.get(0))
}

fn reading_history(source: rusqlite::Error) -> ApplyError {
    ApplyError::Sqlite { doing: "read the history of migrations", source }
}

fn checking_keys(source: rusqlite::Error) -> ApplyError {
    ApplyError::Sqlite { doing: "check the foreign keys", source }
}

/// What a migration says while it runs, on its way to the observer.
struct Voice<'v, 'o> {
    id: &'v MigrationId,
    observe: &'v mut Observer<'o>,
    deadline: &'v Deadline,
    trace: &'v Trace,
}

impl Voice<'_, '_> {
    /// Tells the statements that have run, before anything that was said after them.
    fn statements(&mut self) {
        for sql in self.trace.take() {
            (self.observe)(Event::Statement { id: self.id.clone(), sql });
        }
    }
}

impl Services for Voice<'_, '_> {
    fn log(&mut self, message: &str) {
        self.statements();
        (self.observe)(Event::Log { id: self.id.clone(), message: message.to_owned() });
    }

    fn progress(&mut self, done: u64, total: u64) {
        self.statements();
        (self.observe)(Event::Progress { id: self.id.clone(), done, total });
    }

    fn should_stop(&mut self) -> bool {
        self.deadline.is_over()
    }
}
