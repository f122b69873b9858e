//! Tells of a child process that has ended without a report.

use std::io;
use std::process::ExitStatus;
use std::time::Duration;

use runner::explain::Code;
use runner::{Exit, Job, record};

use super::failure::Failure;
use super::history;
use super::running::Running;
use super::signals::Signals;

/// How long to wait for the history of a database that another program holds.
pub(super) const PATIENCE: Duration = Duration::from_secs(2);

/// How a process ended, as far as that is known.
pub(super) type Status = io::Result<ExitStatus>;

/// Why there is no report, and what is in the database now.
pub(super) fn told(running: &Running, status: Status, job: &Job, signals: &Signals) -> Failure {
    let name = running.name();
    let failure =
        |exit, code, message| Failure { exit, code, message, causes: Vec::new(), hint: None };
    if signals.at_once.is_requested() {
        let hint = Some(
            "SQLite rolls back what was not committed; `runner status` tells what is applied"
                .into(),
        );
        let message = format!("{name} was killed at once");
        return Failure { hint, ..failure(Exit::Interrupted, Code::Stopped, message) };
    }
    let failure = match status {
        Err(error) => {
            Failure::of_system("cannot wait for the process that runs migrations", &error)
        }
        Ok(_) if signals.stop.is_requested() && running.killed => failure(
            Exit::Interrupted,
            Code::Stopped,
            format!("{name} did not stop when it was asked to, and was killed"),
        ),
        Ok(_) if signals.stop.is_requested() => {
            failure(Exit::Interrupted, Code::Stopped, format!("{name} was stopped"))
        }
        Ok(_) if running.killed => {
            let seconds = job.options.timeout.unwrap_or_default().as_secs_f64();
            let message = format!(
                "{name} ran for longer than {seconds} s, did not stop when its SQL was interrupted, \
                 and was killed"
            );
            failure(Exit::Failed, Code::TimedOut, message)
        }
        Ok(status) => {
            let how = status.to_string();
            let how = how.trim_end_matches(" (core dumped)");
            failure(
                Exit::Failed,
                Code::MigrationCrashed,
                format!("{name} ended its process without a report ({how})"),
            )
        }
    };
    Failure { hint: Some(clear_up(running, job)), ..failure }
}

/// Clears up after the child, and tells what is in the database.
fn clear_up(running: &Running, job: &Job) -> String {
    if !job.options.dry_run {
        // Somebody else may be writing by now, who clears up just as well: it is not waited for.
        let _ = job.database.clear_up(Duration::ZERO);
    }
    match (record::applied(&job.database, PATIENCE), &running.id) {
        (_, Some(id)) if history::is_started(job, id, PATIENCE) => format!(
            "`{id}` runs without a transaction, so what it did before that stays; `runner status` \
             tells how to go on"
        ),
        (Ok(applied), Some(id)) => {
            let is = if applied.binary_search(id).is_ok() { "is" } else { "is not" };
            format!("SQLite rolled back what was not committed; `{id}` {is} applied")
        }
        (Ok(_), None) => "nothing was applied by it".to_owned(),
        (Err(_), _) => "`runner status` tells what is applied".to_owned(),
    }
}
