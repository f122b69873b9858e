//! The copy that a dry run works on.

use std::path::Path;
use std::time::Duration;

use rusqlite::Connection;

use super::ApplyError;
use crate::database::{self, Database, Pages};
use crate::scratch_folder::ScratchFolder;

/// A database that is removed when this is dropped.
pub(crate) struct Scratch {
    database: Database,
    _folder: ScratchFolder,
}

impl Scratch {
    /// Copies `database`, through a connection that may not write, with SQLite's backup API
    /// (<https://sqlite.org/backup.html>): a consistent state, whatever others write meanwhile. What
    /// is not there yet is copied as an empty database.
    ///
    /// # Errors
    /// The database cannot be read, or the copy cannot be written: the system's folder for temporary
    /// files must hold all of it.
    pub(crate) fn copy_of(database: &Database, patience: Duration) -> Result<Self, ApplyError> {
        let folder = ScratchFolder::new("runner-dry-run-").map_err(ApplyError::NoScratchFolder)?;
        let path = folder.path().join("copy.db");
        if let Some(original) = database.look(patience)? {
            copy(&original, &path).map_err(ApplyError::sqlite(format!(
                "copy the database `{}`",
                database.path.display()
            )))?;
        }
        Ok(Self { database: Database::at(path), _folder: folder })
    }

    pub(crate) fn database(&self) -> &Database {
        &self.database
    }
}

/// Copies all that `original` holds into a new database at `path`.
pub fn copy(original: &Connection, path: &Path) -> rusqlite::Result<()> {
    let mut copy = Connection::open(path)?;
    copy.pragma_update(None, "synchronous", "OFF")?;
    database::copy(original, &mut copy, Pages::AllAtOnce, &mut |_, _| {})
}
