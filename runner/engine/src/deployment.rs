//! Brings a database to a target in this process: waits for what is unfinished, plans, and applies.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use rusqlite::Connection;

use crate::application::ApplicationNames;
use crate::apply::{ApplyError, ApplyOptions};
use crate::backup::Backups;
use crate::bundle::Bundle;
use crate::database::Database;
use crate::direction::Direction;
use crate::drift::{self, Drift, DriftError, Order};
use crate::error::Error;
use crate::event::{Event, Observer, Report};
use crate::id::MigrationId;
use crate::job::Job;
use crate::kept::KeepLost;
use crate::load::{Artifact, BuiltStep};
use crate::plan::{Plan, PlanError, Target, plan_from};
use crate::record::Record;
use crate::renamed;
use crate::repeatable::Definitions;
use crate::squash::{Counting, Replacements};
use crate::started;
use crate::status::{Snapshot, Status};
use crate::stop::Stop;

/// Where migrations come from, a bundle or the crates of a workspace: which there are, the digests of their
/// sources, and their libraries.
pub trait MigrationSource {
    /// Why it cannot answer.
    type Error: From<Error>;

    /// Which there are, oldest first.
    fn ids(&self) -> Vec<MigrationId>;

    /// What `look` sees of a database, and the digests of at least the migrations that are applied or
    /// half done there.
    ///
    /// # Errors
    /// That of `look`; a source that cannot be read.
    fn digests_beside(
        &self,
        look: impl FnOnce() -> Result<Snapshot, Error>,
    ) -> Result<(Snapshot, BTreeMap<MigrationId, String>), Self::Error>;

    /// Those of `ids` that replace others, each with those, oldest first.
    ///
    /// # Errors
    /// A source that cannot be read.
    fn replacements(&self, ids: &[&MigrationId]) -> Result<Replacements, Self::Error>;

    /// Whether the migration `id`, under the name of an applied one, has the source that was applied.
    ///
    /// # Errors
    /// A source that cannot be read.
    fn has_source(&self, id: &MigrationId, of: &Record) -> Result<bool, Self::Error>;

    /// The library of each of `needed`, in the same order. They are among [`Self::ids`], oldest first and
    /// each once.
    ///
    /// # Errors
    /// A library that cannot be built.
    fn artifacts(
        &self,
        needed: &[&MigrationId],
        observe: &mut Observer<'_>,
    ) -> Result<Vec<Artifact>, Self::Error>;

    /// The bundle that the libraries are in; `None`: they are files.
    fn bundle(&self) -> Option<Bundle>;

    /// The views and triggers that change in place; `None`: it says nothing of them, and what was applied stays.
    ///
    /// # Errors
    /// Files that cannot be used.
    fn definitions(&self) -> Result<Option<Definitions>, Self::Error> {
        Ok(None)
    }
}

/// Migrations, and the database that they are for.
#[derive(Debug)]
pub struct Deployment<'d, S> {
    /// Where the migrations come from.
    pub source: S,
    /// The [ids](MigrationSource::ids) of the source, oldest first.
    pub ids: &'d [MigrationId],
    /// The database. It is opened when a method needs it.
    pub database: &'d Database,
    /// What the application registers, besides what SQLite has.
    pub application: &'d ApplicationNames,
    /// Where to back up the database before the first step; `None`: no backup.
    pub backups: Option<&'d Backups>,
    /// How what the migrations take away is kept.
    pub keep: &'d KeepLost,
    /// A stop that ends what runs.
    pub stop: &'d Stop,
}

impl<S: MigrationSource> Deployment<'_, S> {
    /// The state of every migration, and what has drifted. Never writes to the database.
    ///
    /// # Errors
    /// A database that cannot be read, or whose history is not the runner's; a source that cannot be
    /// read.
    pub fn status(&self, patience: Duration) -> Result<Status, S::Error> {
        Ok(self.compare(|| self.snapshot(patience))?.1)
    }

    /// As [`Self::status`], by the `connection` of a transaction of the caller.
    ///
    /// # Errors
    /// As [`Self::status`].
    pub fn status_in(&self, connection: &Connection) -> Result<(Snapshot, Status), S::Error> {
        self.compare(|| Snapshot::read(connection, self.database))
    }

    fn compare(
        &self,
        look: impl FnOnce() -> Result<Snapshot, Error>,
    ) -> Result<(Snapshot, Status), S::Error> {
        let (snapshot, digests) = self.source.digests_beside(look)?;
        let replacements = self.source.replacements(&snapshot.not_covered(self.ids))?;
        let Snapshot { history, replaced, .. } = &snapshot;
        let counting = Counting::of(self.ids, &replacements, history, replaced);
        let has_source = |id: &_, record: &_| self.source.has_source(id, record);
        let renamed = renamed::find(&counting, &snapshot.history, has_source)?;
        let definitions = self.source.definitions()?;
        let status = Status::compare(counting, &snapshot, &digests, &renamed)
            .beside(definitions.as_ref(), &snapshot);
        Ok((snapshot, Status { source_digests: digests, ..status }))
    }

    /// The history, and the schema of the same moment: another runner may commit in between.
    fn snapshot(&self, patience: Duration) -> Result<Snapshot, Error> {
        let database = self.database;
        let Some(connection) = database.look(patience)? else { return Ok(Snapshot::default()) };
        let moment =
            connection.unchecked_transaction().map_err(|error| database.sqlite_error(error))?;
        Ok(Snapshot { file: database.identity(), ..Snapshot::read(&moment, database)? })
    }

    /// As [`Self::status`], for a plan: if a migration without a transaction is unfinished, another
    /// runner may still run it, so its end is waited for as long as `patience` allows. It may still be
    /// unfinished then.
    ///
    /// # Errors
    /// As [`Self::status`].
    pub fn status_once_finished(
        &self,
        patience: Duration,
        observe: &mut Observer<'_>,
    ) -> Result<Status, S::Error> {
        let status = self.status(patience)?;
        let unfinished = status.drift.iter().find_map(|drift| match drift {
            Drift::Unfinished { id, .. } => Some(id.clone()),
            _ => None,
        });
        let Some(id) = unfinished else { return Ok(status) };
        if !patience.is_zero() {
            observe(Event::Waiting { id });
        }
        started::wait(self.database, patience, self.stop).map_err(Error::from)?;
        self.status(patience)
    }

    /// The steps from `status` to `target`.
    ///
    /// # Errors
    /// As [`plan_from`]; drift that is in the way, as [`drift::refuse`] judges it.
    pub fn plan(&self, target: &Target, status: &Status, order: Order) -> Result<Plan, Error> {
        let half_done = status.half_done.as_ref();
        let plan = plan_from(&status.counting.known, &status.applied(), half_done, target)
            .map_err(|error| knowing(error, &status.drift))?;
        status.refuse_to_revert_what_was_recorded(&plan)?;
        drift::refuse(&status.drift, target, &plan, order)?;
        let repeatable =
            self.leaves_nothing_pending(target, &plan, status).then(|| status.repeatable.clone());
        Ok(Plan { premise: Some(status.premise.clone()), repeatable, ..plan })
    }

    /// Whether `plan` ends forward, with all that is known applied: the files of views and triggers are written for
    /// that.
    fn leaves_nothing_pending(&self, target: &Target, plan: &Plan, status: &Status) -> bool {
        let mut applied: BTreeSet<MigrationId> = status.applied().into_iter().collect();
        for step in &plan.steps {
            match step.direction {
                Direction::Forward => drop(applied.insert(step.id.clone())),
                Direction::Backward => drop(applied.remove(&step.id)),
            }
        }
        let last = plan.steps.last().map_or(target.direction(), |step| step.direction);
        // Of a newer database, this code's files are older than what is there.
        let is_newer = |drift: &Drift| matches!(drift, Drift::NewerDatabase { .. });
        let applied: Vec<MigrationId> = applied.into_iter().collect();
        last == Direction::Forward
            && !applied.is_empty()
            && status.pending_after(&applied) == 0
            && !status.drift.iter().any(is_newer)
    }

    /// Builds what `plan` needs; nothing is loaded or touched. An empty plan asks for no library.
    ///
    /// # Errors
    /// A database that cannot be written, which is checked before the build; a library that cannot be
    /// built.
    pub fn build(
        &self,
        plan: &Plan,
        options: ApplyOptions,
        observe: &mut Observer<'_>,
    ) -> Result<Job, S::Error> {
        let mut job = self.job(plan, options)?;
        if plan.is_empty() {
            return Ok(job);
        }
        if !options.dry_run {
            job.database.check_writable(options.busy_timeout).map_err(Error::from)?;
        }
        job.steps = self.built(plan, observe)?;
        Ok(job)
    }

    /// The job of `plan`, still without steps. Whether the database can be written is found when a step is taken.
    ///
    /// # Errors
    /// Files of views and triggers that cannot be used.
    pub(crate) fn job(&self, plan: &Plan, options: ApplyOptions) -> Result<Job, S::Error> {
        let was_there = plan.premise.as_ref().is_some_and(|premise| premise.file.is_some());
        let definitions = match plan.repeatable {
            Some(_) => self.source.definitions()?,
            None => None,
        };
        Ok(Job {
            // What was there for the plan is never made anew.
            database: if was_there { self.database.existing() } else { self.database.clone() },
            steps: Vec::new(),
            premise: plan.premise.clone(),
            options,
            application: self.application.clone(),
            bundle: self.source.bundle(),
            backups: self.backups.cloned(),
            definitions,
            keep: self.keep.clone(),
        })
    }

    /// The steps of `plan`, each with its library.
    ///
    /// # Errors
    /// A library that cannot be built.
    pub fn built(
        &self,
        plan: &Plan,
        observe: &mut Observer<'_>,
    ) -> Result<Vec<BuiltStep>, S::Error> {
        // A migration that goes back and forward again needs its library once.
        let needed: BTreeSet<&MigrationId> = plan.steps.iter().map(|step| &step.id).collect();
        let needed: Vec<&MigrationId> = needed.into_iter().collect();
        let artifacts = self.source.artifacts(&needed, observe)?;
        let artifacts: BTreeMap<_, _> = needed.into_iter().zip(artifacts).collect();
        let built = plan.steps.iter().map(|step| BuiltStep {
            direction: step.direction,
            artifact: artifacts[&step.id].clone(),
        });
        Ok(built.collect())
    }

    /// Migrates to `target`: plans, builds, loads and applies, all in this process. The code of the
    /// migrations runs here: a migration that aborts or exits ends this process. Returns the report,
    /// and the status that the plan was made from.
    ///
    /// If the plan is out of date when a step is to be taken, it is made again, once, for a target that
    /// [is fixed](Target::is_fixed).
    ///
    /// # Errors
    /// The first error of any stage; drift is found before anything is built. Earlier steps stay, and
    /// the observer was told of them.
    pub fn migrate(
        &self,
        target: &Target,
        order: Order,
        options: ApplyOptions,
        observe: &mut Observer<'_>,
    ) -> Result<(Status, Report), S::Error> {
        let mut report = Report::default();
        let mut stale: Option<Error> = None;
        loop {
            let status = self.status_once_finished(options.busy_timeout, observe)?;
            let plan = self.plan(target, &status, order)?;
            if let Some(stale) = stale.take_if(|_| !plan.may_follow_a_stale_one()) {
                return Err(stale.into());
            }
            let job = self.build(&plan, options, observe)?;
            if plan.is_empty() {
                return Ok((status, report));
            }
            let outcome = job.apply_until(self.stop, &mut |event| {
                report.follow(&event);
                observe(event);
            });
            match outcome {
                Err(error)
                    if stale.is_none() && target.is_fixed() && is_of_a_stale_plan(&error) =>
                {
                    stale = Some(error);
                }
                outcome => return Ok(outcome.map(|_| (status, report))?),
            }
        }
    }
}

/// `error`, or the drift that explains it.
fn knowing(error: PlanError, drift: &[Drift]) -> Error {
    let (PlanError::Gone { id } | PlanError::HalfWayBack { id }) = &error else {
        return error.into();
    };
    let explained = drift.iter().find_map(|drift| match drift {
        Drift::Renamed { id: old, to, .. } if old == id => {
            Some(PlanError::Renamed { id: id.clone(), to: to.clone() }.into())
        }
        Drift::MissingHalfDone { id: gone } if gone == id => {
            Some(DriftError { found: vec![drift.clone()] }.into())
        }
        _ => None,
    });
    explained.unwrap_or_else(|| error.into())
}

/// Whether `error` says that a plan is out of date.
fn is_of_a_stale_plan(error: &Error) -> bool {
    matches!(error, Error::Apply(ApplyError::StalePlan(_)))
}
