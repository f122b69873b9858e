//! The schema that the migrations give by themselves, on a database that is made for this and thrown
//! away: what a new user of the application gets, whatever is in the developer's own database.

use std::time::Duration;

use crate::cargo::BuildOptions;
use crate::error::Error;
use crate::project::Project;
use crate::schema::{Blueprint, ExcludedTables};
use runner_engine::Database;
use runner_engine::Observer;
use runner_engine::apply::{ApplyError, ApplyOptions};
use runner_engine::job::Job;
use runner_engine::plan::{Target, plan};
use runner_engine::scratch_folder::ScratchFolder;

/// Migrations on their way to a database of their own, which is removed when this is dropped.
#[derive(Debug)]
pub struct Replay {
    job: Job,
    excluded: ExcludedTables,
    _folder: ScratchFolder,
}

/// Builds the migrations up to `target`, to be applied from nothing. The project's own database
/// is not opened.
///
/// # Errors
/// As [`compile`](crate::compile::compile); no folder for temporary files.
pub fn replay(
    project: &Project,
    target: &Target,
    build: BuildOptions,
    timeout: Option<Duration>,
    observe: &mut Observer<'_>,
) -> Result<Replay, Error> {
    let folder = ScratchFolder::new("runner-replay-").map_err(ApplyError::NoScratchFolder)?;
    let last = match target {
        Target::UpTo(id) => Some(id),
        _ => None,
    };
    let plan = plan(&project.on_an_empty_database(last)?, &[], target)?;
    let steps = match plan.steps.as_slice() {
        [] => Vec::new(),
        _ => project.built(&plan, build, observe)?,
    };
    let job = Job {
        database: Database::at(folder.path().join("replay.db")),
        steps,
        premise: None,
        options: ApplyOptions { timeout, on_a_copy: true, ..ApplyOptions::default() },
        application: project.config().application.clone(),
        backups: None,
        bundle: project.bundle(),
        definitions: match target {
            Target::Latest => project.definitions()?,
            _ => None,
        },
    };
    Ok(Replay { job, excluded: project.config().exclude_tables.clone(), _folder: folder })
}

impl Replay {
    /// The same steps, reported statement by statement.
    #[must_use]
    pub fn reporting_statements(mut self) -> Self {
        self.job.options.report_statements = true;
        self
    }

    /// The same steps, for another database.
    ///
    /// # Errors
    /// No folder for temporary files.
    pub fn again(&self) -> Result<Self, Error> {
        let folder = ScratchFolder::new("runner-replay-").map_err(ApplyError::NoScratchFolder)?;
        let mut job = self.job.clone();
        job.database = Database::at(folder.path().join("replay.db"));
        job.options.report_statements = false;
        Ok(Self { job, excluded: self.excluded.clone(), _folder: folder })
    }

    /// What is to be done first, in this process or another: [`Job::apply`].
    #[must_use]
    pub fn job(&self) -> &Job {
        &self.job
    }

    /// The schema that is there since.
    ///
    /// # Errors
    /// The database cannot be read, or holds what cannot be made anew without its rows.
    pub fn schema(&self) -> Result<Blueprint, Error> {
        let of = "the migrations";
        match self.job.database.look(self.job.options.busy_timeout)? {
            Some(connection) => {
                Ok(Blueprint::copy(&connection, of, &self.job.application, &self.excluded)?)
            }
            None => Ok(Blueprint::empty(of)?),
        }
    }
}
