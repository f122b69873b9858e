//! A project: its migrations and its database, and the stages one after the other.

use std::time::Duration;

use rusqlite::Connection;

use crate::apply::ApplyOptions;
use crate::bundle::Bundle;
use crate::cargo::BuildOptions;
use crate::compile::CompileError;
use crate::config::Config;
use crate::crates::Crates;
use crate::database::Database;
use crate::drift::{self, Order};
use crate::error::Error;
use crate::event::Observer;
use crate::id::MigrationId;
use crate::job::{BuiltStep, Job};
use crate::known::Known;
use crate::plan::{Plan, Target, plan};
use crate::record::{self, Repaired};
use crate::select::select;
use crate::standing::Standing;
use crate::status::Status;
use crate::stop::Stop;

/// A project, read when it was opened; the database is asked when a method needs it.
#[derive(Debug, Clone)]
pub struct Project {
    config: Config,
    known: Known,
    ids: Vec<MigrationId>,
    stop: Stop,
}

impl Project {
    /// Discovers the migrations that `config` names, or opens the bundle that it names instead.
    ///
    /// # Errors
    /// As [`discover`](crate::discover::discover), or [`Bundle::open`].
    pub fn open(config: Config) -> Result<Self, Error> {
        let known = match &config.bundle {
            Some(bundle) => Known::Bundle(bundle.open()?),
            None => Known::Crates(Crates::open(config.migrations.clone())?),
        };
        Ok(Self::of(config, known))
    }

    /// The migrations of `bundle`, whatever `config` names.
    #[must_use]
    pub fn of_bundle(config: Config, bundle: Bundle) -> Self {
        Self::of(config, Known::Bundle(bundle))
    }

    fn of(config: Config, known: Known) -> Self {
        Self { config, ids: known.ids(), known, stop: Stop::default() }
    }

    /// The same project, whose builds and migrations end when `stop` is requested.
    #[must_use]
    pub fn until(self, stop: Stop) -> Self {
        Self { stop, ..self }
    }

    /// The same migrations, for another database; nothing is backed up.
    pub(crate) fn on(mut self, database: Database) -> Self {
        self.config.database = database;
        self.config.backup = false;
        self
    }

    /// Whether somebody asked for the end.
    pub(crate) fn is_stopped(&self) -> bool {
        self.stop.is_requested()
    }

    pub(crate) fn known(&self) -> &Known {
        &self.known
    }

    pub(crate) fn stop(&self) -> &Stop {
        &self.stop
    }

    /// Where everything is.
    #[must_use]
    pub fn config(&self) -> &Config {
        &self.config
    }

    /// Reads all of the bundle, if the migrations come from one, and compares every byte with what its
    /// manifest says. What is loaded is verified in any case.
    ///
    /// # Errors
    /// As [`Bundle::verify`].
    pub fn verify(&self) -> Result<(), Error> {
        match &self.known {
            Known::Crates(_) => Ok(()),
            Known::Bundle(bundle) => Ok(bundle.verify()?),
        }
    }

    /// The migrations that have a crate, or are in the bundle, oldest first.
    #[must_use]
    pub fn migrations(&self) -> &[MigrationId] {
        &self.ids
    }

    /// What is applied, oldest first. Never writes; a database that is not there has nothing applied.
    ///
    /// # Errors
    /// A database that cannot be read, or whose history is not the runner's.
    pub fn applied(&self, patience: Duration) -> Result<Vec<MigrationId>, Error> {
        record::applied(&self.config.database, patience)
    }

    /// The state of every migration, and what has drifted. Never writes to the database; the digests
    /// of the crates are remembered in cargo's target folder, if there is one.
    ///
    /// # Errors
    /// As [`Self::applied`]; a crate that cannot be read.
    pub fn status(&self, patience: Duration) -> Result<Status, Error> {
        let (standing, digests) = self.known.digests_beside(|| self.standing(patience))?;
        let renamed = self.known.renamed(&self.ids, &standing.history)?;
        Ok(Status::compare(&self.ids, &standing, &digests, &renamed))
    }

    /// The history, and the schema of the same moment: another runner may commit in between.
    fn standing(&self, patience: Duration) -> Result<Standing, Error> {
        let database = &self.config.database;
        let Some(connection) = database.look(patience)? else { return Ok(Standing::default()) };
        let moment =
            connection.unchecked_transaction().map_err(|error| database.sqlite_error(error))?;
        Ok(Standing { file: database.identity(), ..Standing::read(&moment, database)? })
    }

    /// How the crates stand to the database of `connection`, inside a transaction of the caller.
    pub(crate) fn status_in(&self, connection: &Connection) -> Result<(Standing, Status), Error> {
        let look = || Standing::read(connection, &self.config.database);
        let (standing, digests) = self.known.digests_beside(look)?;
        let renamed = self.known.renamed(&self.ids, &standing.history)?;
        let status = Status::compare(&self.ids, &standing, &digests, &renamed);
        Ok((standing, status))
    }

    /// The digest of the source of `id`; empty if it is not known.
    pub(crate) fn source_digest(&self, id: &MigrationId) -> Result<String, Error> {
        Ok(self.known.source_digest(id)?.unwrap_or_default())
    }

    /// The repairs that were made to the history, oldest first. Never writes.
    ///
    /// # Errors
    /// As [`Self::applied`].
    pub fn repairs(&self, patience: Duration) -> Result<Vec<Repaired>, Error> {
        match self.config.database.look(patience)? {
            Some(connection) => Ok(record::repairs(&connection)?),
            None => Ok(Vec::new()),
        }
    }

    /// The migration that `words` means, among those that are known or applied.
    ///
    /// # Errors
    /// As [`select`].
    pub fn select(&self, words: &str, status: &Status) -> Result<MigrationId, Error> {
        Ok(select(words, status.migrations.iter().map(|entry| &entry.id))?)
    }

    /// The steps from `status` to `target`.
    ///
    /// # Errors
    /// As [`plan`]; drift that stands in the way, as [`drift::refuse`] judges it.
    pub fn plan(&self, target: &Target, status: &Status, order: Order) -> Result<Plan, Error> {
        let plan = plan(&self.ids, &status.applied(), target)
            .map_err(|error| error.knowing(&status.drift))?;
        drift::refuse(&status.drift, target, &plan, order)?;
        Ok(Plan { premise: Some(status.premise.clone()), ..plan })
    }

    /// Builds what `plan` needs, or unpacks it; nothing is loaded or touched. An empty plan starts no
    /// cargo. What is unpacked is there as long as this project or a clone of it.
    ///
    /// # Errors
    /// A database that could not be written, which is found out before the build; what
    /// [`compile`](crate::compile::compile) refuses; a bundle that is not as it was packed.
    pub fn build(
        &self,
        plan: &Plan,
        build: BuildOptions,
        options: ApplyOptions,
        observe: &mut Observer<'_>,
    ) -> Result<Job, Error> {
        let database = &self.config.database;
        let was_there = plan.premise.as_ref().is_some_and(|premise| premise.file.is_some());
        let mut job = Job {
            // What was there for the plan is never made anew.
            database: if was_there { database.existing() } else { database.clone() },
            steps: Vec::new(),
            premise: plan.premise.clone(),
            options,
            application: self.config.application.clone(),
            bundle: self.known.bundle(),
            backups: self.config.backup.then(|| self.config.backups.clone()),
        };
        if plan.steps.is_empty() {
            return Ok(job);
        }
        if !options.dry_run {
            job.database.check_writable(options.busy_timeout)?;
        }
        job.steps = self.built(plan, build, observe)?;
        Ok(job)
    }

    /// The steps of `plan`, each with its library.
    ///
    /// # Errors
    /// As for [`Self::build`].
    pub(crate) fn built(
        &self,
        plan: &Plan,
        build: BuildOptions,
        observe: &mut Observer<'_>,
    ) -> Result<Vec<BuiltStep>, Error> {
        let needed: Vec<&MigrationId> = plan.steps.iter().map(|step| &step.id).collect();
        let artifacts = self.known.artifacts(&needed, build, &self.stop, observe)?;
        let built = plan.steps.iter().map(|step| {
            let artifact = artifacts
                .iter()
                .find(|artifact| artifact.id == step.id)
                .ok_or_else(|| CompileError::NoLibrary { id: step.id.clone() })?;
            Ok(BuiltStep { direction: step.direction, artifact: artifact.clone() })
        });
        built.collect()
    }
}
