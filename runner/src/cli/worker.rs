//! The child process that runs the code of migrations: it reads a job, does it, and reports.
//! [`serve`] is what every child process of this program does around its work.

use std::ffi::OsString;
use std::fs::File;
use std::io::{self, Write as _};
use std::path::PathBuf;
use std::process;

use runner::process_state::ProcessState;
use runner::{Bundle, Event, Exit, Job, Report, process_group};
use serde::{Deserialize, Serialize};

use super::failure::Failure;
use super::pipes::{self, Lifeline};
use super::signals::{Signals, TerminationSignal};

/// A line on the pipe. The last one is `Done` or `Failed`; without it, the child has crashed.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Line<R> {
    Event(Event),
    Done(R),
    Failed(Failed),
}

/// Why a job was not done.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Failed {
    pub(super) failure: Failure,
    /// A migration of it has no way back. `true`: it says so itself.
    pub(super) irreversible: Option<bool>,
    /// The signal that the process got: from the runner, or from somebody else.
    pub(super) signal: Option<TerminationSignal>,
}

impl From<Failure> for Failed {
    fn from(failure: Failure) -> Self {
        Self { failure, irreversible: None, signal: None }
    }
}

/// A job as it is sent to the child, which gets paths as arguments.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Sent {
    #[serde(flatten)]
    pub(super) job: Job,
    /// The digest of the bundle that its libraries are in.
    #[serde(default)]
    pub(super) bundle_digest: Option<String>,
    /// Whether the database is new: it is made in a file whose path follows, and gets its name by the runner.
    #[serde(default)]
    pub(super) is_new: bool,
}

/// The word that makes a process of this program a child, before the paths.
pub(super) const COMMAND: &str = "apply-job";

/// Does the job that is the first line on standard input. `paths` are that of the database, that of the
/// file that it is made in, if it is new, that of the bundle, if there is one, and that of the folder of backups, if it is to be backed up: a path need not
/// be UTF-8, and JSON must.
pub(super) fn run(paths: impl Iterator<Item = OsString>) -> Result<(), Failure> {
    serve(|lifeline, pipe| work(lifeline, paths, pipe))
}

/// Does `work` as a child process: tied to the life of the runner, with a pipe that is nobody else's,
/// on which the last line is what came of it.
pub(super) fn serve<R: Serialize>(
    work: impl FnOnce(Lifeline, &mut File) -> Result<R, Failed>,
) -> Result<(), Failure> {
    let lifeline = Lifeline::take().map_err(|error| broken(&error))?;
    let mut pipe = pipes::take_stdout().map_err(|error| broken(&error))?;
    let last = match work(lifeline, &mut pipe) {
        Ok(report) => Line::Done(report),
        Err(failed) => Line::Failed(failed),
    };
    send(&mut pipe, &last);
    // A thread that foreign code left behind must not keep the process, or write any more.
    process::exit(Exit::Done as i32);
}

fn work(
    mut lifeline: Lifeline,
    mut paths: impl Iterator<Item = OsString>,
    pipe: &mut File,
) -> Result<Report, Failed> {
    let signals = Signals::listen()?;
    // From here on a program that ends by this counts as stopped, and who waited for it too.
    let _passed_on = signals.stop.listen(process_group::end_own);
    let text = lifeline.first_line().map_err(|error| broken(&error))?;
    lifeline.die_with_runner().map_err(|error| broken(&error))?;
    let Sent { mut job, bundle_digest, is_new } = serde_json::from_str(&text)
        .map_err(|error| Failure::of_system("cannot read the job", &error))?;
    job.database.path = paths.next().unwrap_or_default().into();
    if is_new {
        job.database = job.database.made_in(paths.next().unwrap_or_default());
    }
    if let Some(digest) = bundle_digest {
        let path = PathBuf::from(paths.next().unwrap_or_default());
        // The file may have been replaced since the plan was made and its signature verified.
        let bundle = Bundle::open(&path).and_then(|bundle| bundle.with_digest(&digest));
        job.bundle = Some(bundle.map_err(Failure::from)?);
    }
    if let Some(backups) = &mut job.backups {
        backups.folder = paths.next().unwrap_or_default().into();
    }
    migrate(&job, &signals, &mut None, pipe)
}

/// Does `job`, and reports its events. The `state` of the process is that before the first migration of all jobs,
/// once there was one.
pub(super) fn migrate(
    job: &Job,
    signals: &Signals,
    state: &mut Option<ProcessState>,
    pipe: &mut File,
) -> Result<Report, Failed> {
    let observe = &mut |event| {
        // A migration finds the process as those before it did, whatever they made of it.
        match &event {
            Event::Started { .. } => _ = state.get_or_insert_with(ProcessState::now),
            Event::Returned { .. } => state.iter().for_each(ProcessState::put_back),
            _ => {}
        }
        send(pipe, &Line::<Report>::Event(event));
    };
    let report = job.apply_until(&signals.stop, observe);
    report.map_err(|error| Failed {
        irreversible: error.is_irreversible(),
        failure: error.into(),
        signal: signals.first(),
    })
}

pub(super) fn broken(error: &io::Error) -> Failure {
    Failure::of_system("cannot talk to the runner", error)
}

/// Writes a line. If nobody listens any more the parent is gone: the process ends, and SQLite rolls
/// back what is not committed.
pub(super) fn send<R: Serialize>(pipe: &mut File, line: &Line<R>) {
    let written = serde_json::to_vec(line).map_err(io::Error::from).and_then(|mut text| {
        text.push(b'\n');
        pipe.write_all(&text)
    });
    if written.is_err() {
        process::exit(Exit::Failed as i32);
    }
}
