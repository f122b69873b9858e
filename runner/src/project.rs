//! A project: its migrations and its database, and the stages one after the other.

use std::thread;
use std::time::Duration;

use rusqlite::Connection;

use crate::apply::ApplyOptions;
use crate::ascending::among;
use crate::cargo::BuildOptions;
use crate::compile::{CompileError, compile};
use crate::config::Config;
use crate::database::Database;
use crate::digest::{self, MemoryFile, Recall};
use crate::discover::{Source, discover};
use crate::drift::{self, Order};
use crate::error::Error;
use crate::event::{Event, Observer};
use crate::id::MigrationId;
use crate::job::{BuiltStep, Job, Report};
use crate::objects::Objects;
use crate::plan::{Plan, Target, plan};
use crate::record::{self, Record, Repaired};
use crate::select::select;
use crate::started::{self, Started};
use crate::status::Status;
use crate::stop::Stop;

/// A project, read when it was opened; the database is asked when a method needs it.
#[derive(Debug, Clone)]
pub struct Project {
    config: Config,
    sources: Vec<Source>,
    ids: Vec<MigrationId>,
    stop: Stop,
}

impl Project {
    /// Discovers the migrations that `config` names.
    ///
    /// # Errors
    /// As [`discover`].
    pub fn open(config: Config) -> Result<Self, Error> {
        let sources = discover(&config.migrations)?;
        let ids = sources.iter().map(|source| source.id.clone()).collect();
        Ok(Self { config, sources, ids, stop: Stop::default() })
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
        record::applied(&self.config.database, patience)
    }

    /// The state of every migration, and what has drifted. Never writes to the database; the digests
    /// of the crates are remembered in cargo's target folder, if there is one.
    ///
    /// # Errors
    /// As [`Self::applied`]; a crate that cannot be read.
    pub fn status(&self, patience: Duration) -> Result<Status, Error> {
        let memory = self.memory();
        let recall = self.recall(&memory);
        let standing = thread::scope(|scope| {
            // The disk is asked about the crates while SQLite reads the schema. Without a second
            // thread this one does both.
            let _ = thread::Builder::new().spawn_scoped(scope, || recall.work());
            let standing = self.standing(patience);
            recall.work();
            standing
        });
        self.compare(&standing?, recall)
    }

    /// The history, and the schema of the same moment: another runner may commit in between.
    fn standing(&self, patience: Duration) -> Result<Standing, Error> {
        let database = &self.config.database;
        let Some(connection) = database.look(patience)? else { return Ok(Standing::default()) };
        let moment =
            connection.unchecked_transaction().map_err(|error| database.sqlite_error(error))?;
        Standing::read(&moment, database)
    }

    /// How the crates stand to the database of `connection`, inside a transaction of the caller.
    pub(crate) fn status_in(&self, connection: &Connection) -> Result<(Standing, Status), Error> {
        let standing = Standing::read(connection, &self.config.database)?;
        let memory = self.memory();
        let recall = self.recall(&memory);
        recall.work();
        let status = self.compare(&standing, recall)?;
        Ok((standing, status))
    }

    /// What is remembered of the crates.
    fn memory(&self) -> MemoryFile {
        MemoryFile::of(&self.config.migrations)
    }

    /// Is to tell what of it is still so.
    fn recall<'p>(&'p self, memory: &'p MemoryFile) -> Recall<'p> {
        Recall::new(memory, &self.config.migrations, &self.sources)
    }

    /// How the crates stand to what is in the database.
    fn compare(&self, standing: &Standing, recall: Recall<'_>) -> Result<Status, Error> {
        let history = &standing.history;
        let mut is_applied = among(history.iter().map(|record| &record.id));
        let applied = self.sources.iter().filter(|source| is_applied(&source.id));
        let sources = recall.complete(applied)?;
        let Standing { schema, started, .. } = standing;
        Ok(Status::compare(&self.ids, history, &sources, schema, started))
    }

    /// The digest of the source of `id`; empty if it has no crate.
    pub(crate) fn source_digest(&self, id: &MigrationId) -> Result<String, Error> {
        match self.sources.iter().find(|source| source.id == *id) {
            Some(source) => Ok(digest::source(&source.folder)?),
            None => Ok(String::new()),
        }
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

    /// The migration that `words` means, among those that have a crate or are applied.
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
        let plan = plan(&self.ids, &status.applied(), target)?;
        drift::refuse(&status.drift, target, &plan, order)?;
        Ok(plan)
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
        let mut job = Job {
            database: self.config.database.clone(),
            steps: Vec::new(),
            options,
            backups: self.config.backup.then(|| self.config.backups.clone()),
        };
        if plan.steps.is_empty() {
            return Ok(job);
        }
        if !options.dry_run {
            job.database.check_writable(options.busy_timeout)?;
        }
        job.steps = self.compile(plan, build, observe)?;
        Ok(job)
    }

    /// The steps of `plan`, each with its library.
    ///
    /// # Errors
    /// As [`compile`].
    pub(crate) fn compile(
        &self,
        plan: &Plan,
        build: BuildOptions,
        observe: &mut Observer<'_>,
    ) -> Result<Vec<BuiltStep>, Error> {
        let needed: Vec<Source> = self
            .sources
            .iter()
            .filter(|source| plan.steps.iter().any(|step| step.id == source.id))
            .cloned()
            .collect();
        observe(Event::Building { count: needed.len() });
        let artifacts = compile(&self.config.migrations, &needed, build, &self.stop)?;
        observe(Event::Built);
        let built = plan.steps.iter().map(|step| {
            let artifact = artifacts
                .iter()
                .find(|artifact| artifact.id == step.id)
                .ok_or_else(|| CompileError::NoLibrary { id: step.id.clone() })?;
            Ok(BuiltStep { direction: step.direction, artifact: artifact.clone() })
        });
        built.collect()
    }

    /// Goes to `target`: plans, builds, loads and applies, all in this process. The code of the
    /// migrations runs here: one that aborts or exits takes this process with it. The command line
    /// runs [`Job::apply`] in a process of its own for that reason.
    ///
    /// # Errors
    /// The first error of any stage; drift is found before anything is built.
    pub fn migrate(
        &self,
        target: &Target,
        order: Order,
        build: BuildOptions,
        options: ApplyOptions,
        observe: &mut Observer<'_>,
    ) -> Result<Report, Error> {
        let plan = self.plan(target, &self.status(options.busy_timeout)?, order)?;
        let job = self.build(&plan, build, options, observe)?;
        if job.steps.is_empty() {
            return Ok(Report::default());
        }
        job.apply_until(&self.stop, observe)
    }
}

/// What a database says of itself at one moment.
#[derive(Default)]
pub(crate) struct Standing {
    pub(crate) history: Vec<Record>,
    /// The digest of the schema; empty where nothing was ever applied.
    pub(crate) schema: String,
    /// What has no transaction and has not finished.
    pub(crate) started: Vec<Started>,
}

impl Standing {
    /// Reads both, in a transaction of the caller.
    pub(crate) fn read(connection: &Connection, database: &Database) -> Result<Self, Error> {
        let history = record::read(connection)?;
        let started = started::read(connection)?;
        if history.is_empty() && started.is_empty() {
            return Ok(Self::default());
        }
        let objects = Objects::read(connection).map_err(|error| database.sqlite_error(error))?;
        Ok(Self { history, schema: objects.digest(), started })
    }
}
