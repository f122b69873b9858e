//! A job: a built plan, ready to run, and how it is run.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

use crate::application::ApplicationNames;
use crate::apply::{
    Alone, ApplyError, ApplyOptions, Batched, BatchedError, Measure, NewDatabase, PlannedStep,
    Scratch, Stepper, Taken,
};
use crate::backup::Backups;
use crate::bundle::Bundle;
use crate::database::Database;
use crate::direction::Direction;
use crate::error::Error;
use crate::event::{Event, Observer, Report};
use crate::id::MigrationId;
use crate::kept::{KeepLost, KeptError};
pub use crate::load::BuiltStep;
use crate::load::{self, Artifact, Library, LoadError, Loaded};
use crate::premise::{Change, Premise, StalePlan};
use crate::repeatable::Definitions;
use crate::squash::replaces_it;
use crate::started;
use crate::steps_argument;
use crate::stop::Stop;

/// Steps to take on a database.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Job {
    /// The database.
    pub database: Database,
    /// The steps, in order.
    pub steps: Vec<BuiltStep>,
    /// What the plan was made from, which must still hold when a step is taken; `None`: any history
    /// will do.
    pub premise: Option<Premise>,
    /// The options.
    pub options: ApplyOptions,
    /// What the application registers, besides what SQLite has.
    #[serde(default)]
    pub application: ApplicationNames,
    /// The bundle that the libraries are in; `None`: they are files. It is not part of a job as text:
    /// whoever reads that opens the bundle again, and compares its [digest](Bundle::digest).
    #[serde(skip)]
    pub bundle: Option<Bundle>,
    /// Where to back up the database before the first step; `None`: no backup.
    pub backups: Option<Backups>,
    /// The views and triggers that are to be there after the last step; `None`: those that are.
    #[serde(default)]
    pub definitions: Option<Definitions>,
    /// How what the steps take away is kept.
    #[serde(default)]
    pub keep: KeepLost,
}

impl Job {
    /// Runs the job in this process: loads every library, then takes step after step. A step is done
    /// and recorded, or not done at all; the first that fails ends the job, and earlier steps stay.
    ///
    /// # Errors
    /// A library that cannot be loaded or a migration that cannot be reverted, before anything is
    /// touched; a database that cannot be used; a step that failed.
    pub fn apply(&self, observe: &mut Observer<'_>) -> Result<Report, Error> {
        self.apply_until(&Stop::default(), observe)
    }

    /// As [`Self::apply`], until a stop is requested: SQL that runs then is interrupted, its step is
    /// rolled back, and earlier steps stay. A migration whose code runs no SQL can ask
    /// [`Migrator::should_stop`](migration_api::Migrator::should_stop). Once COMMIT has begun, the step
    /// is finished.
    ///
    /// # Errors
    /// As [`Self::apply`]; [`ApplyError::Stopped`].
    pub fn apply_until(&self, stop: &Stop, observe: &mut Observer<'_>) -> Result<Report, Error> {
        if let Some(file) = self.keep.file.as_ref().filter(|_| self.is_on_a_copy()) {
            file.check().map_err(ApplyError::from)?;
            let keep = KeepLost { file: None, ..self.keep.clone() };
            return Self { keep, ..self.clone() }.apply_until(stop, observe);
        }
        let loaded = self.load()?;
        for (id, migration) in &loaded {
            let (id, loses) = ((*id).clone(), migration.loses.clone());
            observe(Event::Loaded { id, loses, irreversible: migration.is_irreversible() });
        }
        if self.options.dry_run {
            let scratch = Scratch::copy_of(&self.database, self.options.busy_timeout)?;
            // The copy is another file, with the same history.
            let premise = self.premise.clone().map(|premise| Premise { file: None, ..premise });
            return self.take_steps(scratch.database(), premise.as_ref(), &loaded, stop, observe);
        }
        let premise = self.premise.as_ref();
        if premise.is_some_and(|it| it.file.is_some()) && !self.database.exists()? {
            let change = Change::Gone(self.database.path.clone());
            return Err(ApplyError::from(StalePlan { change }).into());
        }
        let Some(mut new) = self.new_database(stop)? else {
            return self.take_steps(&self.database.absolute(), premise, &loaded, stop, observe);
        };
        let database = new.database().absolute();
        let follow = &mut |event| new.observe(event, observe);
        let outcome = self.take_steps(&database, premise, &loaded, stop, follow);
        // What a failing step leaves is kept too: the steps before it.
        new.finish(observe)?;
        outcome
    }

    /// Whether nothing that it does stays.
    fn is_on_a_copy(&self) -> bool {
        self.options.dry_run || self.options.on_a_copy
    }

    /// The database that the job makes, if it is not there. Steps are then taken on
    /// [`NewDatabase::database`], in this process or in another one, until it is
    /// [finished](NewDatabase::finish).
    ///
    /// # Errors
    /// As [`NewDatabase::begin`].
    pub fn new_database(&self, stop: &Stop) -> Result<Option<NewDatabase>, ApplyError> {
        match self.steps.first() {
            Some(first) if !self.options.dry_run => {
                let (id, patience) = (&first.artifact.id, self.options.busy_timeout);
                NewDatabase::begin(&self.database.absolute(), id, patience, stop)
            }
            _ => Ok(None),
        }
    }

    /// The way that each of its migrations went last, by which the history shows whether all steps are taken. What a later
    /// step replaces counts as applied no more, and is left out.
    #[must_use]
    pub fn last_directions(&self) -> BTreeMap<&MigrationId, Direction> {
        let mut last: BTreeMap<&MigrationId, &BuiltStep> = BTreeMap::new();
        for step in &self.steps {
            let Artifact { id, replaces, .. } = &step.artifact;
            last.retain(|other, of| !replaces_it(id, replaces, other, Some(&of.artifact.replaces)));
            last.insert(id, step);
        }
        last.into_iter().map(|(id, step)| (id, step.direction)).collect()
    }

    /// Whether it applies migrations that another of its steps replaces: the database still needs them.
    pub(crate) fn applies_what_is_replaced(&self) -> bool {
        let replaced = || self.steps.iter().flat_map(|step| &step.artifact.replaces);
        let is_replaced = |step: &BuiltStep| replaced().any(|id| *id == step.artifact.id);
        self.steps.iter().any(is_replaced)
    }

    /// Its steps as the last argument of the process that does it, which whoever lists processes reads there.
    #[must_use]
    pub fn steps_argument(&self) -> Option<String> {
        steps_argument::of(self.steps.iter().map(|step| (step.direction, &step.artifact.id)))
    }

    /// Every library of the job, once; checks that each has the direction that is wanted.
    fn load(&self) -> Result<BTreeMap<&MigrationId, Loaded>, Error> {
        let artifacts: BTreeMap<_, _> =
            self.steps.iter().map(|step| (&step.artifact.id, &step.artifact)).collect();
        let loaded = self.load_each(&artifacts.into_values().collect::<Vec<_>>())?;
        let of = |step: &BuiltStep| &loaded[&step.artifact.id];
        let no_way_back = self
            .steps
            .iter()
            .find(|step| step.direction == Direction::Backward && of(step).is_irreversible());
        if let Some(BuiltStep { artifact, .. }) = no_way_back {
            return Err(ApplyError::Irreversible { id: artifact.id.clone(), declared: true }.into());
        }
        self.refuse_to_keep_in_part(&loaded)?;
        let together = self.options.single_transaction && self.steps.len() > 1;
        if let Some(BuiltStep { artifact, .. }) =
            self.steps.iter().find(|step| of(step).is_batched())
            && self.options.single_transaction
        {
            return Err(ApplyError::from(BatchedError::NotInOneTransaction {
                id: artifact.id.clone(),
            })
            .into());
        }
        let alone = self.steps.iter().find(|step| !of(step).is_transactional());
        if let Some(BuiltStep { artifact, .. }) = alone
            && together
        {
            return Err(ApplyError::NotInOneTransaction { id: artifact.id.clone() }.into());
        }
        Ok(loaded)
    }

    /// Refuses what would be lost bit by bit, and is to be kept.
    fn refuse_to_keep_in_part(
        &self,
        loaded: &BTreeMap<&MigrationId, Loaded>,
    ) -> Result<(), ApplyError> {
        let steps = self.steps.iter().filter(|step| step.direction == Direction::Forward);
        for BuiltStep { artifact, .. } in steps {
            let migration = &loaded[&artifact.id];
            let batched = migration.is_batched();
            let is_in_part = batched || !migration.is_transactional();
            if is_in_part && !migration.loses.is_empty() && self.keep.of.covers(&artifact.id) {
                let id = artifact.id.clone();
                return Err(KeptError::NotInOneTransaction { id, batched }.into());
            }
        }
        Ok(())
    }

    /// The place of the first step that is batched. Its libraries are loaded for that.
    ///
    /// # Errors
    /// As [`Self::apply`], of what is found before a step is taken.
    pub(crate) fn first_batched(&self) -> Result<Option<usize>, Error> {
        let loaded = self.load()?;
        Ok(self.steps.iter().position(|step| loaded[&step.artifact.id].is_batched()))
    }

    fn load_each<'a>(
        &self,
        artifacts: &[&'a Artifact],
    ) -> Result<BTreeMap<&'a MigrationId, Loaded>, Error> {
        if let Some(bundle) = &self.bundle {
            return Ok(bundle.load(artifacts)?);
        }
        let file = |artifact: &&'a Artifact| match &artifact.library {
            Library::File(path) => Ok((*artifact, path.as_path())),
            Library::Bundled(_) => Err(LoadError::no_bundle(artifact)),
        };
        Ok(load::load(&artifacts.iter().map(file).collect::<Result<Vec<_>, _>>()?)?)
    }

    /// Takes the steps on `database`, in one transaction or one after the other.
    fn take_steps(
        &self,
        database: &Database,
        premise: Option<&Premise>,
        loaded: &BTreeMap<&MigrationId, Loaded>,
        stop: &Stop,
        observe: &mut Observer<'_>,
    ) -> Result<Report, Error> {
        let planned = |(place, step): (usize, &BuiltStep)| PlannedStep {
            migration: &loaded[&step.artifact.id],
            direction: step.direction,
            premise,
            definitions: self.definitions.as_ref(),
            steps: &self.steps,
            place,
        };
        let all: Vec<_> = self.steps.iter().enumerate().map(planned).collect();
        let measure = Measure::by(&self.options)?;
        let database = &database.through(measure.vfs());
        let mut run = Run {
            job: self,
            measure: &measure,
            database,
            existing: &database.existing(),
            stop,
            backups: self.backups.clone().filter(|_| !self.options.dry_run),
            end: self.options.max_time.and_then(|time| Instant::now().checked_add(time)),
            stepper: None,
        };
        let mut report = Report::default();
        let together = if self.options.single_transaction { self.steps.len() } else { 1 };
        for steps in all.chunks(together.max(1)) {
            let taken = run.take(steps, observe)?;
            for (step, taken) in steps.iter().zip(taken) {
                let (id, direction) = (step.migration.artifact.id.clone(), step.direction);
                let events = match taken {
                    Some(Taken { took, replaced, measured, kept, put_back }) => {
                        let finished =
                            Event::Finished { id: id.clone(), direction, took, replaced };
                        let measured = measured.map(|measured| Event::Measured {
                            id,
                            direction,
                            measured: *measured,
                        });
                        let put_back = put_back.into_iter().map(Event::PutBack);
                        let kept = kept.into_iter().map(Event::Kept);
                        let all = std::iter::once(finished).chain(put_back).chain(kept);
                        all.chain(measured).collect()
                    }
                    None => vec![Event::AlreadyDone { id, direction }],
                };
                for event in events {
                    report.follow(&event);
                    observe(event);
                }
            }
            run.report_redefined(&mut report, observe);
        }
        if let Some(definitions) = &self.definitions {
            run.apply_definitions(definitions, premise, observe)?;
            run.report_redefined(&mut report, observe);
        }
        Ok(report)
    }
}

/// How often it is tried to take a batched migration over from another runner.
const LOOKS_AGAIN: Duration = Duration::from_secs(1);

/// A job that runs.
struct Run<'j> {
    job: &'j Job,
    measure: &'j Measure,
    /// The database for the first step, which may make the file.
    database: &'j Database,
    /// The database for the other steps: if the file is removed between two steps, it counts as gone.
    existing: &'j Database,
    stop: &'j Stop,
    /// Where to back up the database before the first step; `None` once that is done.
    backups: Option<Backups>,
    /// When no further step is begun.
    end: Option<Instant>,
    /// Opened when it is needed, and closed for a step that wants the file to itself.
    stepper: Option<Stepper<'j>>,
}

impl<'j> Run<'j> {
    /// Takes `steps`: one, or all in one transaction. Returns what came of each; `None`: the history says that the step is taken already. Waits for another runner's
    /// unfinished migration without a transaction.
    ///
    /// # Errors
    /// A step failed, or could not be begun.
    fn take(
        &mut self,
        steps: &[PlannedStep<'_>],
        observe: &mut Observer<'_>,
    ) -> Result<Vec<Option<Taken>>, ApplyError> {
        let began = Instant::now();
        let mut left = self.job.options.busy_timeout;
        let mut is_waiting = false;
        loop {
            match self.attempt(steps, observe) {
                // Nobody finishes anything in the copy of a dry run.
                Err(ApplyError::OtherUnfinished(other))
                    if !left.is_zero() && !self.job.options.dry_run =>
                {
                    observe(Event::Waiting { id: other.id });
                    self.close();
                    started::wait(self.existing, left, self.stop)?;
                    left = self.job.options.busy_timeout.saturating_sub(began.elapsed());
                }
                Err(ApplyError::Batched(BatchedError::UnderWay { id }))
                    if !left.is_zero() && !self.job.options.dry_run =>
                {
                    if !std::mem::replace(&mut is_waiting, true) {
                        observe(Event::Waiting { id });
                    }
                    self.close();
                    // Its process may have ended, and then this one is to go on.
                    started::wait(self.existing, left.min(LOOKS_AGAIN), self.stop)?;
                    left = self.job.options.busy_timeout.saturating_sub(began.elapsed());
                }
                Err(ApplyError::Batched(BatchedError::OtherHalfDone { id, .. }))
                    if self.job.premise.as_ref().is_some_and(|it| it.half_done.is_none()) =>
                {
                    return Err(StalePlan { change: Change::HalfDone(id) }.into());
                }
                outcome => return outcome,
            }
        }
    }

    fn attempt(
        &mut self,
        steps: &[PlannedStep<'_>],
        observe: &mut Observer<'_>,
    ) -> Result<Vec<Option<Taken>>, ApplyError> {
        let is_first = steps.first().is_some_and(|step| step.place == 0);
        let database = if is_first { self.database } else { self.existing };
        let Job { options, application, .. } = self.job;
        let (options, stop) = (*options, self.stop);
        if self.end.is_some_and(|end| end <= Instant::now())
            && let Some(step) = steps.first()
        {
            let id = step.migration.artifact.id.clone();
            return Err(BatchedError::Paused { id }.into());
        }
        let measure = self.measure;
        measure.begin();
        let ran = |took| Taken { measured: measure.take(), ..Taken::ran(took) };
        if let [step] = *steps
            && step.migration.is_batched()
        {
            self.close();
            let end = self.end;
            let batched = Batched { database, options, application, stop, step, measure, end };
            return Ok(vec![batched.take(&mut self.backups, observe)?.map(ran)]);
        }
        if let [step] = *steps
            && !step.migration.is_transactional()
        {
            self.close();
            let alone = Alone { database, options, application, stop, step, measure };
            return Ok(vec![alone.take(&mut self.backups, observe)?.map(ran)]);
        }
        self.stepper(database)?.take(steps, observe)
    }

    /// After the last step, makes views and triggers as the `definitions` say, unless the step did so.
    ///
    /// # Errors
    /// As [`Stepper::apply_alone`].
    fn apply_definitions(
        &mut self,
        definitions: &Definitions,
        premise: Option<&Premise>,
        observe: &mut Observer<'_>,
    ) -> Result<(), ApplyError> {
        let steps = &self.job.steps;
        let database = if steps.is_empty() { self.database } else { self.existing };
        self.stepper(database)?.apply_alone(definitions, premise, steps, observe)
    }

    /// Reports the views and triggers that were made anew, now that this is committed.
    fn report_redefined(&mut self, report: &mut Report, observe: &mut Observer<'_>) {
        for change in self.stepper.iter_mut().flat_map(|stepper| stepper.redefined.drain(..)) {
            let event = Event::Redefined(change);
            report.follow(&event);
            observe(event);
        }
    }

    /// What takes steps on `database`, opened when it is needed.
    fn stepper(&mut self, database: &'j Database) -> Result<&mut Stepper<'j>, ApplyError> {
        let Job { options, application, keep, .. } = self.job;
        match &mut self.stepper {
            Some(stepper) => Ok(stepper),
            stepper @ None => {
                let opened = Stepper::open(database, *options, self.stop)?
                    .knowing(application)
                    .measured_by(self.measure)
                    .keeping(keep);
                Ok(stepper.insert(opened.backing_up_to(self.backups.take())))
            }
        }
    }

    /// Closes all connections.
    fn close(&mut self) {
        if let Some(stepper) = self.stepper.take() {
            self.backups = stepper.close();
        }
    }
}
