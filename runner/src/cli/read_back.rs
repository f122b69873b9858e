//! Reads the history again once the child process has ended. It is believed before any report.

use std::collections::BTreeMap;
use std::time::Duration;

use runner::explain::Code;
use runner::{Direction, Exit, Job, MigrationId, record, started, status};

use super::failure::Failure;

/// Whether the history says that `job` was done.
///
/// # Errors
/// It does not, or cannot be read.
pub(super) fn agrees(job: &Job) -> Result<(), Failure> {
    if job.options.dry_run {
        return Ok(());
    }
    let mut wanted: BTreeMap<&MigrationId, Direction> = BTreeMap::new();
    for step in &job.steps {
        wanted.insert(&step.artifact.id, step.direction);
    }
    let applied = status::applied(&job.database, job.options.busy_timeout)?;
    let differs = wanted.into_iter().find(|(id, direction)| {
        applied.binary_search(id).is_ok() != (*direction == Direction::Forward)
    });
    match differs {
        None => Ok(()),
        Some((id, _)) => Err(Failure {
            exit: Exit::Failed,
            code: Code::HistoryDisagrees,
            message: format!("the history does not say about `{id}` what was reported"),
            causes: Vec::new(),
            hint: Some("another runner may work on this database; see `runner status`".into()),
            statement: None,
        }),
    }
}

/// What the history says of the steps of a job.
pub(super) struct Recorded {
    /// Everything applied, oldest first.
    pub(super) applied: Vec<MigrationId>,
    /// The one of the job that was started without a transaction and has not finished.
    pub(super) unfinished: Option<MigrationId>,
}

/// Reads what the history says now.
///
/// # Errors
/// It cannot be read, or is not the runner's.
pub(super) fn recorded(job: &Job, patience: Duration) -> Result<Recorded, Failure> {
    let Some(connection) = job.database.look(patience)? else {
        return Ok(Recorded { applied: Vec::new(), unfinished: None });
    };
    let is_of_the_job = |id: &MigrationId| job.steps.iter().any(|step| step.artifact.id == *id);
    let started = started::read(&connection)?.into_iter().map(|started| started.id);
    let unfinished = started.into_iter().find(is_of_the_job);
    Ok(Recorded { applied: record::ids(&connection)?, unfinished })
}
