//! Explains the end of a child process that sent no report.

use std::io;
use std::process::ExitStatus;
use std::time::Duration;

use runner::explain::Code;
use runner::{Exit, Job, MigrationId, checkpoint, record, started};

use super::failure::Failure;
use super::signals::Signals;
use super::watchdog::{At, Ended, Running};
use super::worker::Failed;

/// How long to wait for the history of a database that another program holds.
pub(super) const PATIENCE: Duration = Duration::from_secs(2);

/// How a process ended, as far as that is known.
pub(super) type Status = io::Result<ExitStatus>;

/// Why there is no report, and what is in the database now.
pub(super) fn failure(running: &Running, status: Status, job: &Job, signals: &Signals) -> Failure {
    let name = running.name();
    let failure = |exit, code, message| Failure {
        exit,
        code,
        message,
        causes: Vec::new(),
        hint: None,
        statement: None,
    };
    if signals.at_once.is_requested() {
        let hint =
            "SQLite rolls back what was not committed; `runner status` shows what is applied";
        let hint = (!job.options.dry_run).then(|| hint.to_owned());
        let message = format!("{name} was killed at once");
        return Failure { hint, ..failure(Exit::Interrupted, Code::Stopped, message) };
    }
    let failure = match status {
        Err(error) => {
            Failure::of_system("cannot wait for the process that runs migrations", &error)
        }
        Ok(_) if signals.stop.is_requested() && running.ended == Ended::Killed => failure(
            Exit::Interrupted,
            Code::Stopped,
            format!("{name} did not stop when it was asked to, and was killed"),
        ),
        Ok(_) if signals.stop.is_requested() => {
            failure(Exit::Interrupted, Code::Stopped, format!("{name} was stopped"))
        }
        Ok(_) if running.ended == Ended::Killed => {
            let end = "did not stop when its SQL was interrupted, and was killed";
            let message = format!("{}, {end}", too_long(&name, job));
            failure(Exit::Failed, Code::TimedOut, message)
        }
        Ok(status) if running.ended == Ended::Asked => {
            let end = "and ended without a report when it was asked to";
            let message = format!("{}, {end} ({})", too_long(&name, job), how(status));
            failure(Exit::Failed, Code::TimedOut, message)
        }
        Ok(status) => {
            let message = format!("{} without a report ({})", running.end(), how(status));
            failure(Exit::Failed, Code::MigrationCrashed, message)
        }
    };
    Failure { hint: clear_up(running, job), ..failure }
}

/// `failed`, which the child reports, as what it is: it hears of a signal, and not from whom. If nobody sent
/// the runner one, its own sign that the time was over was meant, or it came from somebody else.
pub(super) fn explained(failed: Failed, running: &Running, job: &Job, signals: &Signals) -> Failed {
    let Failed { failure, signal, .. } = &failed;
    if failure.code != Code::Stopped || signals.stop.is_requested() {
        return failed;
    }
    let failure = failure.clone();
    let failure = match signal {
        _ if running.ended != Ended::Not => Failure {
            exit: Exit::Failed,
            code: Code::TimedOut,
            message: too_long(&running.name(), job),
            ..failure
        },
        Some(signal) => Failure {
            exit: signal.exit(),
            message: format!(
                "{}: its process got {}, and not from the runner",
                failure.message,
                signal.name()
            ),
            ..failure
        },
        None => failure,
    };
    Failed { failure, ..failed }
}

fn how(status: ExitStatus) -> String {
    status.to_string().trim_end_matches(" (core dumped)").to_owned()
}

fn too_long(name: &str, job: &Job) -> String {
    let seconds = job.options.timeout.unwrap_or_default().as_secs_f64();
    format!("{name} ran for longer than {seconds} s")
}

/// Clears up after the child, and tells what is in the database: what the history says, and not what was
/// heard of last. A dry run has its own copy.
fn clear_up(running: &Running, job: &Job) -> Option<String> {
    const ROLLED_BACK: &str = "SQLite rolled back what was not committed";
    if job.options.dry_run {
        return None;
    }
    // Somebody else may be writing by now, who clears up just as well: it is not waited for.
    let _ = job.database.clear_up(Duration::ZERO);
    Some(match (recorded(job, PATIENCE), &running.at) {
        (Ok(Recorded { unfinished: Some(id), .. }), _) => format!(
            "`{id}` runs without a transaction, so what it did before that stays; `runner status` \
             shows how to go on"
        ),
        (Ok(Recorded { half_done: Some(id), .. }), _) => format!(
            "what `{id}` committed before that stays, and the next run goes on there: `runner \
             migrate`"
        ),
        (Ok(Recorded { applied, .. }), At::Migration(id)) => {
            let is = if applied.binary_search(id).is_ok() { "is" } else { "is not" };
            format!("{ROLLED_BACK}; `{id}` {is} applied")
        }
        (Ok(_), At::Loading | At::Runner) => ROLLED_BACK.to_owned(),
        (Err(_), _) => "SQLite rolls back what was not committed".to_owned(),
    })
}

/// What the history says of the steps of a job.
struct Recorded {
    /// Everything applied, oldest first.
    applied: Vec<MigrationId>,
    /// The one of the job that was started without a transaction and has not finished.
    unfinished: Option<MigrationId>,
    /// The batched one of the job that is half done.
    half_done: Option<MigrationId>,
}

/// Reads what the history says now.
///
/// # Errors
/// It cannot be read, or is not the runner's.
fn recorded(job: &Job, patience: Duration) -> Result<Recorded, Failure> {
    let Some(connection) = job.database.look(patience)? else {
        return Ok(Recorded { applied: Vec::new(), unfinished: None, half_done: None });
    };
    let is_of_the_job = |id: &MigrationId| job.steps.iter().any(|step| step.artifact.id == *id);
    let half_done = checkpoint::read(&connection)?.map(|checkpoint| checkpoint.id);
    let started = started::read(&connection)?.into_iter().map(|started| started.id);
    let unfinished = started.filter(|id| half_done.as_ref() != Some(id)).find(is_of_the_job);
    let half_done = half_done.filter(is_of_the_job);
    Ok(Recorded { applied: record::ids(&connection)?, unfinished, half_done })
}
