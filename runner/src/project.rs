//! A project: its migrations and its database, and the stages one after the other.

use std::collections::BTreeSet;
use std::time::Duration;

use crate::apply::ApplyOptions;
use crate::compile::{BuildOptions, CompileError, compile};
use crate::config::Config;
use crate::discover::{Source, discover};
use crate::error::Error;
use crate::event::{Event, Observer};
use crate::id::MigrationId;
use crate::job::{BuiltStep, Job, Report};
use crate::plan::{Plan, Target, plan};
use crate::record;
use crate::select::select;
use crate::status::Status;

/// A project, read when it was opened; the database is asked when a method needs it.
#[derive(Debug, Clone)]
pub struct Project {
    config: Config,
    sources: Vec<Source>,
    ids: Vec<MigrationId>,
}

impl Project {
    /// Discovers the migrations that `config` names.
    ///
    /// # Errors
    /// As [`discover`].
    pub fn open(config: Config) -> Result<Self, Error> {
        let sources = discover(&config.migrations)?;
        let ids = sources.iter().map(|source| source.id.clone()).collect();
        Ok(Self { config, sources, ids })
    }

    /// Where everything is.
    #[must_use]
    pub fn config(&self) -> &Config {
        &self.config
    }

    /// The migrations that have a crate, oldest first.
    #[must_use]
    pub fn migrations(&self) -> &[MigrationId] {
        &self.ids
    }

    /// What is applied, oldest first. Never writes; a database that is not there has nothing applied.
    ///
    /// # Errors
    /// A database that cannot be read, or whose history is not the runner's.
    pub fn applied(&self, patience: Duration) -> Result<Vec<MigrationId>, Error> {
        match self.config.database.look(patience)? {
            Some(connection) => Ok(record::ids(&connection)?),
            None => Ok(Vec::new()),
        }
    }

    /// The state of every migration. Never writes.
    ///
    /// # Errors
    /// As [`Self::applied`].
    pub fn status(&self, patience: Duration) -> Result<Status, Error> {
        let history = match self.config.database.look(patience)? {
            Some(connection) => record::read(&connection)?,
            None => Vec::new(),
        };
        Ok(Status::compare(&self.ids, &history))
    }

    /// The migration that `words` means, among those that have a crate or are `applied`.
    ///
    /// # Errors
    /// As [`select`].
    pub fn select(&self, words: &str, applied: &[MigrationId]) -> Result<MigrationId, Error> {
        let ids: BTreeSet<&MigrationId> = self.ids.iter().chain(applied).collect();
        Ok(select(words, ids)?)
    }

    /// The steps from `applied` to `target`.
    ///
    /// # Errors
    /// As [`plan`].
    pub fn plan(&self, target: &Target, applied: &[MigrationId]) -> Result<Plan, Error> {
        Ok(plan(&self.ids, applied, target)?)
    }

    /// Builds what `plan` needs; nothing is loaded or touched. An empty plan starts no cargo.
    ///
    /// # Errors
    /// A database that could not be written, which is found out before the build; what [`compile`]
    /// refuses.
    pub fn build(
        &self,
        plan: &Plan,
        build: BuildOptions,
        options: ApplyOptions,
        observe: &mut Observer<'_>,
    ) -> Result<Job, Error> {
        let mut job = Job { database: self.config.database.clone(), steps: Vec::new(), options };
        if plan.steps.is_empty() {
            return Ok(job);
        }
        if !options.dry_run {
            job.database.check_writable(options.busy_timeout)?;
        }
        let needed: Vec<Source> = self
            .sources
            .iter()
            .filter(|source| plan.steps.iter().any(|step| step.id == source.id))
            .cloned()
            .collect();
        observe(Event::Building { count: needed.len() });
        let artifacts = compile(&self.config.migrations, &needed, build)?;
        observe(Event::Built);
        for step in &plan.steps {
            let artifact = artifacts
                .iter()
                .find(|artifact| artifact.id == step.id)
                .ok_or_else(|| CompileError::NoLibrary { id: step.id.clone() })?;
            job.steps.push(BuiltStep { direction: step.direction, artifact: artifact.clone() });
        }
        Ok(job)
    }

    /// Goes to `target`: plans, builds, loads and applies, all in this process. The code of the
    /// migrations runs here: one that aborts or exits takes this process with it. The command line
    /// runs [`Job::apply`] in a process of its own for that reason.
    ///
    /// # Errors
    /// The first error of any stage.
    pub fn migrate(
        &self,
        target: &Target,
        build: BuildOptions,
        options: ApplyOptions,
        observe: &mut Observer<'_>,
    ) -> Result<Report, Error> {
        let plan = self.plan(target, &self.applied(options.busy_timeout)?)?;
        let job = self.build(&plan, build, options, observe)?;
        if job.steps.is_empty() {
            return Ok(Report::default());
        }
        job.apply(observe)
    }
}
