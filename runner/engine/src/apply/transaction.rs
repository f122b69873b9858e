//! Transactions of steps with their history rows: committed as a whole, or rolled back.

use std::cell::RefCell;
use std::time::Duration;

use migration_api::perform::Performer;
use rusqlite::Connection;

use super::ApplyOptions;
use super::connection_reuse::{AsOpened, ConnectionUse};
use super::connection_state::ConnectionState;
use super::failure::ApplyError;
use super::guard::Guard;
use super::measure::Measure;
use super::outside_commits;
use super::step::{PlannedStep, StepOutcome, Taken, Uncommitted};
use super::trace::Trace;
use super::verify::Before;
use crate::application::ApplicationNames;
use crate::backup::{self, Backups, InUse};
use crate::database::{Database, DatabaseError};
use crate::event::Observer;
use crate::exit::{self, Exit};
use crate::ffi;
use crate::id::MigrationId;
use crate::kept::KeepLost;
use crate::record::{self, Written};
use crate::repeatable::Change;
use crate::safeguard::Safeguard;
use crate::stop::Stop;

/// Takes steps on one database, one transaction after the other.
pub(crate) struct Stepper<'d> {
    pub(super) database: &'d Database,
    pub(super) stop: &'d Stop,
    pub(super) options: ApplyOptions,
    /// A connection outside of the transaction. It is closed first: the last connection that closes
    /// empties the log of a database in WAL mode, and this one may not write.
    pub(super) witness: Connection,
    /// The connection that migrations run on: a fresh one after each that may have left something on it.
    pub(super) connection: Connection,
    /// The connection before any migration ran on it.
    pub(super) opened: AsOpened,
    /// What migrations did on the connection.
    pub(super) connection_use: ConnectionUse,
    pub(super) guard: Guard,
    pub(super) trace: Trace,
    pub(super) measure: Measure,
    /// Reads the schema once for all steps, and then what changed, whichever connection the steps ran
    /// on.
    pub(super) performer: RefCell<Performer>,
    /// The present state, if a step has read it.
    pub(super) before: Option<Before>,
    /// Whether to look for broken references before a step. A step that cannot be rolled back leaves no
    /// other time for that.
    pub(super) looks_first: bool,
    /// What the application registers, besides what SQLite has.
    pub(super) application: &'d ApplicationNames,
    /// How what the steps take away is kept.
    pub(super) keep: &'d KeepLost,
    /// The views and triggers that were made anew since somebody asked.
    pub(crate) redefined: Vec<Change>,
    /// Where to back up the database before the first step.
    backups: Option<Backups>,
    /// The backup that was made, which nobody removes before the last step is taken.
    backup: Option<InUse>,
}

/// A transaction that is open. Nobody else can write until its end.
pub(super) struct Transaction {
    /// The version of the file, as the connection sees it.
    pub(super) version: i64,
    /// The version of the file, as the witness sees it.
    pub(super) outside: i64,
    /// Whether no step was taken in it yet.
    pub(super) is_new: bool,
}

impl<'d> Stepper<'d> {
    /// Opens `database` with the settings that migrations run under.
    ///
    /// # Errors
    /// A database that cannot be written.
    pub(crate) fn open(
        database: &'d Database,
        options: ApplyOptions,
        stop: &'d Stop,
    ) -> Result<Self, DatabaseError> {
        let connection = database.open_to_migrate(options.busy_timeout)?;
        let witness = database.open_witness(options.busy_timeout)?;
        Ok(Self {
            database,
            stop,
            options,
            witness,
            opened: AsOpened::of(&connection),
            connection_use: ConnectionUse::New,
            connection,
            guard: Guard::default(),
            trace: Trace::default(),
            measure: Measure::default(),
            before: None,
            performer: RefCell::default(),
            looks_first: false,
            application: ApplicationNames::NONE,
            keep: KeepLost::NOTHING,
            redefined: Vec::new(),
            backups: None,
            backup: None,
        })
    }

    /// Asks for a backup before the first step that is taken.
    pub(crate) fn backing_up_to(self, backups: Option<Backups>) -> Self {
        Self { backups, ..self }
    }

    /// Sets what the `application` registers.
    pub(crate) fn knowing(self, application: &'d ApplicationNames) -> Self {
        Self { application, ..self }
    }

    /// Has `measure` measure the steps, which opened the database through its VFS.
    pub(crate) fn measured_by(self, measure: &Measure) -> Self {
        Self { measure: measure.clone(), ..self }
    }

    /// Sets how what the steps take away is kept.
    pub(crate) fn keeping(self, keep: &'d KeepLost) -> Self {
        Self { keep, ..self }
    }

    /// Closes the connections. Returns where to back up to, if no step was taken.
    pub(crate) fn close(self) -> Option<Backups> {
        self.backups
    }

    /// Backs up, if a backup is wanted and this is the first step, and writes that to the log. No other process can
    /// write now, so what the witness reads, which is what is committed, is what the step begins with.
    pub(super) fn back_up(&mut self, observe: &mut Observer<'_>) -> Result<(), ApplyError> {
        if let Some(backups) = self.backups.take() {
            let path = &self.database.path;
            let made = self
                .measure
                .backing_up(|| backup::before_migrations(&self.witness, path, &backups, observe))?;
            if let Some((file, in_use)) = made {
                self.backup = Some(in_use);
                record::log_backup(&self.connection, &file.to_string_lossy())
                    .map_err(self.failing_to("write to the log of"))?;
            }
        }
        Ok(())
    }

    /// Takes `steps` in one transaction: all of them or none. Returns what came of each;
    /// `None`: the history says that the step is taken already.
    ///
    /// # Errors
    /// A step failed, and nothing of the steps is in the database; or the error says otherwise.
    pub(crate) fn take(
        &mut self,
        steps: &[PlannedStep<'_>],
        observe: &mut Observer<'_>,
    ) -> Result<Vec<Option<Taken>>, ApplyError> {
        let Some(first) = steps.first() else { return Ok(Vec::new()) };
        let transaction = self.begin(&first.migration.artifact.id)?;
        let taken = self.steps(transaction, steps, observe).inspect_err(|_| {
            // The first error is the one to report. If rolling back fails too, SQLite does it when the
            // connection is closed.
            let _ = self.roll_back();
        })?;
        // Nothing is reported as taken before this: until COMMIT has returned, a crash undoes all of it.
        match taken.iter().flatten().next_back() {
            // The row of the last step proves the others: they are in the same transaction.
            Some(last) => self.commit(last)?,
            // All were taken by somebody else, and nothing was written.
            None => self.roll_back()?,
        }
        let mut all = Vec::new();
        for step in taken {
            all.push(step.map(|step| {
                self.redefined.extend(step.redefined);
                step.taken
            }));
        }
        if let Some(Some(last)) = all.last_mut() {
            last.measured = self.measure.take();
        }
        Ok(all)
    }

    /// Begins a transaction to start a step of `id`.
    pub(super) fn begin(&mut self, id: &MigrationId) -> Result<Transaction, ApplyError> {
        // The new connection is opened before the lock is taken, and the one before is closed after: with
        // no connection open in between, each migration would empty the log of a database in WAL mode.
        let last = self.renew()?;
        self.lock_to_start(id)?;
        // From here on nobody can write, so what these numbers say stays true until COMMIT.
        let version = data_version(&self.connection).map_err(self.failing_to("look at"))?;
        if let Some(last) = last {
            self.take_over(&last, id, version)?;
        }
        Ok(Transaction {
            version,
            outside: data_version(&self.witness).map_err(self.failing_to("look at"))?,
            is_new: true,
        })
    }

    /// Takes `steps` inside `transaction`; for those that are taken already, `None`.
    fn steps(
        &mut self,
        mut transaction: Transaction,
        steps: &[PlannedStep<'_>],
        observe: &mut Observer<'_>,
    ) -> Result<Vec<Option<Uncommitted>>, ApplyError> {
        let mut all: Vec<Option<Uncommitted>> = Vec::new();
        let opened = match steps {
            [] | [_] => None,
            _ => Some(ConnectionState::of(&self.connection).map_err(self.failing_to("look at"))?),
        };
        for step in steps {
            // An error names how many steps before it are rolled back with it: they were fine.
            let before = all.iter().flatten().count();
            if let Some(last) = all.last_mut() {
                let measured = self.measure.take_shared(&self.connection);
                if let Some(last) = last {
                    last.taken.measured = measured;
                }
            }
            let last = all.last().and_then(Option::as_ref).map(|taken| taken.written.id());
            if let (Some(opened), Some(last)) = (&opened, last) {
                // What was left is the fault of `last`, which is no step before itself.
                self.put_back(opened, last).map_err(|error| error.taking_along(before - 1))?;
            }
            let outcome = self
                .step(&transaction, step, observe)
                .map_err(|error| error.if_moved(&self.connection, &step.migration.artifact.id))
                .map_err(|error| error.taking_along(before))?;
            all.push(match outcome {
                StepOutcome::Taken(taken) => Some(taken),
                StepOutcome::AlreadyTaken => None,
            });
            // After the first step that was taken, what is there is no longer what is committed: a plan that
            // is stale from here on cannot be made anew without running code twice.
            transaction.is_new &= all.last().is_none_or(Option::is_none);
        }
        Ok(all)
    }

    /// Commits. After an error the outcome is not known: the file is opened again, and the history in
    /// it shows whether the last step is committed.
    pub(super) fn commit(&mut self, last: &Uncommitted) -> Result<(), ApplyError> {
        // A COMMIT into a file that has no name any more succeeds, and what it wrote is gone with the file.
        // This is asked last, so that the time in which that goes unnoticed is as short as can be.
        if ffi::has_moved(&self.connection) && Safeguard::FileInPlace.is_on() {
            self.roll_back()?;
            return Err(ApplyError::Moved { id: last.written.id().clone() });
        }
        let Err(source) = self.measure.commit(&self.connection) else {
            return Ok(());
        };
        // Before it is rolled back: then it waits for nobody any more.
        let source = self.database.with_holders(source);
        let doing = format!("commit `{}`", last.written.id());
        // Where a reader holds it up, or the disk is full, the transaction is still open, and rolling back
        // decides the outcome. After an I/O error it decides nothing.
        let is_decided = self.roll_back().is_ok() && exit::of_sqlite(&source) == Exit::TryAgain;
        if is_decided || !Safeguard::ConfirmedOutcome.is_on() {
            return Err(ApplyError::Sqlite { doing, source });
        }
        // This connection's cache may hold pages that the file never got. What the file says, only one
        // that has read nothing yet can see.
        let committed =
            Self::open(self.database, self.options, self.stop).ok().and_then(|reopened| {
                *self = reopened
                    .knowing(self.application)
                    .measured_by(&self.measure.clone())
                    .keeping(self.keep);
                confirm_commit(&self.connection, &last.written).ok()
            });
        match committed {
            Some(true) => Ok(()),
            Some(false) => Err(ApplyError::Sqlite { doing, source }),
            None => Err(ApplyError::OutcomeUnknown { id: last.written.id().clone(), source }),
        }
    }

    pub(super) fn roll_back(&mut self) -> Result<(), ApplyError> {
        // What a step in it left is not there any more.
        self.before = None;
        if self.connection.is_autocommit() {
            return Ok(());
        }
        let rolled_back = self.connection.execute_batch("ROLLBACK");
        self.measure.released();
        rolled_back.map_err(self.failing_to("roll back what was done to"))
    }

    /// The error of something that the runner did to the database.
    pub(super) fn failing_to(
        &self,
        doing: &str,
    ) -> impl FnOnce(rusqlite::Error) -> ApplyError + use<> {
        ApplyError::sqlite(format!("{doing} the database `{}`", self.database.path.display()))
    }

    /// Whether another program has written since the witness saw the file as `outside`. It can if this
    /// process has lost its lock, which happens when any code in it opens the file and closes it again
    /// (<https://sqlite.org/howtocorrupt.html#_posix_advisory_locks_canceled_by_a_separate_thread_doing_close_>).
    /// Where our own lock keeps the witness from reading, the answer is not known, and `false` is
    /// returned.
    pub(super) fn another_wrote_since(&self, outside: i64) -> bool {
        self.without_patience(|| outside_commits::since(&self.witness, outside)).unwrap_or(false)
    }

    /// Does `work` while the witness does not wait for locks: what keeps it from reading is our own
    /// lock.
    pub(super) fn without_patience<T>(&self, work: impl FnOnce() -> T) -> T {
        let _ = self.witness.busy_timeout(Duration::ZERO);
        let done = work();
        let _ = self.witness.busy_timeout(self.options.busy_timeout);
        done
    }
}

/// A number that changes when another connection commits
/// (<https://sqlite.org/pragma.html#pragma_data_version>).
pub(super) fn data_version(connection: &Connection) -> rusqlite::Result<i64> {
    connection.pragma_query_value(None, "data_version", |row| row.get(0))
}

/// Whether the history holds what was `written`, now and for good. The error of a COMMIT leaves that
/// open:
///
/// - in WAL mode, a commit that could not be synced lies in the log all the same. Connections that
///   are open pass it over; one that reads the log after them would find it
///   (<https://sqlite.org/walformat.html#recovery>);
/// - with a rollback journal, a commit is done when the journal is gone, and may come undone if the
///   folder could not be synced.
///
/// A transaction of our own, which changes nothing, overwrites the log in the first case and syncs the
/// folder in the second.
///
/// # Errors
/// SQLite's: then it is not known.
fn confirm_commit(connection: &Connection, written: &Written) -> rusqlite::Result<bool> {
    connection.execute_batch("BEGIN IMMEDIATE")?;
    let committed = record::says(connection, written)?;
    let version: i64 = connection.pragma_query_value(None, "user_version", |row| row.get(0))?;
    connection.pragma_update(None, "user_version", version)?;
    connection.execute_batch("COMMIT")?;
    Ok(committed)
}
