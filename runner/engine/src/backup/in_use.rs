//! Backups that are being read: no other process removes them meanwhile.

use std::fs::File;
use std::path::Path;

use super::finished::is_the_same_file;
use crate::file_lock::{leads_to, shared};
use crate::regular_file;

/// A backup that no process removes while this lives.
#[derive(Debug)]
pub(crate) struct InUse {
    _file: File,
}

impl InUse {
    /// Holds a backup whose file is open.
    pub(super) fn of(file: File) -> Self {
        let _ = shared(&file);
        Self { _file: file }
    }

    /// Holds the backup at `path`. `None` if it is gone or is `database` itself: closing a file that
    /// SQLite has open would drop SQLite's locks.
    pub(super) fn at(path: &Path, database: &Path) -> Option<Self> {
        if is_the_same_file(path, database) {
            return None;
        }
        let used = Self::of(regular_file::open(path).ok()?);
        // Whoever removes it locks it first: if it is still there now, it stays.
        leads_to(path, &used._file).then_some(used)
    }
}
