//! A step that is a sequence of stages, each with transactions of its own. Where it is, is written in the same
//! transaction as the work; whoever runs it next goes on there.
//!
//! [`stages`] goes through what the migration asks for: a step, [`rows`] in batches of a [`batch_size`], a table
//! [`online`]. Between two transactions [`pace`] lets others in. [`alone`] spares another runner the same work.

mod abandon;
mod alone;
mod batch_size;
mod commit;
mod failure;
mod large_index;
mod online;
mod pace;
mod rows;
mod stages;

pub use abandon::abandon;
pub use failure::{BatchedError, LeftHalfDone};
pub(super) use large_index::foretold;
pub use pace::Pause;
pub(super) use stages::Stages;

use std::time::{Duration, Instant};

use rusqlite::Connection;

use self::alone::Alone;
use self::pace::{NoNext, Pace};
use super::ApplyOptions;
use super::failure::ApplyError;
use super::invoke::Invoker;
use super::measure::Measure;
use super::step::PlannedStep;
use super::transaction::{Stepper, data_version};
use crate::application::ApplicationNames;
use crate::backup::{self, Backups, InUse};
use crate::checkpoint::{self, Checkpoint};
use crate::database::Database;
use crate::direction::Direction;
use crate::event::{Event, Observer};
use crate::failed_rows;
use crate::id::MigrationId;
use crate::kept;
use crate::record::Made;
use crate::started;
use crate::stop::Stop;

/// A step that is a sequence of stages.
pub(crate) struct Batched<'a> {
    pub(crate) database: &'a Database,
    pub(crate) options: ApplyOptions,
    pub(crate) application: &'a ApplicationNames,
    pub(crate) stop: &'a Stop,
    pub(crate) step: PlannedStep<'a>,
    pub(crate) measure: &'a Measure,
    /// When the run is to end.
    pub(crate) end: Option<Instant>,
}

/// How a step begins.
enum Begun {
    /// The history says that it is taken.
    Taken,
    /// It goes on from here.
    At(Box<Checkpoint>),
    /// It is to be reverted, and nothing that it did is in the database.
    Undone,
}

impl Batched<'_> {
    /// Takes the step, or goes on with it. Returns how long the migration's code ran, in all runs; `None`: the history
    /// says that the step is taken.
    ///
    /// # Errors
    /// It could not begin; or it is half done, and how far is in the database.
    pub(crate) fn take(
        &self,
        backups: &mut Option<Backups>,
        observe: &mut Observer<'_>,
    ) -> Result<Option<Duration>, ApplyError> {
        let (id, direction) = (&self.step.migration.artifact.id, self.step.direction);
        let mut stepper =
            Stepper::open(self.database, self.options, self.stop)?.measured_by(self.measure);
        let Some(_alone) = Alone::try_for(self.database.file()) else {
            return Err(BatchedError::UnderWay { id: id.clone() }.into());
        };
        stepper = stepper.knowing(self.application);
        stepper.guard_anew()?;
        self.abandon_before_the_way_back(&stepper)?;
        let _backup = self.back_up(&stepper, backups, observe)?;
        let checkpoint = match self.begin(&mut stepper)? {
            Begun::Taken => return Ok(None),
            Begun::Undone => {
                observe(Event::Started { id: id.clone(), direction });
                return Ok(Some(Duration::ZERO));
            }
            Begun::At(checkpoint) => *checkpoint,
        };
        observe(Event::Started { id: id.clone(), direction });
        let ended = self.run(&mut stepper, checkpoint, observe);
        ended.map(Some).map_err(|error| {
            // The copy of a dry run is thrown away, and what did nothing has not begun.
            let is_of_a_copy = self.options.dry_run || self.options.on_a_copy;
            let leaves_nothing = is_of_a_copy || self.forget_start(&stepper);
            match error {
                ApplyError::Batched(BatchedError::Online { id, source, .. }) if is_of_a_copy => {
                    BatchedError::Online { id, begun: false, source }.into()
                }
                error if leaves_nothing => error,
                error => error.leaving_it_half_done(direction),
            }
        })
    }

    /// Commits that it has not begun, if it ended before anything of it was committed. Gives whether that is so.
    fn forget_start(&self, stepper: &Stepper<'_>) -> bool {
        let (id, never) = (&self.step.migration.artifact.id, Stop::default());
        let forget = || -> Result<bool, ApplyError> {
            let is_over = |found: &Checkpoint| found.id == *id && found.has_done_nothing();
            if !checkpoint::read(&stepper.connection)?.is_some_and(|found| is_over(&found)) {
                return Ok(false);
            }
            let existing = self.database.existing();
            let stepper = Stepper::open(&existing, self.options, &never)?;
            stepper.lock(id)?;
            // Another runner may have gone on with it.
            let found = checkpoint::read(&stepper.connection)?.filter(is_over);
            if found.is_some() {
                forget(&stepper.connection, id)?;
                stepper.connection.execute_batch("COMMIT").map_err(recording(id))?;
            }
            Ok(found.is_some())
        };
        // Where it cannot be forgotten, the next run goes on from its beginning.
        forget().unwrap_or(false)
    }

    /// Takes away what its way forward is making online, if it is to be reverted from half way.
    fn abandon_before_the_way_back(&self, stepper: &Stepper<'_>) -> Result<(), ApplyError> {
        let PlannedStep { migration, direction, .. } = self.step;
        let is_on_its_way_forward = || -> Result<bool, ApplyError> {
            let found = checkpoint::read(&stepper.connection)?;
            Ok(found.is_some_and(|found| found.direction == Direction::Forward))
        };
        if direction == Direction::Backward
            && migration.is_reversible_half_done()
            && is_on_its_way_forward()?
        {
            let mut pace = Pace::new(self.options.pause, self.end);
            abandon::abandon_with(stepper, &migration.artifact.id, &mut pace)?;
        }
        Ok(())
    }

    /// Backs up before it begins, if a backup is wanted. No lock is held: the application goes on writing while it is
    /// made, as it does while the migration runs. Whoever goes on with it has had a backup before.
    fn back_up(
        &self,
        stepper: &Stepper<'_>,
        backups: &mut Option<Backups>,
        observe: &mut Observer<'_>,
    ) -> Result<Option<InUse>, ApplyError> {
        let connection = &stepper.connection;
        let begins = checkpoint::read(connection)?.is_none() && !self.step.is_taken(connection)?;
        match backups.take_if(|_| begins) {
            Some(backups) => {
                let path = &self.database.path;
                Ok(backup::beside_writers(&stepper.witness, path, &backups, observe)?)
            }
            None => Ok(None),
        }
    }

    /// Commits that it begins, or that this run goes on with it.
    fn begin(&self, stepper: &mut Stepper<'_>) -> Result<Begun, ApplyError> {
        let id = &self.step.migration.artifact.id;
        let mut pace = Pace::new(self.options.pause, self.end);
        if pace.may_go_on(self.stop) == Err(NoNext::TimeIsOver) {
            return Err(BatchedError::Paused { id: id.clone() }.into());
        }
        let patience = self.options.busy_timeout;
        commit::giving_way(&mut pace, self.stop, patience, |gave_way| {
            let begun = self.try_to_begin(stepper, gave_way);
            if begun.is_err() {
                stepper.roll_back()?;
            }
            begun
        })
    }

    fn try_to_begin(&self, stepper: &mut Stepper<'_>, gave_way: u32) -> Result<Begun, ApplyError> {
        let id = &self.step.migration.artifact.id;
        stepper.lock(id)?;
        self.step.check_file(&stepper.connection, self.database)?;
        let begun = match checkpoint::read(&stepper.connection)? {
            Some(found) if found.id == *id => self.go_on(stepper, found)?,
            Some(Checkpoint { id, direction, .. }) => {
                return Err(BatchedError::OtherHalfDone { id, direction }.into());
            }
            None => self.start(stepper)?,
        };
        match &begun {
            Begun::Taken => stepper.roll_back()?,
            Begun::At(_) | Begun::Undone => {
                let (connection, patience) = (&stepper.connection, self.options.busy_timeout);
                commit::be_patient(connection, patience, gave_way).map_err(recording(id))?;
                let committed = self.measure.commit(connection);
                connection.busy_timeout(patience).map_err(recording(id))?;
                committed.map_err(recording(id))?;
            }
        }
        Ok(begun)
    }

    /// The first checkpoint of a migration that begins.
    fn start(&self, stepper: &Stepper<'_>) -> Result<Begun, ApplyError> {
        let id = &self.step.migration.artifact.id;
        if let Some(other) = started::read(&stepper.connection)?.into_iter().next() {
            return Err(ApplyError::OtherUnfinished(other));
        }
        if self.step.is_taken(&stepper.connection)? {
            return Ok(Begun::Taken);
        }
        kept::refuse_to_leave(&stepper.connection, id, self.step.direction, true)?;
        let version = data_version(&stepper.connection).map_err(recording(id))?;
        let digest = stepper.look_before(version)?.inventory.objects.digest();
        self.step.check_schema(&stepper.connection, &digest)?;
        // An older runner knows this table, and takes no step while something is in it.
        started::insert(&stepper.connection, id, self.step.direction)?;
        let checkpoint = Checkpoint {
            id: id.clone(),
            direction: self.step.direction,
            source_digest: self.step.migration.artifact.source_digest.clone(),
            schema_before: digest.clone(),
            schema_digest: digest,
            owner: owner(stepper).map_err(recording(id))?,
            stages_done: 0,
            stage: String::new(),
            cursor: Vec::new(),
            rows_done: 0,
            rows_total: 0,
            rows_failed: 0,
            own_names: Vec::new(),
            ran_us: 0,
            made: Made::default(),
        };
        checkpoint.begin(&stepper.connection).map_err(recording(id))?;
        Ok(Begun::At(Box::new(checkpoint)))
    }

    /// The checkpoint of a migration that is half done, which is this run's from now on.
    fn go_on(&self, stepper: &Stepper<'_>, found: Checkpoint) -> Result<Begun, ApplyError> {
        let (id, migration) = (found.id.clone(), self.step.migration);
        if found.source_digest != migration.artifact.source_digest {
            if found.has_done_nothing() {
                forget(&stepper.connection, &id)?;
                return self.start(stepper);
            }
            return Err(BatchedError::Edited { id }.into());
        }
        let owner = owner(stepper).map_err(recording(&id))?;
        let next = match (found.direction, self.step.direction) {
            (is, wanted) if is == wanted => Checkpoint { owner, ..found },
            _ if found.has_done_nothing() => {
                forget(&stepper.connection, &id)?;
                return Ok(Begun::Undone);
            }
            (Direction::Backward, _) => return Err(BatchedError::HalfWayBack { id }.into()),
            _ if !migration.is_reversible_half_done() => {
                return Err(BatchedError::NoWayBack { id }.into());
            }
            (_, direction) => {
                started::delete(&stepper.connection, &id).map_err(recording(&id))?;
                started::insert(&stepper.connection, &id, direction)?;
                Checkpoint {
                    owner,
                    direction,
                    stages_done: 0,
                    stage: String::new(),
                    cursor: Vec::new(),
                    rows_done: 0,
                    rows_total: 0,
                    ..found
                }
            }
        };
        next.save(&stepper.connection).map_err(recording(&id))?;
        Ok(Begun::At(Box::new(next)))
    }

    /// Calls its code, which asks for its stages, and commits that it has finished.
    fn run(
        &self,
        stepper: &mut Stepper<'_>,
        checkpoint: Checkpoint,
        observe: &mut Observer<'_>,
    ) -> Result<Duration, ApplyError> {
        let (id, direction) = (&self.step.migration.artifact.id, self.step.direction);
        let begin = |source| ApplyError::Sqlite { doing: format!("begin `{id}`"), source };
        let (checkpoint, stages, judged) = {
            let pace = Pace::new(self.options.pause, self.end);
            let stages = Stages::new(stepper, &self.step, pace, checkpoint);
            let invoker = Invoker {
                connection: &stepper.connection,
                guard: &stepper.guard,
                trace: &stepper.trace,
                performer: &stepper.performer,
                measure: &stepper.measure,
                timeout: self.options.timeout,
                stop: self.stop,
                application: self.application,
            };
            let ending = invoker
                .call_in_stages(self.step.migration, direction, &stages, observe)
                .map_err(begin)?;
            let (checkpoint, stages) = stages.into_parts();
            (checkpoint, stages, ending.judge(id, direction, self.options.timeout))
        };
        // What ended it is why the migration then failed.
        if let Some(error) = stages.ended {
            return Err(error);
        }
        judged?;
        if let Some(stage) = stages.failed {
            return Err(BatchedError::ErrorPassedOver { id: id.clone(), stage }.into());
        }
        if stages.asked_for < checkpoint.stages_done {
            let (next, all) = (stages.asked_for + 1, checkpoint.stages_done);
            let expected = format!("the stage {next} of {all}");
            let (id, found) = (id.clone(), "its end".to_owned());
            return Err(BatchedError::OtherStages { id, expected, found }.into());
        }
        self.finish(stepper, &checkpoint)
    }

    /// Commits that it has finished. A stop is not looked for: all the work is done.
    fn finish(
        &self,
        stepper: &mut Stepper<'_>,
        checkpoint: &Checkpoint,
    ) -> Result<Duration, ApplyError> {
        stepper.roll_back()?;
        let mut pace = Pace::new(self.options.pause, None);
        let patience = self.options.busy_timeout;
        commit::giving_way(&mut pace, &Stop::default(), patience, |gave_way| {
            self.try_to_finish(checkpoint, gave_way)
        })
    }

    fn try_to_finish(
        &self,
        checkpoint: &Checkpoint,
        gave_way: u32,
    ) -> Result<Duration, ApplyError> {
        let (id, migration) = (&checkpoint.id, self.step.migration);
        let never = Stop::default();
        let existing = self.database.existing();
        let mut stepper = Stepper::open(&existing, self.options, &never)?
            .knowing(self.application)
            .measured_by(self.measure);
        stepper.lock(id)?;
        let owner = checkpoint::owner(&stepper.connection, id).map_err(recording(id))?;
        if owner.as_deref() != Some(&checkpoint.owner) {
            return Err(BatchedError::Replaced { id: id.clone() }.into());
        }
        let version = data_version(&stepper.connection).map_err(recording(id))?;
        let mut now = stepper.look_before(version)?;
        now.made.extend(checkpoint.made.clone());
        forget(&stepper.connection, id)?;
        if self.step.direction == Direction::Backward {
            // What the way forward passed over is as it was before, as all other rows are.
            failed_rows::settle(&stepper.connection, id, "reverted").map_err(recording(id))?;
        }
        let took = Duration::from_micros(checkpoint.ran_us);
        let schema = std::sync::Arc::clone(&now.inventory.objects);
        let before = (checkpoint.schema_before.clone(), &*schema);
        let taken = stepper.record(migration, self.step.direction, took, before, &now)?;
        commit::be_patient(&stepper.connection, self.options.busy_timeout, gave_way)
            .map_err(recording(id))?;
        stepper.commit(&taken)?;
        Ok(took)
    }
}

/// Removes what says that `id` is half done.
fn forget(connection: &Connection, id: &MigrationId) -> Result<(), ApplyError> {
    started::delete(connection, id).map_err(recording(id))?;
    checkpoint::delete(connection, id).map_err(recording(id)).map(drop)
}

/// A name for whoever goes on with a migration, which nobody else has.
fn owner(stepper: &Stepper<'_>) -> rusqlite::Result<String> {
    stepper.connection.query_row("SELECT lower(hex(randomblob(16)))", [], |row| row.get(0))
}

fn recording(id: &MigrationId) -> impl FnOnce(rusqlite::Error) -> ApplyError {
    ApplyError::sqlite(format!("record that `{id}` begins or ends"))
}
