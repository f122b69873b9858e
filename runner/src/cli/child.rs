//! Runs a job in a child process of this program: a migration that aborts, exits or hangs takes
//! nothing with it and never looks like success.

use std::io;
use std::path::PathBuf;
use std::process::Command;

use runner::apply::{ApplyError, NewDatabase};
use runner::explain::Code;
use runner::scratch_folder::ScratchFolder;
use runner::{Bundle, Database, Direction, Exit, Job, Observer, Report, status};

use super::child_process::{Came, ChildProcess};
use super::crash;
use super::failure::Failure;
use super::signals::Signals;
use super::watchdog::Running;
use super::worker::{self, Failed, Sent};

/// Does `job` in a child process. It has succeeded when the child reports so and the history, read
/// again here, agrees: then it has, whatever `signals` came meanwhile.
///
/// # Errors
/// What the child reports; a child that ends without a report; a history that does not agree.
pub(super) fn apply(
    job: &Job,
    signals: &Signals,
    observe: &mut Observer<'_>,
) -> Result<Report, Failed> {
    let temporary = job.options.dry_run.then(|| ScratchFolder::new("runner-dry-run-")).transpose();
    let temporary = temporary.map_err(ApplyError::NoScratchFolder).map_err(Failure::from)?;
    let broken =
        |error| Failure::of_system("cannot start the process that runs migrations", &error);
    let mut new = job.new_database(&signals.stop).map_err(Failure::from)?;
    let database = new.as_ref().map_or(&job.database, NewDatabase::database);
    let process = start(job, database, temporary.as_ref(), signals).map_err(broken)?;
    let mut running = Running::new(process.members(), job.options.timeout);
    let follow = &mut |event| match &mut new {
        Some(new) => new.observe(event, observe),
        None => observe(event),
    };
    let mut last = None;
    // Until it is gone it may work on the database, whatever it has reported.
    let status = loop {
        match process.follow(&mut running, follow) {
            Came::Done(outcome) => last = Some(outcome),
            Came::Ended(status) => break status,
        }
    };
    drop(process);
    // Nobody works on it any more, however the child has ended. What it took of its steps is kept.
    new.map_or(Ok(()), |new| new.finish(observe)).map_err(Failure::from)?;
    match last {
        Some(Ok(report)) => Ok(history_agrees(job).map(|()| report)?),
        Some(Err(failed)) => Err(crash::explained(failed, &running, job, signals)),
        None => Err(crash::failure(&running, status, job, signals).into()),
    }
}

/// Starts the child, and sends it the job. What it makes in `temporary` is removed even if it dies.
fn start(
    job: &Job,
    database: &Database,
    temporary: Option<&ScratchFolder>,
    signals: &Signals,
) -> io::Result<ChildProcess<Report>> {
    let bundle = job.bundle.as_ref();
    let backups = job.backups.as_ref().map(|backups| &backups.folder);
    let arguments = |command: &mut Command| {
        command
            .arg(worker::COMMAND)
            .arg(&database.path)
            .args(database.made_in_file())
            .args(bundle.and_then(Bundle::file))
            .args(backups)
            .args(job.steps_argument());
        if let Some(folder) = temporary {
            for name in ["TMPDIR", "TMP", "TEMP"] {
                command.env(name, folder.path());
            }
        }
    };
    // The paths go as arguments: they need not be UTF-8.
    let mut sent = job.clone();
    sent.database.path = PathBuf::new();
    if let Some(backups) = &mut sent.backups {
        backups.folder = PathBuf::new();
    }
    let bundle_digest = bundle.map(|bundle| bundle.digest().to_owned());
    let is_new = database.made_in_file().is_some();
    let mut process = ChildProcess::start(arguments, signals)?;
    process.send(&Sent { job: sent, bundle_digest, is_new })?;
    Ok(process)
}

/// Reads the history again, which is believed before any report, and checks that `job` was done.
///
/// # Errors
/// It does not, or cannot be read.
pub(super) fn history_agrees(job: &Job) -> Result<(), Failure> {
    if job.options.dry_run {
        return Ok(());
    }
    let applied = status::applied(&job.database, job.options.busy_timeout)?;
    let differs = job.last_directions().into_iter().find(|(id, direction)| {
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
