//! The child process that runs the code of migrations: it reads a job, does it, and reports.

use std::ffi::OsString;
use std::fs::File;
use std::io::{self, Read as _, Write as _};
use std::process;

use runner::{Event, Exit, Job, Report};
use serde::{Deserialize, Serialize};

use super::failure::Failure;
use super::{lifeline, report_pipe};

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

/// Does the job on standard input. `paths` are that of the database and, if it is to be backed up,
/// that of the folder of backups: a path need not be UTF-8, and JSON must.
pub(super) fn run(mut paths: impl Iterator<Item = OsString>) -> Result<(), Failure> {
    lifeline::die_with_parent();
    let broken = |error: io::Error| Failure::of_system("cannot talk to the runner", &error);
    let mut pipe = report_pipe::take().map_err(broken)?;
    let mut text = String::new();
    io::stdin().read_to_string(&mut text).map_err(broken)?;
    let mut job: Job = serde_json::from_str(&text)
        .map_err(|error| Failure::of_system("cannot read the job", &error))?;
    job.database.path = paths.next().unwrap_or_default().into();
    if let Some(backups) = &mut job.backups {
        backups.folder = paths.next().unwrap_or_default().into();
    }
    let outcome = job.apply(&mut |event| tell(&mut pipe, &Line::Event(event)));
    let last = match outcome {
        Ok(report) => Line::Done(report),
        Err(error) => Line::Failed(error.into()),
    };
    tell(&mut pipe, &last);
    // A thread that a migration left behind must not keep the process, or write any more.
    process::exit(Exit::Done as i32);
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
