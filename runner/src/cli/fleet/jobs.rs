//! How many databases are migrated at a time, and whether this process may have as many files open.

use std::num::NonZeroUsize;
use std::thread;

use super::super::failure::Failure;
use super::opened::usage;

/// What the process has open without any database: standard streams, the bundle, the report.
const OWN: u64 = 24;

/// What one database at a time needs: the database, its journal, the log and its index, a backup, a folder while it is
/// synced, and the pipes of the process that migrates it.
const EACH: u64 = 16;

/// How many databases are migrated at a time: as many as are asked for, or else as there are processors.
///
/// # Errors
/// This process may not have as many files open.
pub(super) fn within_the_limit(asked: Option<NonZeroUsize>) -> Result<NonZeroUsize, Failure> {
    let processors = || thread::available_parallelism().unwrap_or(NonZeroUsize::MIN);
    let Some(files) = most_open_files() else { return Ok(asked.unwrap_or_else(processors)) };
    let most = usize::try_from(files.saturating_sub(OWN) / EACH).unwrap_or(usize::MAX);
    let most = NonZeroUsize::new(most).unwrap_or(NonZeroUsize::MIN);
    match asked {
        Some(jobs) if jobs > most => Err(usage(
            &format!("this process may have {files} files open, too few for {jobs} jobs"),
            &format!("ask for {most} at most, or raise the limit: `ulimit -Hn`"),
        )),
        Some(jobs) => Ok(jobs),
        None => Ok(processors().min(most)),
    }
}

/// How many files this process may have open, after it has raised that as far as it may; `None`: as many as it likes.
#[cfg(unix)]
fn most_open_files() -> Option<u64> {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let limit = getrlimit(Resource::Nofile);
    let raised = Rlimit { current: limit.maximum, maximum: limit.maximum };
    // Some systems name a maximum that they do not give.
    match setrlimit(Resource::Nofile, raised) {
        Ok(()) => limit.maximum,
        Err(_) => limit.current,
    }
}

#[cfg(not(unix))]
fn most_open_files() -> Option<u64> {
    None
}
