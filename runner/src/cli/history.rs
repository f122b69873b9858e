//! What the database says once the child process is gone. It is believed before any report.

use std::collections::BTreeMap;
use std::time::Duration;

use runner::explain::Code;
use runner::{Direction, Exit, Job, MigrationId, record, started};

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
    let applied = record::applied(&job.database, job.options.busy_timeout)?;
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
        }),
    }
}

/// Whether `id` is recorded as started and not as finished.
pub(super) fn is_started(job: &Job, id: &MigrationId, patience: Duration) -> bool {
    let Ok(Some(connection)) = job.database.look(patience) else { return false };
    started::read(&connection).is_ok_and(|all| all.iter().any(|started| started.id == *id))
}
