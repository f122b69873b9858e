//! The folder of the scratch databases, and their copies.

use std::path::{Path, PathBuf};

use rusqlite::Connection;

use super::problem::Problem;
use crate::error::TrialError;
use runner_engine::Database;
use runner_engine::apply::copy;
use runner_engine::scratch_folder::ScratchFolder;

/// A folder that goes, with all databases in it, when this is dropped.
pub(super) struct Folder(ScratchFolder);

impl Folder {
    pub(super) fn new() -> Result<Self, TrialError> {
        ScratchFolder::new("runner-test-run-").map(Self).map_err(TrialError::NoFolder)
    }

    /// A database in it that may not be there yet.
    pub(super) fn database(&self, name: &str) -> Database {
        Database::at(self.0.path().join(name))
    }
}

/// Copies a scratch database; one that is not there yet becomes an empty one.
pub(super) fn copy_database(from: &Path, to: PathBuf) -> Result<Database, Problem> {
    let copied = open(from).and_then(|original| copy(&original, &to));
    copied.map_err(Problem::scratch("copy the scratch database"))?;
    Ok(Database::at(to))
}

/// Opens a scratch database, which nobody else uses and nobody needs after a crash.
pub(super) fn open(path: &Path) -> rusqlite::Result<Connection> {
    let connection = Connection::open(path)?;
    connection.pragma_update(None, "synchronous", "OFF")?;
    let mode: String = connection.pragma_query_value(None, "journal_mode", |row| row.get(0))?;
    if mode == "delete" {
        // Not where the database itself says otherwise: a log would be given up for good.
        connection.pragma_update_and_check(None, "journal_mode", "MEMORY", |_| Ok(()))?;
    }
    Ok(connection)
}
