//! The folder that a fleet is backed up to: each database has its own in it, and there is room for all.

use std::num::NonZeroUsize;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};

use super::inspect::{self, Files, Found};
use super::run::Fleet;
use crate::backup::Backups;
use crate::error::Error;

/// Makes the folder of `backups`, and checks that there is room in it for every database of `numbers` that
/// has steps to take: a run that stops half way for want of room leaves a mixed fleet.
///
/// # Errors
/// There is not; the folder cannot be made.
pub(super) fn make(
    fleet: &Fleet<'_>,
    files: &Files,
    numbers: &[usize],
    backups: &Backups,
    threads: NonZeroUsize,
) -> Result<(), Error> {
    let needed = AtomicU64::new(0);
    // What cannot be looked at is not backed up either; its turn will say why.
    inspect::each(fleet, files, numbers, threads, |_, looked| {
        if let Some(Ok((Found::Pending(job), _))) = looked {
            needed.fetch_add(size(&job.database.path), Ordering::Relaxed);
        }
    });
    Ok(backups.require_room(needed.into_inner())?)
}

fn size(path: &Path) -> u64 {
    std::fs::metadata(path).map_or(0, |metadata| metadata.len())
}
