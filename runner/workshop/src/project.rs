//! A project: its migrations and its database, and the stages one after the other.

use std::collections::BTreeMap;
use std::time::Duration;

use runner_engine::apply::ApplyOptions;
use runner_engine::failed_rows::{self, FailedRow};
use runner_engine::job::{BuiltStep, Job};
use runner_engine::kept::{self, KeptSet};
use runner_engine::plan::Plan;
use runner_engine::record::{self, Repaired};
use runner_engine::squash;
use runner_engine::status::Snapshot;
use runner_engine::status::{self, Status};
use runner_engine::{
    Bundle, Database, Definitions, Deployment, MigrationId, MigrationSource as _, Observer, Order,
    Report, Stop, Target, Verdict, Verdicts,
};
use rusqlite::Connection;

use crate::cargo::BuildOptions;
use crate::config::{Config, ConfigError};
use crate::error::Error;
use crate::migration_source::{Buildable, Migrations, Workspace};
use crate::select::{SelectError, nearest, select};
use crate::source_difference::{self, FileDifference};
use crate::verdict_store::VerdictStore;

/// A project, read when it was opened; the database is asked when a method needs it.
#[derive(Debug, Clone)]
pub struct Project {
    config: Config,
    migrations: Migrations,
    ids: Vec<MigrationId>,
    stop: Stop,
}

impl Project {
    /// Discovers the migrations that `config` names, or opens the bundle that it names instead.
    ///
    /// # Errors
    /// As [`discover`](crate::discover::discover), or [`Bundle::open`].
    pub fn open(config: Config) -> Result<Self, Error> {
        let migrations = match &config.bundle {
            Some(bundle) => Migrations::Bundle(bundle.open()?),
            None => Migrations::Workspace(Workspace::open(&config)?),
        };
        Ok(Self::of(config, migrations))
    }

    /// The migrations of `bundle`, whatever `config` names.
    #[must_use]
    pub fn of_bundle(config: Config, bundle: Bundle) -> Self {
        Self::of(config, Migrations::Bundle(bundle))
    }

    fn of(config: Config, migrations: Migrations) -> Self {
        Self { config, ids: migrations.ids(), migrations, stop: Stop::default() }
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
        self.config.keep.file = None;
        self
    }

    /// Whether somebody asked for the end.
    pub(crate) fn is_stopped(&self) -> bool {
        self.stop.is_requested()
    }

    /// Where the migrations come from.
    pub(crate) fn source(&self) -> &Migrations {
        &self.migrations
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
        match &self.migrations {
            Migrations::Workspace(_) => Ok(()),
            Migrations::Bundle(bundle) => Ok(bundle.verify()?),
        }
    }

    /// The migrations that have a crate, or are in the bundle, oldest first.
    #[must_use]
    pub fn migrations(&self) -> &[MigrationId] {
        &self.ids
    }

    /// The migrations that an empty database gets on its way to `last`, or to the newest: without those that others
    /// replace.
    ///
    /// # Errors
    /// A source that cannot be read.
    pub(crate) fn on_an_empty_database(
        &self,
        last: Option<&MigrationId>,
    ) -> Result<Vec<MigrationId>, Error> {
        let up_to: Vec<&MigrationId> =
            self.ids.iter().take_while(|id| last.is_none_or(|last| *id <= last)).collect();
        let replacements = self.migrations.replacements(&up_to)?;
        let known: Vec<MigrationId> = up_to.into_iter().cloned().collect();
        Ok(squash::on_an_empty_database(&known, &replacements))
    }

    /// The migrations that replace others, each with those.
    ///
    /// # Errors
    /// A source that cannot be read.
    pub(crate) fn all_replacements(&self) -> Result<squash::Replacements, Error> {
        self.migrations.replacements(&self.ids.iter().collect::<Vec<_>>())
    }

    /// The bundle that the libraries are in; `None`: they are files.
    pub(crate) fn bundle(&self) -> Option<Bundle> {
        self.deployment(BuildOptions::default()).source.bundle()
    }

    /// The views and triggers that change in place.
    ///
    /// # Errors
    /// Files that cannot be used.
    pub(crate) fn definitions(&self) -> Result<Option<Definitions>, Error> {
        self.deployment(BuildOptions::default()).source.definitions()
    }

    /// The migrations, built with `options`, and the database.
    fn deployment(&self, options: BuildOptions) -> Deployment<'_, Buildable<'_>> {
        Deployment {
            source: Buildable { migrations: &self.migrations, options, stop: &self.stop },
            ids: &self.ids,
            database: &self.config.database,
            application: &self.config.application,
            backups: self.config.backup.then_some(&self.config.backups),
            keep: &self.config.keep,
            stop: &self.stop,
        }
    }

    /// What is applied, oldest first. Never writes; a database that is not there has nothing applied.
    ///
    /// # Errors
    /// A database that cannot be read, or whose history is not the runner's.
    pub fn applied(&self, patience: Duration) -> Result<Vec<MigrationId>, Error> {
        Ok(status::applied(&self.config.database, patience)?)
    }

    /// The state of every migration, and what has drifted. Never writes to the database; the digests
    /// of the crates are remembered in cargo's target folder, if there is one.
    ///
    /// # Errors
    /// As [`Self::applied`]; a crate that cannot be read.
    pub fn status(&self, patience: Duration) -> Result<Status, Error> {
        self.deployment(BuildOptions::default()).status(patience)
    }

    /// As [`Self::status`], to plan by: if a migration without a transaction is unfinished, another
    /// runner may be at it, and its end is waited for, for as long as `patience`. In the end it may
    /// still be unfinished.
    ///
    /// # Errors
    /// As [`Self::status`].
    pub fn status_once_finished(
        &self,
        patience: Duration,
        observe: &mut Observer<'_>,
    ) -> Result<Status, Error> {
        self.deployment(BuildOptions::default()).status_once_finished(patience, observe)
    }

    /// How the crates stand to the database of `connection`, inside a transaction of the caller.
    pub(crate) fn status_in(&self, connection: &Connection) -> Result<(Snapshot, Status), Error> {
        self.deployment(BuildOptions::default()).status_in(connection)
    }

    /// The digest of the source of `id`; empty if it is not known.
    pub(crate) fn source_digest(&self, id: &MigrationId) -> Result<String, Error> {
        Ok(self.migrations.source_digest(id)?.unwrap_or_default())
    }

    /// The digests of the sources of `ids`, as far as they are known.
    pub(crate) fn source_digests(
        &self,
        ids: &[MigrationId],
    ) -> Result<BTreeMap<MigrationId, String>, Error> {
        self.migrations.source_digests(ids)
    }

    /// The migrations that `id` replaces, oldest first.
    ///
    /// # Errors
    /// A source that cannot be read.
    pub(crate) fn replaces(&self, id: &MigrationId) -> Result<Vec<MigrationId>, Error> {
        Ok(self.migrations.replacements(&[id])?.remove(id).unwrap_or_default())
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

    /// The last migration that need not declare what it loses.
    ///
    /// # Errors
    /// The configuration names one that there is not.
    pub fn exempt_from_declaring(&self) -> Result<Option<&MigrationId>, Error> {
        let Some(id) = &self.config.check_losses_after else { return Ok(None) };
        if self.ids.binary_search(id).is_ok() {
            return Ok(Some(id));
        }
        let path = self.config.file.clone().unwrap_or_default();
        let nearest = nearest(id.as_str(), &self.ids.iter().collect::<Vec<_>>());
        Err(ConfigError::CheckLossesAfter { path, id: id.clone(), nearest }.into())
    }

    /// What trials and rehearsals of these migrations have found. Nothing is an error: what cannot be read is not known.
    #[must_use]
    pub fn verdicts(&self) -> Verdicts {
        let kept = match &self.migrations {
            Migrations::Workspace(workspace) => VerdictStore::of(&workspace.folder).read(),
            Migrations::Bundle(bundle) => bundle.verdicts(),
        };
        match &self.config.check_losses_after {
            Some(last) => kept.exempt_up_to(last),
            None => kept,
        }
    }

    /// What is known of each migration of `status` with the source that it has now. The digests that are not known yet
    /// are remembered in cargo's target folder, if there is one.
    ///
    /// # Errors
    /// A crate that cannot be read.
    pub fn verdicts_of(&self, status: &Status) -> Result<BTreeMap<MigrationId, Verdict>, Error> {
        let verdicts = self.verdicts();
        let ids = status.migrations.iter().map(|entry| &entry.id);
        let tried: Vec<&MigrationId> = ids.filter(|id| verdicts.knows(id)).collect();
        let is_unknown = |id: &&&MigrationId| !status.source_digests.contains_key(**id);
        let unknown: Vec<_> = tried.iter().filter(is_unknown).map(|id| (*id).clone()).collect();
        let read = match unknown.as_slice() {
            [] => BTreeMap::new(),
            unknown => self.source_digests(unknown)?,
        };
        let known = |id: &MigrationId| {
            let digest = status.source_digests.get(id).or_else(|| read.get(id))?;
            Some((id.clone(), verdicts.joined(id, digest)?))
        };
        Ok(tried.into_iter().filter_map(known).collect())
    }

    /// Keeps what a trial or a rehearsal has found of migrations, each with the digest of the source that was built, in
    /// cargo's target folder. `false`: they cannot be kept, as those of a bundle.
    pub fn keep_verdicts(
        &self,
        found: impl IntoIterator<Item = (MigrationId, String, Verdict)>,
    ) -> bool {
        match &self.migrations {
            Migrations::Workspace(workspace) => {
                VerdictStore::of(&workspace.folder).add(found).is_ok()
            }
            Migrations::Bundle(_) => false,
        }
    }

    /// In what the source of `id`, which had the digest `recorded` when it was applied, is another now; `None`: the
    /// database or the bundle does not have what is compared. Never writes.
    ///
    /// # Errors
    /// As [`Self::applied`]; a crate or a bundle that cannot be read.
    pub fn source_difference(
        &self,
        id: &MigrationId,
        recorded: &str,
        patience: Duration,
    ) -> Result<Option<Vec<FileDifference>>, Error> {
        let Some(connection) = self.config.database.look(patience)? else { return Ok(None) };
        let Some(before) = record::source(&connection, id, recorded)? else { return Ok(None) };
        let now = self.migrations.source_text(id)?;
        Ok(now.map(|now| source_difference::between(&before, &now)))
    }

    /// The rows that batched migrations passed over because they failed, with what came of them, in the order in which
    /// they failed. Never writes.
    ///
    /// # Errors
    /// As [`Self::applied`].
    pub fn failed_rows(&self, patience: Duration) -> Result<Vec<FailedRow>, Error> {
        match self.config.database.look(patience)? {
            Some(connection) => Ok(failed_rows::read(&connection)?),
            None => Ok(Vec::new()),
        }
    }

    /// What was kept of what migrations took away, in the order in which it was kept. Never writes.
    ///
    /// # Errors
    /// As [`Self::applied`].
    pub fn kept(&self, patience: Duration) -> Result<Vec<KeptSet>, Error> {
        match self.config.database.look(patience)? {
            Some(connection) => Ok(kept::read(&connection)?),
            None => Ok(Vec::new()),
        }
    }

    /// The migration that `words` means, among those that are known or applied.
    ///
    /// # Errors
    /// As [`select`].
    pub fn select(&self, words: &str, status: &Status) -> Result<MigrationId, Error> {
        let selected = select(words, status.migrations.iter().map(|entry| &entry.id));
        selected.map_err(|error| {
            let replaced = select(words, &self.ids).ok();
            match replaced.and_then(|id| Some((status.replacing(&id)?.clone(), id))) {
                Some((by, id)) => SelectError::Replaced { id, by }.into(),
                None => error.into(),
            }
        })
    }

    /// The steps from `status` to `target`.
    ///
    /// # Errors
    /// As [`plan`](runner_engine::plan::plan); drift that is in the way, as
    /// [`drift::refuse`](runner_engine::drift::refuse) judges it.
    pub fn plan(&self, target: &Target, status: &Status, order: Order) -> Result<Plan, Error> {
        Ok(self.deployment(BuildOptions::default()).plan(target, status, order)?)
    }

    /// Builds what `plan` needs; nothing is loaded or touched. An empty plan starts no cargo.
    ///
    /// # Errors
    /// A database that could not be written, which is found out before the build; what
    /// [`compile`](crate::compile::compile) refuses.
    pub fn build(
        &self,
        plan: &Plan,
        build: BuildOptions,
        options: ApplyOptions,
        observe: &mut Observer<'_>,
    ) -> Result<Job, Error> {
        self.config.require_known_in_keep_lost(&self.ids)?;
        self.deployment(build).build(plan, options, observe)
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
        self.deployment(build).built(plan, observe)
    }

    /// Goes to `target`: plans, builds, loads and applies, all in this process. The code of the
    /// migrations runs here: one that aborts or exits takes this process with it. The command line
    /// runs [`Job::apply`] in a process of its own for that reason.
    ///
    /// If the plan is no longer true when a step is to be taken, it is made anew, once, for a target
    /// that [is fixed](Target::is_fixed).
    ///
    /// # Errors
    /// The first error of any stage; drift is found before anything is built. Steps that were taken
    /// before it stay, and the observer has heard of them.
    pub fn migrate(
        &self,
        target: &Target,
        order: Order,
        build: BuildOptions,
        options: ApplyOptions,
        observe: &mut Observer<'_>,
    ) -> Result<Report, Error> {
        let (_, report) = self.deployment(build).migrate(target, order, options, observe)?;
        Ok(report)
    }
}
