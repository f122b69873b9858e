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
use runner_engine::kept::KeepLost;
use runner_engine::plan::{Target, plan};
use runner_engine::repeatable::Definitions;
use runner_engine::scratch_folder::ScratchFolder;

/// Migrations on their way to a database of their own, which is removed when this is dropped.
#[derive(Debug)]
pub struct Replay {
    job: Job,
    excluded: ExcludedTables,
    left_out: Option<Definitions>,
    _folder: ScratchFolder,
}

/// What becomes of the views and triggers that files define.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum InFiles {
    /// They are applied after the last migration.
    Applied,
    /// They are not: the schema is what migrations give.
    NotApplied,
    /// They are not, and are left out of the schema also where migrations have made them.
    LeftOut,
}

/// Builds the migrations up to `target`, to be applied from nothing. The project's own database
/// is not opened.
///
/// # Errors
/// As [`compile`](crate::compile::compile); no folder for temporary files.
pub fn replay(
    project: &Project,
    target: &Target,
    in_files: InFiles,
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
    let definitions = project.definitions()?;
    let job = Job {
        database: Database::at(folder.path().join("replay.db")),
        steps,
        premise: None,
        options: ApplyOptions { timeout, on_a_copy: true, ..ApplyOptions::default() },
        application: project.config().application.clone(),
        backups: None,
        keep: KeepLost::default(),
        bundle: project.bundle(),
        definitions: definitions
            .clone()
            .filter(|_| in_files == InFiles::Applied && *target == Target::Latest),
    };
    let left_out = definitions.filter(|_| in_files == InFiles::LeftOut);
    let excluded = project.config().exclude_tables.clone();
    Ok(Replay { job, excluded, left_out, _folder: folder })
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
        let (excluded, left_out) = (self.excluded.clone(), self.left_out.clone());
        Ok(Self { job, excluded, left_out, _folder: folder })
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
        let schema = match self.job.database.look(self.job.options.busy_timeout)? {
            Some(connection) => {
                Blueprint::copy(&connection, of, &self.job.application, &self.excluded)?
            }
            None => Blueprint::empty(of)?,
        };
        Ok(match &self.left_out {
            Some(definitions) => schema.without(definitions)?,
            None => schema,
        })
    }
}
