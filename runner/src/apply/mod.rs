//! Stage 5: the steps of a plan, each in a transaction of its own, each with its history row.

mod deadline;
mod failure;
mod foreign_keys;
mod guard;
mod scratch;
mod step;
mod trace;

pub use failure::{ApplyError, MigrationFailure};
pub use guard::Denied;

use std::collections::BTreeMap;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::database::Database;
use crate::error::Error;
use crate::event::{Event, Observer};
use crate::id::MigrationId;
use crate::load::{Artifact, Loaded, load};
use crate::plan::Direction;

/// What to do with which database: all that is known once a plan is built.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Job {
    /// The database.
    pub database: Database,
    /// The steps, in order.
    pub steps: Vec<BuiltStep>,
    /// How.
    pub options: ApplyOptions,
}

/// A step of a plan, with the library that does it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BuiltStep {
    /// Which way.
    pub direction: Direction,
    /// The migration.
    pub artifact: Artifact,
}

/// How a job is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct ApplyOptions {
    /// How long to wait for another program that holds the database's lock.
    pub busy_timeout: Duration,
    /// How long the code of one migration may run; `None`: as long as it likes.
    pub timeout: Option<Duration>,
    /// Do it to a copy that is thrown away, and tell each statement that runs.
    pub dry_run: bool,
}

impl Default for ApplyOptions {
    fn default() -> Self {
        Self { busy_timeout: Duration::from_secs(5), timeout: None, dry_run: false }
    }
}

/// What was done.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Report {
    /// The steps that this job did, in order.
    pub done: Vec<Done>,
    /// The steps that another process had done already.
    pub already_done: Vec<MigrationId>,
}

/// A step that was done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Done {
    /// The migration.
    pub id: MigrationId,
    /// Which way it went.
    pub direction: Direction,
    /// How long its own code ran.
    pub took: Duration,
}

/// Does `job` in this process: loads every library, then takes step after step. A step is wholly
/// done and recorded, or not at all; the first that fails ends the job, and those before it stay.
///
/// # Errors
/// A library that cannot be loaded or a migration that cannot be reverted, before anything is
/// touched; a database that cannot be used; a step that failed.
pub fn apply(job: &Job, observe: &mut Observer<'_>) -> Result<Report, Error> {
    let mut loaded: BTreeMap<&MigrationId, Loaded> = BTreeMap::new();
    for BuiltStep { direction, artifact } in &job.steps {
        if !loaded.contains_key(&artifact.id) {
            loaded.insert(&artifact.id, load(artifact)?);
        }
        if *direction == Direction::Backward && loaded[&artifact.id].is_irreversible() {
            return Err(ApplyError::Irreversible { id: artifact.id.clone() }.into());
        }
    }
    if job.options.dry_run {
        let scratch = scratch::copy(&job.database, job.options.busy_timeout)?;
        return take_steps(&scratch.database, job, &loaded, observe);
    }
    take_steps(&job.database, job, &loaded, observe)
}

fn take_steps(
    database: &Database,
    job: &Job,
    loaded: &BTreeMap<&MigrationId, Loaded>,
    observe: &mut Observer<'_>,
) -> Result<Report, Error> {
    let mut stepper = step::Stepper::open(database, job.options)?;
    let mut report = Report::default();
    for BuiltStep { direction, artifact } in &job.steps {
        let (id, direction) = (artifact.id.clone(), *direction);
        match stepper.take(&loaded[&artifact.id], direction, observe)? {
            Some(took) => {
                observe(Event::Finished { id: id.clone(), direction, took });
                report.done.push(Done { id, direction, took });
            }
            None => {
                observe(Event::AlreadyDone { id: id.clone(), direction });
                report.already_done.push(id);
            }
        }
    }
    Ok(report)
}
