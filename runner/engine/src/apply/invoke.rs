//! Calls the code of a migration, under the guard and the deadline; in a transaction, in a savepoint of it.

use std::cell::RefCell;
use std::time::{Duration, Instant};

use migration_api::perform::{Duplicates, Performer};
use rusqlite::Connection;

use super::activity::Activity;
use super::batched::Stages;
use super::connection_reuse;
use super::deadline::{Deadline, Over};
use super::denied::DeniedStatement;
use super::failure::{ApplyError, FailedStatement, MigrationFailure};
use super::guard::Guard;
use super::host_services::HostServices;
use super::measure::Measure;
use super::outside_commits;
use super::registered_names::RegisteredNames;
use super::repeatable::InTheWay;
use super::script_source;
use super::trace::Trace;
use crate::application::ApplicationNames;
use crate::direction::Direction;
use crate::event::{Event, Observer};
use crate::ffi::{self, LeftRunning, Limits, PluginFailure};
use crate::id::MigrationId;
use crate::load::Loaded;
use crate::safeguard::Safeguard;
use crate::stop::Stop;

/// Calls the code of migrations: the connection that they get, and what watches over it.
pub(super) struct Invoker<'p> {
    pub(super) connection: &'p Connection,
    pub(super) guard: &'p Guard,
    pub(super) trace: &'p Trace,
    /// Carries out its operations, and keeps what it has read of the schema.
    pub(super) performer: &'p RefCell<Performer>,
    pub(super) measure: &'p Measure,
    pub(super) timeout: Option<Duration>,
    pub(super) stop: &'p Stop,
    /// What the application registers, besides what SQLite has.
    pub(super) application: &'p ApplicationNames,
}

/// How the code of a migration ended.
pub(super) struct CallOutcome {
    result: Result<(), PluginFailure>,
    /// The statement that it left unfinished.
    running: Option<LeftRunning>,
    over: Option<Over>,
    /// Whether the runner held the lock all the time.
    locked: bool,
    ran: Ran,
}

/// A migration whose code was called.
pub(super) struct Ran {
    /// Which way it went.
    pub(super) direction: Direction,
    /// What it did, as far as the guard saw.
    pub(super) seen: Activity,
    /// What it registered on its connection.
    pub(super) own: RegisteredNames,
    /// How long its code ran.
    pub(super) took: Duration,
}

impl Invoker<'_> {
    /// Calls the function of `migration` for `direction`, with the guard armed by `arm`.
    ///
    /// # Errors
    /// SQLite did not give out its routines.
    pub(super) fn call(
        &self,
        migration: &Loaded,
        direction: Direction,
        arm: fn(&Guard),
        observe: &mut Observer<'_>,
    ) -> rusqlite::Result<CallOutcome> {
        self.call_with(migration, direction, arm, None, observe)
    }

    /// Calls the function of a batched `migration` for `direction`, which asks for `stages`.
    ///
    /// # Errors
    /// As [`Self::call`].
    pub(super) fn call_in_stages(
        &self,
        migration: &Loaded,
        direction: Direction,
        stages: &Stages<'_, '_>,
        observe: &mut Observer<'_>,
    ) -> rusqlite::Result<CallOutcome> {
        self.call_with(migration, direction, Guard::arm_between, Some(stages), observe)
    }

    fn call_with(
        &self,
        migration: &Loaded,
        direction: Direction,
        arm: fn(&Guard),
        stages: Option<&Stages<'_, '_>>,
        observe: &mut Observer<'_>,
    ) -> rusqlite::Result<CallOutcome> {
        let routines = ffi::routines()?;
        let started = Instant::now();
        let deadline = Deadline::start(&[self.connection], self.timeout, self.stop);
        let id = &migration.artifact.id;
        let services = HostServices {
            id,
            observe: RefCell::new(&mut *observe),
            deadline: &deadline,
            trace: self.trace,
            connection: self.connection,
            guard: self.guard,
            performer: self.performer,
            in_the_way: InTheWay::of(self.connection, self.application),
            stages,
        };
        let limits = Limits::of(self.connection);
        arm(self.guard);
        let locked = self.guard.guards_a_transaction();
        let mut result =
            ffi::call(migration.entry(direction), self.connection, routines, &services);
        let seen = self.guard.disarm_on(self.connection);
        // What the migration left must not stop what the runner asks from here on.
        ffi::forget_callbacks(self.connection);
        limits.put_back(self.connection);
        let (took, over) = (started.elapsed(), deadline.over());
        services.statements();
        // Before the runner asks anything of its own: a deadline that strikes now would cut an answer short, and
        // what the migration registered would count as nothing.
        drop(deadline);
        if let (Err(failure), Some(folder)) = (&mut result, &migration.artifact.source) {
            script_source::locate(failure, folder);
        }
        if let Err(failure) = &mut result {
            add_duplicates(failure, self.connection);
        }
        let own = connection_reuse::registered(self.connection, &seen);
        self.measure.wrote(id, &seen).into_iter().for_each(&mut *observe);
        observe(Event::Returned { id: id.clone() });
        Ok(CallOutcome {
            result,
            running: ffi::left_running(self.connection)
                .filter(|_| Safeguard::RunningStatements.is_on()),
            over,
            locked,
            ran: Ran { direction, seen, own, took },
        })
    }
}

/// Adds to the failure of a unique index the values that are in its way. The transaction is still open, so
/// that they are there.
fn add_duplicates(failure: &mut PluginFailure, connection: &Connection) {
    let is_of_unique = failure.sqlite_code == rusqlite::ffi::SQLITE_CONSTRAINT_UNIQUE;
    let Some(statement) = failure.statements.first_mut().filter(|_| is_of_unique) else { return };
    if let Some(found) = Duplicates::of_index(connection, &statement.sql) {
        statement.detail = Some(found.to_string());
    }
}

impl CallOutcome {
    /// How long it ran.
    pub(super) fn took(&self) -> Duration {
        self.ran.took
    }

    /// Whether it succeeded and left no statement unfinished.
    pub(super) fn is_good(&self) -> bool {
        self.result.is_ok() && self.running.is_none()
    }

    /// Whether none of its statements changed anything.
    pub(super) fn changed_nothing(&self) -> bool {
        self.ran.seen.touched.is_empty() && !self.ran.seen.sets_a_value
    }

    /// The result of the migration `id`, if it succeeded and broke no rule. Of several errors, the
    /// worst is returned.
    ///
    /// # Errors
    /// It failed, or broke a rule.
    pub(super) fn judge(
        self,
        id: &MigrationId,
        direction: Direction,
        timeout: Option<Duration>,
    ) -> Result<Ran, ApplyError> {
        match self.over {
            Some(Over::Time) => {
                let after = timeout.unwrap_or_default();
                return Err(ApplyError::TimedOut { id: id.clone(), after });
            }
            Some(Over::Stopped) => return Err(ApplyError::Stopped { id: id.clone() }),
            None => {}
        }
        if !self.ran.seen.denied.is_empty() {
            let failed = self.result.err().map(|failure| failure.statements).unwrap_or_default();
            let statements = failed.into_iter().map(FailedStatement::from).collect();
            let denied = DeniedStatement::all(self.ran.seen.denied, statements);
            return Err(ApplyError::Denied { id: id.clone(), denied });
        }
        if let Err(failure) = self.result {
            return Err(MigrationFailure::from_report(id, direction, failure, self.locked));
        }
        match self.running {
            Some(LeftRunning::Statement(sql)) => {
                Err(ApplyError::StatementLeft { id: id.clone(), sql })
            }
            Some(LeftRunning::Blob) => Err(ApplyError::BlobLeft { id: id.clone() }),
            None => Ok(self.ran),
        }
    }
}

/// Runs each migration in a savepoint of one transaction.
pub(super) struct InSavepoint<'s> {
    /// Calls them on the connection of the transaction.
    pub(super) invoker: Invoker<'s>,
    /// A connection outside of the transaction: it sees what was committed.
    pub(super) witness: &'s Connection,
    /// The version of the file before the transaction, as the witness saw it.
    pub(super) outside: i64,
}

impl InSavepoint<'_> {
    /// Runs `migration` under the guard, in a savepoint. Of several errors, the worst is returned.
    ///
    /// # Errors
    /// It failed, or did not leave the transaction as it found it. The transaction may be gone; the
    /// caller rolls back what is left of it.
    pub(super) fn run(
        &self,
        migration: &Loaded,
        direction: Direction,
        observe: &mut Observer<'_>,
    ) -> Result<Ran, ApplyError> {
        let id = &migration.artifact.id;
        let begin = |source| ApplyError::Sqlite { doing: format!("begin `{id}`"), source };
        let connection = self.invoker.connection;
        let savepoint = self.savepoint().map_err(begin)?;
        let ending = self.invoker.call(migration, direction, Guard::arm, observe).map_err(begin)?;
        // After a failure the savepoint is asked for too: there may be another transaction around.
        let end = if ending.is_good() { "RELEASE" } else { "ROLLBACK TO" };
        let lost = connection.is_autocommit()
            || (connection.execute_batch(&format!("{end} {savepoint}")).is_err()
                && Safeguard::Savepoint.is_on());
        if lost && self.got_out() {
            return Err(ApplyError::Escaped { id: id.clone() });
        }
        let ran = ending.judge(id, direction, self.invoker.timeout)?;
        if lost {
            return Err(ApplyError::TransactionLost { id: id.clone() });
        }
        Ok(ran)
    }

    /// Opens a savepoint under a name that a migration cannot know.
    fn savepoint(&self) -> rusqlite::Result<String> {
        let connection = self.invoker.connection;
        let name: String =
            connection
                .query_row("SELECT 'runner_' || hex(randomblob(16))", [], |row| row.get(0))?;
        connection.execute_batch(&format!("SAVEPOINT {name}"))?;
        Ok(name)
    }

    /// Whether the file was changed past the guard since the witness saw it as `outside`. If that
    /// cannot be known, it is assumed.
    fn got_out(&self) -> bool {
        if !self.invoker.connection.is_autocommit() {
            // What is still open now is not the runner's transaction.
            let _ = self.invoker.connection.execute_batch("ROLLBACK");
        }
        // Another program may write once the transaction is lost. That is no concern of ours.
        !self.invoker.guard.vetoes(self.invoker.connection)
            && outside_commits::since(self.witness, self.outside) != Ok(false)
    }
}
