//! Rollback journals, and the journal mode of a database.

use std::fs;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use crate::regular_file;
use rusqlite::Connection;

/// How a database keeps its transactions whole (<https://sqlite.org/pragma.html#pragma_journal_mode>).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum JournalMode {
    /// With a write-ahead log. This is stored in the file.
    Wal,
    /// With a rollback journal.
    Delete,
}

impl JournalMode {
    /// The mode of the database that `connection` has open.
    ///
    /// # Errors
    /// SQLite's.
    pub(crate) fn of(connection: &Connection) -> rusqlite::Result<Self> {
        let mode: String = connection.pragma_query_value(None, "journal_mode", |row| row.get(0))?;
        Ok(if mode == "wal" { Self::Wal } else { Self::Delete })
    }

    /// Sets the mode of the database. The content of a write-ahead log is first written into the file
    /// and the log removed, so that it cannot be taken for the log of another state.
    ///
    /// # Errors
    /// SQLite's.
    pub(crate) fn set(self, connection: &Connection) -> rusqlite::Result<()> {
        let mode = match self {
            Self::Wal => "WAL",
            Self::Delete => "DELETE",
        };
        connection.pragma_update_and_check(None, "journal_mode", mode, |_| Ok(()))
    }
}

/// The rollback journal of the database at `path`.
pub(crate) fn journal_of(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push("-journal");
    name.into()
}

/// Whether the file at `journal` is a hot rollback journal: SQLite would play it back. One that begins
/// with a zero is finalized, and is not read
/// (<https://sqlite.org/fileformat2.html#the_rollback_journal>).
pub(crate) fn is_in_force(journal: &Path) -> bool {
    let mut first = [0];
    fs::metadata(journal).is_ok_and(|file| file.is_file() && file.len() > 0)
        && match regular_file::open(journal).and_then(|mut file| file.read_exact(&mut first)) {
            Ok(()) => first != [0],
            Err(_) => true,
        }
}

/// Removes a finalized journal: SQLite leaves one beside a database that it has to itself and that
/// changes to WAL mode. `alone` has the database to itself and no journal open.
pub(crate) fn remove_finalized_journal(alone: &Connection) {
    let Some(database) = alone.path().filter(|path| !path.is_empty()) else { return };
    let journal = journal_of(Path::new(database));
    let is_file = fs::symlink_metadata(&journal).is_ok_and(|file| file.is_file());
    if is_file && !is_in_force(&journal) {
        // If it stays it does no harm.
        let _ = fs::remove_file(&journal);
    }
}
