//! One step inside a transaction: whether it is still to be taken, which is read under the lock; the migration's
//! code, what it leaves, and its history row.

use std::mem;
use std::sync::Arc;
use std::time::Duration;

use rusqlite::Connection;

use super::connection_reuse::ConnectionUse;
use super::deadline::Deadline;
use super::failure::ApplyError;
use super::invoke::{InSavepoint, Invoker};
use super::keep_lost::Losses;
use super::repeatable::Finished;
use super::replace;
use super::transaction::{Stepper, Transaction};
use super::verify::{Before, LOOK};
use crate::database::Database;
use crate::direction::Direction;
use crate::event::{Event, Observer};
use crate::ffi;
use crate::id::MigrationId;
use crate::kept::{Kept, PutBack};
use crate::kept_schema;
use crate::load::{BuiltStep, Loaded};
use crate::measured::Measured;
use crate::microseconds::microseconds;
use crate::premise::{Change, Premise, Progress, StalePlan};
use crate::record::{self, Record, Written};
use crate::repeatable::{Change as Redefined, Definitions};
use crate::safeguard::Safeguard;
use crate::schema_objects::Objects;

/// Has the log keep the source of `migration`, if it is known.
pub(super) fn keep_source(connection: &Connection, migration: &Loaded) -> rusqlite::Result<()> {
    let source = migration.artifact.text.as_ref();
    source.map_or(Ok(()), |source| record::note_source(connection, source))
}

/// A step of a job.
#[derive(Clone, Copy)]
pub(crate) struct PlannedStep<'j> {
    pub(crate) migration: &'j Loaded,
    pub(crate) direction: Direction,
    /// What the plan was made from; `None`: it holds for any history.
    pub(crate) premise: Option<&'j Premise>,
    /// The views and triggers that are to be there after the last step.
    pub(crate) definitions: Option<&'j Definitions>,
    /// All steps of the job.
    pub(crate) steps: &'j [BuiltStep],
    /// The index of this step.
    pub(crate) place: usize,
}

impl<'j> PlannedStep<'j> {
    /// Whether it is the last one of the job.
    pub(super) fn is_last(&self) -> bool {
        self.place + 1 == self.steps.len()
    }

    /// The views and triggers that are to be there after it.
    pub(super) fn definitions(&self) -> Option<&'j Definitions> {
        self.definitions.filter(|_| self.is_last())
    }

    /// Checks that the database is still the file that the plan was made for. Each step checks again:
    /// the file may be replaced while nobody writes to it.
    ///
    /// # Errors
    /// It is another file, or gone.
    pub(super) fn check_file(
        &self,
        connection: &Connection,
        database: &Database,
    ) -> Result<(), ApplyError> {
        check_file(self.premise, connection, database)
    }

    /// Whether another runner has taken the step already. Runs in a transaction that keeps other
    /// writers out.
    ///
    /// # Errors
    /// The history is not one that the plan leads through.
    pub(super) fn is_taken(&self, connection: &Connection) -> Result<bool, ApplyError> {
        if !Safeguard::HistoryReadAgain.is_on() {
            return Ok(false);
        }
        let Some(premise) = self.premise else {
            let id = &self.migration.artifact.id;
            return record::is_taken(connection, id, self.direction)
                .map_err(ApplyError::sqlite(format!("see whether `{id}` is applied")));
        };
        match premise.progress(self.steps, self.place, &record::sources(connection)?) {
            Progress::NotTaken => Ok(false),
            Progress::Taken => Ok(true),
            Progress::OffPlan(change) => Err(StalePlan { change }.into()),
        }
    }

    /// Checks that the schema, whose digest is `found`, is as the runner left it: the step would record
    /// the changes of somebody else as its own.
    ///
    /// # Errors
    /// The schema is another.
    pub(super) fn check_schema(
        &self,
        connection: &Connection,
        found: &str,
    ) -> Result<(), ApplyError> {
        let Some(premise) = self.premise.filter(|_| Safeguard::HistoryReadAgain.is_on()) else {
            return Ok(());
        };
        let planned = premise.schema_digest.as_deref().filter(|_| self.place == 0);
        if planned.is_some_and(|planned| planned != found) {
            return Err(StalePlan { change: Change::Schema }.into());
        }
        let left = record::schema_digest(connection)
            .map_err(ApplyError::sqlite("see how the schema was left"))?;
        match left {
            Some(left) if left != found => Err(StalePlan { change: Change::Schema }.into()),
            _ => Ok(()),
        }
    }
}

/// Checks that the `database` is still the file that the plan was made for.
///
/// # Errors
/// It is another file, or gone.
pub(super) fn check_file(
    premise: Option<&Premise>,
    connection: &Connection,
    database: &Database,
) -> Result<(), ApplyError> {
    let planned = premise.and_then(|premise| premise.file);
    if planned.is_none() || !Safeguard::HistoryReadAgain.is_on() {
        return Ok(());
    }
    let change = match database.identity() {
        None => Change::Gone(database.path.clone()),
        now if now != planned || ffi::has_moved(connection) => {
            Change::Replaced(database.path.clone())
        }
        _ => return Ok(()),
    };
    Err(StalePlan { change }.into())
}

/// What came of a step.
pub(super) enum StepOutcome {
    /// It was taken, and is not committed yet.
    Taken(Uncommitted),
    /// The history says that it is taken already.
    AlreadyTaken,
}

/// A step that was taken, and is not committed yet.
pub(super) struct Uncommitted {
    pub(super) taken: Taken,
    /// What the history says of it.
    pub(super) written: Written,
    /// The views and triggers that were made anew with it.
    pub(super) redefined: Vec<Redefined>,
}

/// A step that was taken.
pub(crate) struct Taken {
    /// How long the migration's own code ran.
    pub(crate) took: Duration,
    /// How many migrations it was recorded in the place of, without being run.
    pub(crate) replaced: usize,
    /// What it took, if that was asked for.
    pub(crate) measured: Option<Box<Measured>>,
    /// What was kept of what it took away.
    pub(crate) kept: Vec<Kept>,
    /// What came of what was kept of it.
    pub(crate) put_back: Vec<PutBack>,
}

impl Taken {
    /// The migration's code ran for so long.
    pub(crate) fn ran(took: Duration) -> Self {
        Self { took, replaced: 0, measured: None, kept: Vec::new(), put_back: Vec::new() }
    }
}

impl Stepper<'_> {
    /// Takes a step inside `transaction`. The history is read again here, where no other process can
    /// change it.
    ///
    /// # Errors
    /// The plan is out of date; the migration failed, broke a rule, or left something lost or broken.
    pub(super) fn step(
        &mut self,
        transaction: &Transaction,
        step: &PlannedStep<'_>,
        observe: &mut Observer<'_>,
    ) -> Result<StepOutcome, ApplyError> {
        let PlannedStep { migration, direction, .. } = *step;
        let id = &migration.artifact.id;
        if transaction.is_new {
            step.check_file(&self.connection, self.database)?;
        } else if ffi::has_moved(&self.connection) && Safeguard::FileInPlace.is_on() {
            // The plan would be made anew, and the code of the steps before would run again.
            return Err(ApplyError::Moved { id: id.clone() });
        }
        let is_as_planned =
            step.premise.is_some() && self.nobody_wrote_since_the_last_step(transaction);
        if !is_as_planned && step.is_taken(&self.connection)? {
            return Ok(StepOutcome::AlreadyTaken);
        }
        if direction == Direction::Forward && !migration.artifact.replaces.is_empty() {
            let schema = self.unless_stopped(id, |stepper| stepper.before(transaction))?;
            if !is_as_planned {
                step.check_schema(&self.connection, &schema.inventory.objects.digest())?;
            }
            let recorded = replace::record(&self.connection, migration, &schema)?;
            self.before = Some(schema);
            if let Some(recorded) = recorded {
                return Ok(StepOutcome::Taken(recorded));
            }
        }
        // After the last look that can find nothing to do, and before the first write: the backup is of
        // what this step begins with, and none is made for a plan that others have carried out.
        self.back_up(observe)?;
        let before = self.unless_stopped(id, |stepper| stepper.before(transaction))?;
        let found = Arc::clone(&before.inventory.objects);
        if !is_as_planned {
            step.check_schema(&self.connection, &found.digest())?;
        }
        let (before, given_back) = match direction {
            Direction::Forward => (before, Vec::new()),
            Direction::Backward => self.give_back(id, before)?,
        };
        let schema = Arc::clone(&before.inventory.objects);
        let losses =
            self.unless_stopped(id, |stepper| stepper.losses(migration, direction, &before))?;
        observe(Event::Started { id: id.clone(), direction });
        // After the looks of the runner itself, whose traces the migration would find.
        self.forget_statements()?;
        // Before the call: a migration that fails may have left functions on the connection as well.
        let used = mem::replace(&mut self.connection_use, ConnectionUse::Used);
        let in_savepoint = InSavepoint {
            invoker: Invoker {
                connection: &self.connection,
                guard: &self.guard,
                trace: &self.trace,
                performer: &self.performer,
                measure: &self.measure,
                timeout: self.options.timeout,
                stop: self.stop,
                application: self.application,
            },
            witness: &self.witness,
            outside: transaction.outside,
        };
        let mut ran = in_savepoint.run(migration, direction, observe)?;
        self.measure.ran(&self.connection, ran.took);
        // The migration may have set another, and the checks would give up where they should wait.
        self.connection
            .busy_timeout(self.options.busy_timeout)
            .map_err(self.failing_to("prepare a connection to"))?;
        let (lost, kept) = match losses {
            Losses::Keep(lost) => (lost, Vec::new()),
            Losses::PutBack(kept) => (Vec::new(), kept),
        };
        let put_back =
            self.unless_stopped(id, |stepper| stepper.put_back_kept(id, kept, &mut ran))?;
        let now = self.unless_stopped(id, |stepper| stepper.verify(id, &ran, before))?;
        // The checks run statements, and an error in one of them may have rolled back everything. This is
        // the last look before the history row, which must not be written outside of the transaction.
        self.verify_transaction()?;
        // Whether the migration changed the schema is no question of the views and triggers that come with it.
        let is_same = now.inventory.objects.are(&schema);
        self.measure.changed(&schema, &now.inventory.objects, Some(&ran.seen));
        let Finished { now, changes } = self.finish_repeatable(step, &schema, &ran.own, now)?;
        let seen_before = if is_same { &now.inventory.objects } else { &schema };
        let before = (seen_before.digest(), &*found);
        let kept = match direction {
            Direction::Forward => self.unless_stopped(id, |stepper| {
                stepper.keep(id, &lost, &ran.seen, (&schema, &now.inventory.objects))
            })?,
            Direction::Backward => Vec::new(),
        };
        self.verify_transaction()?;
        let mut taken = self.record(migration, direction, ran.took, before, &now)?;
        (taken.taken.kept, taken.taken.put_back) = (kept, put_back);
        let given_back = given_back.into_iter().map(|it| it.left_in(&now.inventory.objects));
        taken.redefined = given_back.chain(changes).collect();
        if used != ConnectionUse::Used
            && self.opened.is_still(&self.connection, &ran.seen, &now.inventory.objects)
        {
            self.connection_use = ConnectionUse::Clean;
        }
        self.before = Some(now);
        // After the last write: a program that came in before it would be overwritten by the COMMIT.
        if self.another_wrote_since(transaction.outside) {
            return Err(ApplyError::LockLost { id: id.clone() });
        }
        Ok(StepOutcome::Taken(taken))
    }

    /// Whether the database is as the last step left it. Then the history is not read again: a run of a
    /// thousand migrations would read a thousand rows a thousand times.
    fn nobody_wrote_since_the_last_step(&self, transaction: &Transaction) -> bool {
        self.before.as_ref().is_some_and(|before| before.version == transaction.version)
    }

    /// Looks at the database for a step of `id`. The database may be large, so a stop interrupts the
    /// look.
    fn unless_stopped<T>(
        &mut self,
        id: &MigrationId,
        look: impl FnOnce(&mut Self) -> Result<T, ApplyError>,
    ) -> Result<T, ApplyError> {
        let deadline = Deadline::start(&[&self.connection, &self.witness], None, self.stop);
        let seen = look(self);
        match deadline.over() {
            Some(_) => Err(ApplyError::Stopped { id: id.clone() }),
            None => seen,
        }
    }

    /// Checks that the transaction is still open. After some errors SQLite rolls all of it back,
    /// whatever was asked; a history row that is written then would be committed without its migration.
    fn verify_transaction(&self) -> Result<(), ApplyError> {
        if !self.connection.is_autocommit() {
            return Ok(());
        }
        let code = rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_ABORT_ROLLBACK);
        Err(self.failing_to(LOOK)(rusqlite::Error::SqliteFailure(code, None)))
    }

    /// Writes or removes the history row of a migration that found the schema with the digest `schema_before`, and left
    /// the database as it is `now`. What is kept of the schema is as it was in `kept`, or not known.
    ///
    /// # Errors
    /// The way back left the schema as it was; SQLite's error.
    pub(super) fn record(
        &self,
        migration: &Loaded,
        direction: Direction,
        took: Duration,
        (schema_before, kept): (String, &Objects),
        now: &Before,
    ) -> Result<Uncommitted, ApplyError> {
        let id = &migration.artifact.id;
        let digest = now.inventory.objects.digest();
        let (written, outcome) = match direction {
            Direction::Backward => {
                if schema_before == digest && !self.options.leave_schema {
                    self.verify_nothing_to_undo(id, &digest)?;
                }
                let how = (took, migration.api_version.as_str());
                let digests = (migration.artifact.source_digest.as_str(), digest.as_str());
                let outcome = record::revert(&self.connection, id, how, digests);
                (Written::NoRow(id.clone()), outcome)
            }
            Direction::Forward => {
                let record = Record::now(
                    id.clone(),
                    microseconds(took),
                    migration.artifact.source_digest.clone(),
                    digest,
                    migration.api_version.clone(),
                    migration.usable_since.clone(),
                );
                let record = Record {
                    schema_before: Some(schema_before),
                    replaces: migration.artifact.replaces.clone(),
                    ..record
                };
                let outcome = record::insert(&self.connection, &record)
                    .and_then(|()| keep_source(&self.connection, migration))
                    .and_then(|()| now.made.note(&self.connection, id));
                (Written::Row(Box::new(record)), outcome)
            }
        };
        outcome
            .and_then(|()| kept_schema::keep_after(&self.connection, kept, &now.inventory.objects))
            .map_err(ApplyError::sqlite(format!("record `{id}`")))?;
        Ok(Uncommitted { taken: Taken::ran(took), written, redefined: Vec::new() })
    }

    /// Checks that a migration whose way back changed no schema changed none on its way forward.
    /// Otherwise what it made would be there without the migration, and its next way forward would fail
    /// on it. Where the schema is what the way forward found, views that a file took over were all that it changed.
    fn verify_nothing_to_undo(&self, id: &MigrationId, digest: &str) -> Result<(), ApplyError> {
        let changed = record::changed_schema(&self.connection, id, digest)
            .map_err(ApplyError::sqlite(format!("see what `{id}` did to the schema")))?;
        if changed { Err(ApplyError::SchemaLeft { id: id.clone() }) } else { Ok(()) }
    }
}
