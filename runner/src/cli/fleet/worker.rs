//! A process that migrates one database of a fleet after the other: a job a line in, a report a line out.

use std::ffi::OsString;
use std::path::PathBuf;

use runner::fleet::PathText;
use runner::{Bundle, Job, Report, process_group};
use serde::{Deserialize, Serialize};

use super::super::failure::Failure;
use super::super::pipes::{self, Lifeline};
use super::super::signals::Signals;
use super::super::worker::{Failed, Line, broken, migrate, send};

/// The word that makes a process of this program a worker, before the path of the bundle and its digest.
pub(in crate::cli) const COMMAND: &str = "fleet-worker";

/// A job, with its paths, which need not be UTF-8.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Sent {
    pub(super) job: Job,
    pub(super) database: PathText,
    pub(super) backups: Option<PathText>,
}

/// Does the jobs on standard input until that ends, which is the end of this process.
pub(in crate::cli) fn run(mut words: impl Iterator<Item = OsString>) -> Result<(), Failure> {
    let broken = |error| broken(&error);
    let lifeline = Lifeline::take().map_err(broken)?;
    let mut pipe = pipes::take_stdout().map_err(broken)?;
    let signals = Signals::listen()?;
    let _passed_on = signals.stop.listen(process_group::end_own);
    let path = PathBuf::from(words.next().unwrap_or_default());
    let digest = words.next().unwrap_or_default();
    let bundle = Bundle::open(&path)
        .and_then(|bundle| bundle.with_digest(&digest.to_string_lossy()))
        .map_err(Failure::from);
    let mut state = None;
    // A migration that prints, forks or reads finds nothing of the lifeline: a thread has it.
    for text in lifeline.lines().map_err(broken)? {
        let outcome = bundle.clone().map_err(Failed::from).and_then(|bundle| {
            let Sent { mut job, database, backups } = serde_json::from_str(&text)
                .map_err(|error| Failure::of_system("cannot read the job", &error))?;
            job.bundle = Some(bundle);
            job.database.path = database.path().unwrap_or_default();
            if let (Some(all), Some(folder)) = (&mut job.backups, backups) {
                all.folder = folder.path().unwrap_or_default();
            }
            migrate(&job, &signals, &mut state, &mut pipe)
        });
        match outcome {
            Ok(report) => send(&mut pipe, &Line::Done(report)),
            Err(failed) => send(&mut pipe, &Line::<Report>::Failed(failed)),
        }
    }
    Ok(())
}
