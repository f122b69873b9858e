//! Goes through the stages that a batched migration asks for, each in transactions of its own.

use std::cell::{Cell, RefCell};
use std::time::{Duration, Instant};

use rusqlite::Connection;

use super::commit::NotCommitted;
use super::failure::BatchedError;
use super::pace::{NoNext, Pace};
use crate::apply::activity::Activity;
use crate::apply::connection_reuse;
use crate::apply::deadline::Over;
use crate::apply::denied::DeniedStatement;
use crate::apply::failure::ApplyError;
use crate::apply::guard::Area;
use crate::apply::host_services::HostServices;
use crate::apply::invoke::Ran;
use crate::apply::step::PlannedStep;
use crate::apply::transaction::{Stepper, data_version};
use crate::apply::verify::Before;
use crate::checkpoint::{self, Checkpoint};
use crate::ffi::{self, BatchRequest, LeftRunning, Limits, StageEnd, StageKind, StageRequest};
use crate::id::MigrationId;
use crate::kept_schema;
use crate::premise::{Change, StalePlan};
use crate::record;

/// Why a stage is not done.
pub(super) enum Ended {
    /// The migration's own code failed, and says why when it returns.
    ByItself,
    /// The runner does not go on.
    ByUs(ApplyError),
}

impl From<ApplyError> for Ended {
    fn from(error: ApplyError) -> Self {
        Self::ByUs(error)
    }
}

impl From<BatchedError> for Ended {
    fn from(error: BatchedError) -> Self {
        Self::ByUs(error.into())
    }
}

/// The stages of one migration that runs.
pub(in crate::apply) struct Stages<'b, 'd> {
    pub(super) stepper: &'b Stepper<'d>,
    pub(super) step: &'b PlannedStep<'b>,
    pub(super) pace: RefCell<Pace>,
    /// As it is committed.
    checkpoint: RefCell<Checkpoint>,
    /// The number of the stage that is asked for next.
    next: Cell<u64>,
    /// The state of the database, if a stage has read it.
    before: RefCell<Option<Before>>,
    /// Why no further stage is begun.
    ended: RefCell<Option<ApplyError>>,
    /// The stage whose own code failed.
    failed: RefCell<Option<String>>,
}

/// How the stages of a run ended.
pub(super) struct Outcome {
    /// Why it did not go on, if it was the runner who ended it.
    pub(super) ended: Option<ApplyError>,
    /// The stage whose own code failed.
    pub(super) failed: Option<String>,
    /// How many stages it asked for.
    pub(super) asked_for: u64,
}

/// What code of the migration did in a transaction.
pub(super) struct Worked<T> {
    pub(super) result: T,
    pub(super) seen: Activity,
    pub(super) took: Duration,
    pub(super) running: Option<LeftRunning>,
}

impl<'b, 'd> Stages<'b, 'd> {
    pub(super) fn new(
        stepper: &'b Stepper<'d>,
        step: &'b PlannedStep<'b>,
        pace: Pace,
        checkpoint: Checkpoint,
    ) -> Self {
        Self {
            stepper,
            step,
            pace: RefCell::new(pace),
            checkpoint: RefCell::new(checkpoint),
            next: Cell::new(0),
            before: RefCell::new(None),
            ended: RefCell::new(None),
            failed: RefCell::new(None),
        }
    }

    /// Goes through a stage, or passes over it if it is done. The guard is armed for what is between two stages, and is
    /// so again afterwards.
    pub(in crate::apply) fn go_through(
        &self,
        request: &StageRequest<'_>,
        services: &HostServices<'_, '_>,
    ) -> StageEnd {
        let between = self.stepper.guard.disarm();
        let passed_over = self.failed.borrow().clone();
        let outcome = match (passed_over, self.ended.borrow().is_some()) {
            (_, true) => Err(Ended::ByItself),
            (Some(stage), false) => {
                Err(BatchedError::ErrorPassedOver { id: self.id().clone(), stage }.into())
            }
            (None, false) => {
                self.judge_between(&between).and_then(|()| self.stage(request, services))
            }
        };
        if outcome.is_err() {
            let _ = self.roll_back();
        }
        services.statements();
        self.stepper.guard.arm_between();
        match outcome {
            Ok(()) => StageEnd::Done,
            Err(Ended::ByItself) if self.ended.borrow().is_none() => {
                let stage = request.kind().map(|kind| words(&kind)).unwrap_or_default();
                self.failed.replace(Some(stage));
                StageEnd::Failed
            }
            Err(Ended::ByItself) => StageEnd::Ended,
            Err(Ended::ByUs(error)) => {
                self.ended.replace(Some(self.told(error, services)));
                StageEnd::Ended
            }
        }
    }

    /// What is committed, and how the stages ended.
    pub(super) fn into_parts(self) -> (Checkpoint, Outcome) {
        let outcome = Outcome {
            ended: self.ended.into_inner(),
            failed: self.failed.into_inner(),
            asked_for: self.next.get(),
        };
        (self.checkpoint.into_inner(), outcome)
    }

    /// An error of SQLite that is only a stop, or the end of the time, as what it is.
    fn told(&self, error: ApplyError, services: &HostServices<'_, '_>) -> ApplyError {
        let id = self.id().clone();
        match (&error, services.deadline.over()) {
            (ApplyError::Sqlite { .. } | ApplyError::Database(_), Some(Over::Stopped)) => {
                ApplyError::Stopped { id }
            }
            (ApplyError::Sqlite { .. } | ApplyError::Database(_), Some(Over::Time)) => {
                ApplyError::TimedOut { id, after: self.stepper.options.timeout.unwrap_or_default() }
            }
            _ => error,
        }
    }

    /// Checks what the migration did since the stage before.
    pub(super) fn judge_between(&self, between: &Activity) -> Result<(), Ended> {
        self.judge_denied(between)?;
        self.judge_running(ffi::left_running(self.connection()))
    }

    fn judge_denied(&self, seen: &Activity) -> Result<(), Ended> {
        if seen.denied.is_empty() {
            return Ok(());
        }
        let denied = DeniedStatement::all(seen.denied.clone(), Vec::new());
        Err(ApplyError::Denied { id: self.id().clone(), denied }.into())
    }

    pub(super) fn judge_running(&self, running: Option<LeftRunning>) -> Result<(), Ended> {
        let id = self.id().clone();
        match running {
            Some(LeftRunning::Statement(sql)) => Err(ApplyError::StatementLeft { id, sql }.into()),
            Some(LeftRunning::Blob) => Err(ApplyError::BlobLeft { id }.into()),
            None => Ok(()),
        }
    }

    fn stage(
        &self,
        request: &StageRequest<'_>,
        services: &HostServices<'_, '_>,
    ) -> Result<(), Ended> {
        let place = self.next.replace(self.next.get() + 1);
        let online = |source| BatchedError::Online { id: self.id().clone(), begun: false, source };
        let kind = request.kind().map_err(online)?;
        let found = words(&kind);
        {
            let checkpoint = self.checkpoint.borrow();
            if place < checkpoint.stages_done {
                return Ok(());
            }
            if !checkpoint.cursor.is_empty() && checkpoint.stage != found {
                let (id, expected) = (self.id().clone(), checkpoint.stage.clone());
                return Err(BatchedError::OtherStages { id, expected, found }.into());
            }
        }
        match kind {
            StageKind::Step => self.take_step(request, services, &found),
            StageKind::Rows { table, skip_failures } => {
                self.rows(request, services, &found, &table, skip_failures)
            }
            StageKind::Online(operations) => self.online(services, &found, &operations),
        }
    }

    /// A step: one transaction, checked as that of any migration.
    fn take_step(
        &self,
        request: &StageRequest<'_>,
        services: &HostServices<'_, '_>,
        words: &str,
    ) -> Result<(), Ended> {
        self.until_committed(|gave_way| self.try_step(request, services, words, gave_way))
    }

    fn try_step(
        &self,
        request: &StageRequest<'_>,
        services: &HostServices<'_, '_>,
        words: &str,
        gave_way: u32,
    ) -> Result<(), NotCommitted> {
        let outside = self.begin()?;
        let before = self.look_before()?;
        let schema = std::sync::Arc::clone(&before.inventory.objects);
        let asked = BatchRequest { cursor: &[], rows: 1, time: None, pass_over: false };
        let Worked { result, seen, took, running } =
            self.work(Area::Transaction, services, || request.work(&asked));
        self.judge_work(&seen, running, result.is_err(), services)?;
        let own = connection_reuse::registered(self.connection(), &seen);
        let ran = Ran { direction: self.step.direction, seen, own, took };
        let now = self.stepper.verify(self.id(), &ran, before)?;
        self.verify_transaction()?;
        self.stepper.measure.changed(&schema, &now.inventory.objects, Some(&ran.seen));
        let digest = now.inventory.objects.digest();
        if digest != schema.digest() {
            self.log_stage(words, &digest)?;
        }
        kept_schema::keep_after(self.connection(), &schema, &now.inventory.objects)
            .map_err(self.saving())?;
        self.save(|checkpoint| {
            checkpoint.end_stage(words);
            checkpoint.ran(took);
            checkpoint.schema_digest = digest;
            checkpoint.made.extend(now.made.clone());
        })?;
        if self.stepper.another_wrote_since(outside) {
            return Err(ApplyError::LockLost { id: self.id().clone() }.into());
        }
        self.commit_at_once(gave_way, 1)?;
        self.before.replace(Some(now));
        Ok(())
    }

    /// Writes to the log that the stage has changed the schema.
    pub(super) fn log_stage(&self, words: &str, digest: &str) -> Result<(), ApplyError> {
        let step = (self.id(), self.step.direction);
        record::log_stage(self.connection(), step, words, digest).map_err(self.saving())
    }

    /// Runs code of the migration in `area`, under the guard.
    pub(super) fn work<T>(
        &self,
        area: Area,
        services: &HostServices<'_, '_>,
        work: impl FnOnce() -> T,
    ) -> Worked<T> {
        let connection = self.connection();
        let limits = Limits::of(connection);
        let started = Instant::now();
        self.stepper.guard.arm_in(area);
        let result = work();
        let seen = self.stepper.guard.disarm_on(connection);
        ffi::forget_callbacks(connection);
        limits.put_back(connection);
        let took = started.elapsed();
        self.stepper.measure.ran(connection, took);
        services.statements();
        let wrote = self.stepper.measure.wrote(self.id(), &seen);
        wrote.into_iter().for_each(|event| services.emit(event));
        Worked { result, seen, took, running: ffi::left_running(connection) }
    }

    /// Judges code of the migration that ran. Of several errors, the worst is given.
    pub(super) fn judge_work(
        &self,
        seen: &Activity,
        running: Option<LeftRunning>,
        failed: bool,
        services: &HostServices<'_, '_>,
    ) -> Result<(), Ended> {
        self.judge_over(services)?;
        self.judge_denied(seen)?;
        if failed {
            return Err(Ended::ByItself);
        }
        if self.connection().is_autocommit() {
            return Err(ApplyError::TransactionLost { id: self.id().clone() }.into());
        }
        self.judge_running(running)
    }

    /// Whether it may still run.
    pub(super) fn judge_over(&self, services: &HostServices<'_, '_>) -> Result<(), Ended> {
        let id = self.id().clone();
        let after = self.stepper.options.timeout.unwrap_or_default();
        match services.deadline.over() {
            Some(Over::Stopped) => Err(ApplyError::Stopped { id }.into()),
            Some(Over::Time) => Err(ApplyError::TimedOut { id, after }.into()),
            None => Ok(()),
        }
    }

    /// Begins a transaction, once it may, and makes sure that nobody has taken the work over and that the file is the
    /// same. Gives the version of the file, as the witness sees it.
    pub(super) fn begin(&self) -> Result<i64, Ended> {
        let id = self.id();
        self.pace.borrow().may_go_on(self.stepper.stop).map_err(|why| match why {
            NoNext::Stopped => ApplyError::Stopped { id: id.clone() },
            NoNext::TimeIsOver => BatchedError::Paused { id: id.clone() }.into(),
        })?;
        self.stepper.lock(id)?;
        self.step.check_file(self.connection(), self.stepper.database)?;
        if ffi::has_moved(self.connection()) {
            return Err(ApplyError::Moved { id: id.clone() }.into());
        }
        let owner = checkpoint::owner(self.connection(), id).map_err(self.saving())?;
        if owner.as_deref() != Some(&self.checkpoint.borrow().owner) {
            return Err(BatchedError::Replaced { id: id.clone() }.into());
        }
        Ok(data_version(&self.stepper.witness).map_err(self.saving())?)
    }

    /// The state of the database in a transaction that has just begun. It is read again only if another program has
    /// written since.
    fn look_before(&self) -> Result<Before, Ended> {
        let version = data_version(self.connection()).map_err(self.saving())?;
        let known = self.before.take().filter(|before| before.version == version);
        let before = match known {
            Some(mut before) => {
                before.left.clear();
                before
            }
            None => self.stepper.look_before(version)?,
        };
        self.check_schema(&before.inventory.objects.digest())?;
        Ok(before)
    }

    /// Has the next stage read the state of the database again: this one changed the schema, and what is kept is of
    /// before.
    pub(super) fn forget_before(&self) {
        self.before.replace(None);
    }

    /// Checks that the schema is as the last transaction of the migration left it.
    pub(super) fn check_schema(&self, found: &str) -> Result<(), Ended> {
        if found == self.checkpoint.borrow().schema_digest {
            return Ok(());
        }
        Err(ApplyError::from(StalePlan { change: Change::Schema }).into())
    }

    /// Writes the checkpoint with a change, which holds once this transaction is committed.
    pub(super) fn save(&self, change: impl FnOnce(&mut Checkpoint)) -> Result<(), Ended> {
        let mut checkpoint = self.checkpoint.borrow_mut();
        let mut next = checkpoint.clone();
        change(&mut next);
        next.save(self.connection()).map_err(self.saving())?;
        // If the transaction is not committed, the run ends, or `undo` is called.
        *checkpoint = next;
        Ok(())
    }

    /// The checkpoint as it was saved last.
    pub(super) fn checkpoint(&self) -> Checkpoint {
        self.checkpoint.borrow().clone()
    }

    /// Takes back what [`Self::save`] noted in a transaction that was rolled back.
    pub(super) fn put_back(&self, checkpoint: Checkpoint) {
        self.checkpoint.replace(checkpoint);
    }

    pub(super) fn roll_back(&self) -> rusqlite::Result<()> {
        self.before.replace(None);
        match self.connection().is_autocommit() {
            true => Ok(()),
            false => {
                let rolled_back = self.connection().execute_batch("ROLLBACK");
                self.stepper.measure.released();
                rolled_back
            }
        }
    }

    /// Checks that the transaction is still open: after some errors SQLite rolls back all of it.
    pub(super) fn verify_transaction(&self) -> Result<(), Ended> {
        match self.connection().is_autocommit() {
            true => Err(ApplyError::TransactionLost { id: self.id().clone() }.into()),
            false => Ok(()),
        }
    }

    pub(super) fn saving(&self) -> impl FnOnce(rusqlite::Error) -> ApplyError + use<> {
        ApplyError::sqlite(format!("keep how far `{}` is", self.id()))
    }

    pub(super) fn connection(&self) -> &'b Connection {
        &self.stepper.connection
    }

    pub(super) fn id(&self) -> &'b MigrationId {
        &self.step.migration.artifact.id
    }
}

/// The stage in words.
fn words(kind: &StageKind) -> String {
    match kind {
        StageKind::Step => "a step".to_owned(),
        StageKind::Rows { table, .. } => format!("the rows of `{table}`"),
        StageKind::Online(operations) => match operations.iter().find_map(|it| it.table()) {
            Some(table) => format!("`{table}` online"),
            None => "a table online".to_owned(),
        },
    }
}
