//! A database that a job makes. It gets its name when it is whole and on the disk; no step is reported
//! before.

use std::time::Duration;

use rusqlite::ffi;

use super::failure::ApplyError;
use crate::database::{Database, Maker, NamingError, NewFile};
use crate::event::{Event, Observer};
use crate::id::MigrationId;
use crate::premise::{Change, StalePlan};
use crate::stop::Stop;

/// A new database while it is made. If this is dropped before [`finish`](Self::finish), nothing is left
/// of it.
#[derive(Debug)]
pub struct NewDatabase {
    file: NewFile,
    patience: Duration,
    /// The steps that were taken; they are reported once the database has its name.
    finished: Vec<Event>,
}

impl NewDatabase {
    /// Makes `database` in this process, if it does not exist and the steps begin with `first`. If
    /// another process is making it, waits for that one as long as `patience` allows; then the database
    /// exists. `None`: the database exists, or cannot be made beside its name, so the steps are taken
    /// on the file itself.
    ///
    /// # Errors
    /// Another process is still making it; a stop was requested; parts of a database of that name are
    /// there.
    pub fn begin(
        database: &Database,
        first: &MigrationId,
        patience: Duration,
        stop: &Stop,
    ) -> Result<Option<Self>, ApplyError> {
        if database.made_in_file().is_some() {
            return Ok(None);
        }
        match NewFile::begin(database, patience, stop)? {
            Maker::Us(file) => Ok(Some(Self { file, patience, finished: Vec::new() })),
            Maker::InPlace => Ok(None),
            Maker::Stopped => Err(ApplyError::Stopped { id: first.clone() }),
        }
    }

    /// The database that the steps are taken on, in this process or in another one.
    #[must_use]
    pub fn database(&self) -> &Database {
        self.file.database()
    }

    /// Passes events on to `observe`, but keeps back those of steps that were taken.
    pub fn observe(&mut self, event: Event, observe: &mut Observer<'_>) {
        match event {
            Event::Finished { .. } | Event::Redefined(_) | Event::Kept(_) | Event::PutBack(_) => {
                self.finished.push(event);
            }
            event => observe(event),
        }
    }

    /// Syncs the database, gives it its name, and reports the steps that were taken. All connections
    /// are closed, and no other process works on the database any more.
    ///
    /// # Errors
    /// The database did not get its name, so no step is taken; or the error says that this is not
    /// known.
    pub fn finish(self, observe: &mut Observer<'_>) -> Result<(), ApplyError> {
        let path = self.file.database().path.clone();
        let last = self.finished.iter().rev().find_map(|event| match event {
            Event::Finished { id, .. } => Some(id.clone()),
            _ => None,
        });
        match (self.file.finish(self.patience), last) {
            (Ok(false), Some(id)) => return Err(ApplyError::Moved { id }),
            (Ok(_), _) => {}
            (Err(NamingError::Refused(error)), _) => return Err(error.into()),
            (Err(NamingError::Taken), _) => {
                return Err(StalePlan { change: Change::Made(path) }.into());
            }
            (Err(NamingError::InDoubt(error)), Some(id)) => {
                let code = ffi::Error::new(ffi::SQLITE_IOERR_DIR_FSYNC);
                let source = rusqlite::Error::SqliteFailure(code, Some(error.to_string()));
                return Err(ApplyError::OutcomeUnknown { id, source });
            }
            // No step was taken that could be lost.
            (Err(NamingError::InDoubt(_)), None) => {}
        }
        self.finished.into_iter().for_each(observe);
        Ok(())
    }
}
