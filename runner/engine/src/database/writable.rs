//! Whether a database may be written, asked before anything is done to it.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::{Connection, OpenFlags};

use super::Database;
use super::failure::{DatabaseError, Reason};
use super::journal::is_in_force;
use super::new_name;
use super::reserved_name::resolved;

impl Database {
    /// Checks, without writing, that a migration could write: the file is there or may be made, and
    /// it and its folder are writable. SQLite needs the folder for its journal.
    ///
    /// # Errors
    /// What is in the way.
    pub fn check_writable(&self, patience: Duration) -> Result<(), DatabaseError> {
        let exists = self.exists()?;
        if !exists && !self.create {
            return Err(self.absent());
        }
        let folder = self.folder();
        match fs::metadata(folder) {
            Ok(metadata) if metadata.is_dir() => {}
            _ => return Err(self.fail(Reason::NoFolder { folder: folder.to_owned() })),
        }
        if !may_write(folder) {
            return Err(self.fail(Reason::ReadOnlyFolder { folder: folder.to_owned() }));
        }
        if !exists {
            self.refuse_to_make()?;
        }
        if exists {
            self.refuse_hard_links()?;
            let connection = self.open(OpenFlags::SQLITE_OPEN_READ_WRITE, patience)?;
            self.refuse_read_only(&connection)?;
        }
        Ok(())
    }

    /// Refuses to make it under a name that is reserved for a part of another database, or where parts of one
    /// are without it.
    pub(crate) fn refuse_to_make(&self) -> Result<(), DatabaseError> {
        self.refuse_companion_name()?;
        self.refuse_leftovers()
    }

    /// Refuses to make it under a name that is reserved for a part of another database.
    pub(crate) fn refuse_companion_name(&self) -> Result<(), DatabaseError> {
        self.refuse_companion().map_err(|reserved| self.fail(Reason::Reserved(reserved.into())))
    }

    /// Refuses to make it beside a journal or a log that has something in it: it is of a database that was
    /// here, perhaps the only copy of what was committed last, and would be played into the new one.
    pub(super) fn refuse_leftovers(&self) -> Result<(), DatabaseError> {
        let [journal, log, _] = new_name::parts(&resolved(&self.path));
        let has_commits = fs::metadata(&log).is_ok_and(|log| log.is_file() && log.len() > 0);
        let left = if has_commits { Some(log) } else { Some(journal).filter(|it| is_in_force(it)) };
        left.map_or(Ok(()), |file| Err(self.fail(Reason::Leftover { file })))
    }

    /// The files that SQLite keeps beside it.
    pub(super) fn parts(&self) -> [PathBuf; 3] {
        new_name::parts(self.file())
    }

    /// SQLite falls back to reading when it may not write, and says so only when asked.
    pub(super) fn refuse_read_only(&self, connection: &Connection) -> Result<(), DatabaseError> {
        match connection.is_readonly("main") {
            Ok(false) => Ok(()),
            Ok(true) => Err(self.fail(Reason::ReadOnly)),
            Err(error) => Err(self.sqlite_error(error)),
        }
    }

    /// Two names are two journals (<https://sqlite.org/howtocorrupt.html#_unlinking_or_renaming_a_database_file_while_in_use>).
    pub(super) fn refuse_hard_links(&self) -> Result<(), DatabaseError> {
        let metadata =
            fs::metadata(self.file()).map_err(|error| self.fail(Reason::Unreachable(error)))?;
        match names(&metadata) {
            0 | 1 => Ok(()),
            names => Err(self.fail(Reason::HardLinks { names })),
        }
    }
}

/// How many names a file has.
#[cfg(unix)]
fn names(metadata: &fs::Metadata) -> u64 {
    use std::os::unix::fs::MetadataExt as _;
    metadata.nlink()
}

/// Elsewhere that is not looked at.
#[cfg(not(unix))]
fn names(_metadata: &fs::Metadata) -> u64 {
    1
}

#[cfg(unix)]
fn may_write(folder: &Path) -> bool {
    rustix::fs::access(folder, rustix::fs::Access::WRITE_OK).is_ok()
}

/// Without such a question, SQLite's own error has to do.
#[cfg(not(unix))]
fn may_write(_folder: &Path) -> bool {
    true
}
