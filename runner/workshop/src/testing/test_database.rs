//! A copy of a cached state that belongs to one test.

use std::fs::{self, File};
use std::io;
use std::path::Path;
use std::time::SystemTime;

use rusqlite::Connection;

use crate::error::TestingError;
use runner_engine::Database;
use runner_engine::scratch_folder::ScratchFolder;

/// A database of a test's own. The file goes when this is dropped.
#[derive(Debug)]
pub struct TestDatabase {
    // Closed before the folder goes.
    connection: Connection,
    database: Database,
    _folder: ScratchFolder,
}

impl TestDatabase {
    /// A copy of the file `state`, in a folder of its own below `place`; `None`: there is no such file.
    pub(super) fn copy_of(state: &Path, place: &Path) -> Result<Option<Self>, TestingError> {
        let gone = |error: &io::Error| error.kind() == io::ErrorKind::NotFound;
        // No connection is open to the state, in whatever process: its locks cannot be dropped by this.
        let file = match File::open(state) {
            Err(error) if gone(&error) => return Ok(None),
            opened => opened.map_err(unwritable(state))?,
        };
        // Who is asked for is not old.
        let _ = file.set_modified(SystemTime::now());
        Self::filled(place, |path| fs::copy(state, path).map(drop)).map(Some)
    }

    /// A database with nothing in it.
    pub(super) fn empty(place: &Path) -> Result<Self, TestingError> {
        Self::filled(place, |_| Ok(()))
    }

    fn filled(
        place: &Path,
        fill: impl FnOnce(&Path) -> io::Result<()>,
    ) -> Result<Self, TestingError> {
        let folder = ScratchFolder::new_in(place, "copy-").map_err(unwritable(place))?;
        let path = folder.path().join("test.db");
        fill(&path).map_err(unwritable(&path))?;
        let connection = Connection::open(&path).map_err(TestingError::Statement)?;
        Ok(Self { connection, database: Database::at(path), _folder: folder })
    }

    /// A connection to it.
    #[must_use]
    pub fn connection(&self) -> &Connection {
        &self.connection
    }

    /// The same, for transactions and hooks.
    pub fn connection_mut(&mut self) -> &mut Connection {
        &mut self.connection
    }

    /// Where it is: other connections may be opened to it.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.database.path
    }

    /// Lets the connection see a schema that another one has changed: until a statement runs, `SELECT *` has the columns
    /// that there were.
    pub(super) fn see_schema(&self) -> Result<(), TestingError> {
        let any = self.connection.query_row("SELECT count(*) FROM sqlite_schema", [], |_| Ok(()));
        any.map_err(TestingError::Statement)
    }

    pub(super) fn database(&self) -> &Database {
        &self.database
    }
}

fn unwritable(folder: &Path) -> impl Fn(io::Error) -> TestingError {
    move |source| TestingError::NoFolder { folder: folder.to_owned(), source }
}
