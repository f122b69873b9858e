//! The copy that a dry run works on.

use std::time::Duration;

use rusqlite::Connection;
use rusqlite::backup::Backup;
use tempfile::TempDir;

use super::ApplyError;
use crate::database::Database;
use crate::error::Error;

/// A database that is removed when this is dropped.
pub(super) struct Scratch {
    pub(super) database: Database,
    _folder: TempDir,
}

/// Copies `database`, which is opened for reading only, with SQLite's backup API
/// (<https://sqlite.org/backup.html>): a consistent state, whatever others write meanwhile. What is
/// not there yet is copied as an empty database.
///
/// # Errors
/// The database cannot be read, or the copy cannot be written: the system's folder for temporary
/// files must hold all of it.
pub(super) fn copy(database: &Database, patience: Duration) -> Result<Scratch, Error> {
    let folder = tempfile::Builder::new()
        .prefix("runner-dry-run-")
        .tempdir()
        .map_err(ApplyError::NoScratchFolder)?;
    let path = folder.path().join("copy.db");
    if let Some(original) = database.look(patience)? {
        copy_into(&original, &path)
            .map_err(|source| ApplyError::Sqlite { doing: "copy the database", source })?;
    }
    Ok(Scratch { database: Database { path, create: true }, _folder: folder })
}

fn copy_into(original: &Connection, path: &std::path::Path) -> rusqlite::Result<()> {
    /// All at once: the copy's own lock is nobody else's concern, and the original's is shared.
    const ALL_PAGES: i32 = -1;
    let mut copy = Connection::open(path)?;
    copy.pragma_update(None, "synchronous", "OFF")?;
    Backup::new(original, &mut copy)?.run_to_completion(ALL_PAGES, Duration::ZERO, None)
}
