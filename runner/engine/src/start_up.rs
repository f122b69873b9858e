//! Migrating when an application starts: its database is up to date before it opens it.
//!
//! ```no_run
//! # static MIGRATIONS: &[u8] = &[];
//! use runner_engine::{Bundle, Database, StartOptions};
//!
//! // static MIGRATIONS: &[u8] = include_bytes!("../migrations.bundle");
//! Bundle::from_bytes(MIGRATIONS)?.migrate(
//!     &Database::at("app.db"),
//!     &StartOptions::default(),
//!     &mut |event| eprintln!("{event:?}"),
//! )?;
//! # Ok::<(), runner_engine::Error>(())
//! ```

mod background;

pub use background::Background;

use std::collections::BTreeMap;
use std::time::Duration;

use crate::application::ApplicationNames;
use crate::apply::{ApplyOptions, Pause};
use crate::backup::Backups;
use crate::bundle::Bundle;
use crate::database::Database;
use crate::deployment::{Deployment, MigrationSource};
use crate::drift::{Drift, Order};
use crate::error::Error;
use crate::event::{Observer, Report};
use crate::id::MigrationId;
use crate::kept::KeepLost;
use crate::load::Artifact;
use crate::plan::Target;
use crate::record::Record;
use crate::repeatable::Definitions;
use crate::squash::Replacements;
use crate::status::{Snapshot, Status};
use crate::stop::Stop;

/// How an application migrates its database.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StartOptions {
    /// How long to wait for another process, which may be migrating.
    pub busy_timeout: Duration,
    /// How long the SQL of one migration may run; `None`: as long as it likes.
    pub timeout: Option<Duration>,
    /// For how long a batch of a batched migration may hold the write lock.
    pub lock_time: Duration,
    /// How long a batched migration lets others in between two batches.
    pub pause: Pause,
    /// After how long no further step or batch is begun, which is an error with exit code 75; `None`: all is done.
    pub max_time: Option<Duration>,
    /// Take all steps in one transaction, so that all of them happen or none. A batched one is refused there;
    /// [`Bundle::migrate_in_background`] takes those before the first batched one so, and the others one by one.
    pub single_transaction: bool,
    /// What the application registers on each of its connections, and a migration may use in the
    /// schema.
    pub application: ApplicationNames,
    /// Where the database is backed up to before the first step; `None`: it is not.
    pub backups: Option<Backups>,
    /// How what the migrations take away is kept, so that the command line can put it back.
    pub keep: KeepLost,
}

impl Default for StartOptions {
    fn default() -> Self {
        Self {
            busy_timeout: Duration::from_secs(30),
            timeout: None,
            lock_time: ApplyOptions::default().lock_time,
            pause: Pause::default(),
            max_time: None,
            single_transaction: false,
            application: ApplicationNames::default(),
            backups: None,
            keep: KeepLost::default(),
        }
    }
}

impl StartOptions {
    fn apply(&self) -> ApplyOptions {
        ApplyOptions {
            busy_timeout: self.busy_timeout,
            timeout: self.timeout,
            lock_time: self.lock_time,
            pause: self.pause,
            max_time: self.max_time,
            single_transaction: self.single_transaction,
            ..ApplyOptions::default()
        }
    }
}

/// A database that the application may use.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UpToDate {
    /// What was done. Nothing, if nothing was pending.
    pub report: Report,
    /// What is applied and newer than the application. Each of these migrations declares that this
    /// application may use the database ([`Migration::USABLE_SINCE`]).
    ///
    /// [`Migration::USABLE_SINCE`]: migration_api::Migration::USABLE_SINCE
    pub newer: Vec<MigrationId>,
}

impl UpToDate {
    fn after(status: &Status, report: Report) -> Self {
        let newer = status.drift.iter().flat_map(Drift::without_crate).cloned().collect();
        Self { report, newer }
    }
}

impl Bundle {
    /// Applies to `database` what is pending of this bundle. When it gives `Ok`, everything is applied.
    ///
    /// The migrations run in this process: one that aborts takes it along. Any number of processes may
    /// do this at once: each migration is applied once, and all of them wait for that.
    ///
    /// # Errors
    /// What is wrong with the bundle, the database or a migration; drift. Those migrations that were
    /// applied before it stay. A database that is newer than the application, and not declared to be
    /// usable by it, is given by [`Error::newer_database`].
    pub fn migrate(
        &self,
        database: &Database,
        options: &StartOptions,
        observe: &mut Observer<'_>,
    ) -> Result<UpToDate, Error> {
        let (ids, stop) = (self.ids(), Stop::default());
        let deployment = self.deployment(database, options, &ids, &stop);
        let (status, report) =
            deployment.migrate(&Target::Latest, Order::Strict, options.apply(), observe)?;
        Ok(UpToDate::after(&status, report))
    }

    fn deployment<'d>(
        &self,
        database: &'d Database,
        options: &'d StartOptions,
        ids: &'d [MigrationId],
        stop: &'d Stop,
    ) -> Deployment<'d, Self> {
        Deployment {
            source: self.clone(),
            ids,
            database,
            application: &options.application,
            backups: options.backups.as_ref(),
            keep: &options.keep,
            stop,
        }
    }
}

/// A bundle holds the digests of its sources, and its libraries are built.
impl MigrationSource for Bundle {
    type Error = Error;

    fn ids(&self) -> Vec<MigrationId> {
        self.migrations().cloned().collect()
    }

    fn digests_beside(
        &self,
        look: impl FnOnce() -> Result<Snapshot, Error>,
    ) -> Result<(Snapshot, BTreeMap<MigrationId, String>), Error> {
        Ok((look()?, self.source_digests()))
    }

    fn replacements(&self, ids: &[&MigrationId]) -> Result<Replacements, Error> {
        Ok(self.replacements_of(ids))
    }

    /// It has no sources to compare.
    fn has_source(&self, _: &MigrationId, _: &Record) -> Result<bool, Error> {
        Ok(false)
    }

    /// Those that it holds, which are verified when they are loaded.
    fn artifacts(
        &self,
        needed: &[&MigrationId],
        _: &mut Observer<'_>,
    ) -> Result<Vec<Artifact>, Error> {
        needed.iter().map(|id| Ok(self.artifact(id)?)).collect()
    }

    fn bundle(&self) -> Option<Bundle> {
        Some(self.clone())
    }

    fn definitions(&self) -> Result<Option<Definitions>, Error> {
        let files = self.manifest().repeatable.clone();
        Ok(files.map(Definitions::read).transpose()?)
    }
}
