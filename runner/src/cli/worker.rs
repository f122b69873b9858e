//! The child process that runs the code of migrations: it reads a job, does it, and reports.

use std::ffi::OsString;
use std::fs::File;
use std::io::{self, Write as _};
use std::process;

use runner::{Event, Exit, Job, Report, process_group};
use serde::{Deserialize, Serialize};

use super::failure::Failure;
use super::lifeline::Lifeline;
use super::report_pipe;
use super::signals::Signals;

/// A line on the pipe. The last one is `Done` or `Failed`; without it, the child has crashed.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Line {
    Event(Event),
    Done(Report),
    Failed(Failure),
}

/// The word that makes a process of this program a child, before the paths.
pub(super) const COMMAND: &str = "apply-job";

/// Does the job that is the first line on standard input. `paths` are that of the database and, if it
/// is to be backed up, that of the folder of backups: a path need not be UTF-8, and JSON must.
pub(super) fn run(paths: impl Iterator<Item = OsString>) -> Result<(), Failure> {
    let lifeline = Lifeline::take().map_err(|error| broken(&error))?;
    let mut pipe = report_pipe::take().map_err(|error| broken(&error))?;
    let last = match work(lifeline, paths, &mut pipe) {
        Ok(report) => Line::Done(report),
        Err(failure) => Line::Failed(failure),
    };
    tell(&mut pipe, &last);
    // A thread that a migration left behind must not keep the process, or write any more.
    process::exit(Exit::Done as i32);
}

fn work(
    mut lifeline: Lifeline,
    mut paths: impl Iterator<Item = OsString>,
    pipe: &mut File,
) -> Result<Report, Failure> {
    let signals = Signals::listen()?;
    // From here on a program that ends by this counts as stopped, and who waited for it too.
    let _passed_on = signals.stop.listen(process_group::end_own);
    let text = lifeline.first_line().map_err(|error| broken(&error))?;
    lifeline.die_with_runner().map_err(|error| broken(&error))?;
    let mut job: Job = serde_json::from_str(&text)
        .map_err(|error| Failure::of_system("cannot read the job", &error))?;
    job.database.path = paths.next().unwrap_or_default().into();
    if let Some(backups) = &mut job.backups {
        backups.folder = paths.next().unwrap_or_default().into();
    }
    let report = job.apply_until(&signals.stop, &mut |event| tell(pipe, &Line::Event(event)))?;
    Ok(report)
}

fn broken(error: &io::Error) -> Failure {
    Failure::of_system("cannot talk to the runner", error)
}

/// Writes a line. If nobody listens any more the parent is gone: the process ends, and SQLite rolls
/// back what is not committed.
fn tell(pipe: &mut File, line: &Line) {
    let written = serde_json::to_vec(line).map_err(io::Error::from).and_then(|mut text| {
        text.push(b'\n');
        pipe.write_all(&text)
    });
    if written.is_err() {
        process::exit(Exit::Failed as i32);
    }
}
