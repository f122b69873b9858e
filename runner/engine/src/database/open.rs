//! The database file: where it is, whether it may be written, and the connections that read it and that
//! migrate it.

use std::ffi::CStr;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, ErrorCode, OpenFlags, ffi};
use serde::{Deserialize, Serialize};

use super::failure::{DatabaseError, Reason};
use super::lock_holders;
use crate::exit::{self, Exit};
use crate::safeguard::Safeguard;

/// A database file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Database {
    /// The file.
    pub path: PathBuf,
    /// Whether it may be made if it is not there.
    pub create: bool,
    /// The file that it is made in, until it is whole and gets its name.
    #[serde(skip)]
    made_in: Option<PathBuf>,
    /// The VFS that it is opened through; `None`: SQLite's default.
    #[serde(skip)]
    vfs: Option<&'static CStr>,
}

impl Database {
    /// The database at `path`, which is made if it is not there.
    #[must_use]
    pub fn at(path: impl Into<PathBuf>) -> Self {
        Self { path: path.into(), create: true, made_in: None, vfs: None }
    }

    /// The database at `path`, which is never made.
    #[must_use]
    pub fn existing_at(path: impl Into<PathBuf>) -> Self {
        Self { create: false, ..Self::at(path) }
    }

    /// The same database, which is never made: it was there before.
    #[doc(hidden)]
    pub fn existing(&self) -> Self {
        Self { create: false, ..self.clone() }
    }

    /// The same database, in the file that another process makes it in. Errors name it by its own name.
    #[must_use]
    pub fn made_in(&self, file: impl Into<PathBuf>) -> Self {
        Self { made_in: Some(file.into()), ..self.clone() }
    }

    /// The same database, opened through the VFS that has this name; `None`: through SQLite's default.
    pub(crate) fn through(&self, vfs: Option<&'static CStr>) -> Self {
        Self { vfs, ..self.clone() }
    }

    /// The file that it is made in; `None`: it has its name, or gets it when it is opened.
    #[must_use]
    pub fn made_in_file(&self) -> Option<&Path> {
        self.made_in.as_deref()
    }

    /// The file to open.
    pub(crate) fn file(&self) -> &Path {
        self.made_in.as_deref().unwrap_or(&self.path)
    }

    /// Whether there is a file that is not empty. To SQLite an empty file is a database; here it is one
    /// that is still to be made.
    ///
    /// # Errors
    /// The path leads to something that is not a file, or cannot be followed.
    pub fn exists(&self) -> Result<bool, DatabaseError> {
        match fs::metadata(self.file()) {
            Ok(metadata) if metadata.is_dir() => Err(self.fail(Reason::Folder)),
            Ok(metadata) if !metadata.is_file() => Err(self.fail(Reason::NotAFile)),
            Ok(metadata) => Ok(metadata.len() > 0),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
            Err(error) => Err(self.fail(Reason::Unreachable(error))),
        }
    }

    /// The same database with an absolute path: a migration may change the current folder.
    #[must_use]
    pub(crate) fn absolute(&self) -> Self {
        let path = std::path::absolute(&self.path).unwrap_or_else(|_| self.path.clone());
        Self { path, ..self.clone() }
    }

    /// Opens it for reading. `None`: there is no file yet.
    ///
    /// One thing is written all the same: SQLite rolls back the transaction of a program that died, as
    /// for every program that opens the file (<https://sqlite.org/lockingv3.html#hot_journals>).
    ///
    /// # Errors
    /// It is not a database, is locked for longer than `patience`, or cannot be read.
    pub fn look(&self, patience: Duration) -> Result<Option<Connection>, DatabaseError> {
        if !self.exists()? {
            return Ok(None);
        }
        if !self.has_log() {
            // In WAL mode SQLite makes two files beside the database, and the last connection
            // removes them only if it may write.
            let connection = self.open(OpenFlags::SQLITE_OPEN_READ_WRITE, patience)?;
            return match connection.pragma_update(None, "query_only", true) {
                Ok(()) => Ok(Some(connection)),
                Err(error) => Err(self.sqlite_error(error)),
            };
        }
        match self.open(OpenFlags::SQLITE_OPEN_READ_ONLY, patience) {
            Err(error) if error.needs_recovery() => {
                drop(self.open(OpenFlags::SQLITE_OPEN_READ_WRITE, patience)?);
                self.open(OpenFlags::SQLITE_OPEN_READ_ONLY, patience).map(Some)
            }
            opened => opened.map(Some),
        }
    }

    /// Whether there may be commits in a log beside the database. Closing a connection that may write
    /// would then write them into the file.
    pub(super) fn has_log(&self) -> bool {
        self.log().exists()
    }

    /// Whether there is a log beside the database with nothing in it.
    pub(super) fn has_empty_log(&self) -> bool {
        fs::metadata(self.log()).is_ok_and(|log| log.len() == 0)
    }

    fn log(&self) -> PathBuf {
        let mut log = self.file().as_os_str().to_owned();
        log.push("-wal");
        log.into()
    }

    /// Cleans up after a program that died in a transaction. SQLite rolls back what is unfinished.
    /// Readers leave a journal that was never hot; an empty transaction of our own, rolled back at
    /// once, takes it over and removes it.
    ///
    /// # Errors
    /// As [`Self::look`].
    pub fn clear_up(&self, patience: Duration) -> Result<(), DatabaseError> {
        if !self.file().exists() {
            return Ok(());
        }
        self.open(OpenFlags::SQLITE_OPEN_READ_WRITE, patience)?
            .execute_batch("BEGIN IMMEDIATE; PRAGMA user_version = 0; ROLLBACK")
            .map_err(|error| self.sqlite_error(error))
    }

    /// Opens it to migrate, with the settings that migrations run under:
    ///
    /// - `synchronous = EXTRA`, so that a COMMIT that was reported survives a power cut
    ///   (<https://sqlite.org/pragma.html#pragma_synchronous>); OFF while it has not got its name: a power
    ///   cut leaves nothing of it, and no COMMIT is reported before;
    /// - `foreign_keys = OFF`, so that rebuilding a table does not delete the rows that point to it
    ///   (<https://sqlite.org/lang_altertable.html#otheralter>);
    /// - defensive, so that no SQL can write over the schema or the file's own structures.
    ///
    /// # Errors
    /// As [`Self::check_writable`], and SQLite's own.
    pub fn open_to_migrate(&self, patience: Duration) -> Result<Connection, DatabaseError> {
        let mut flags = OpenFlags::SQLITE_OPEN_READ_WRITE;
        if !self.exists()? {
            if !self.create {
                return Err(self.absent());
            }
            self.refuse_to_make()?;
            flags |= OpenFlags::SQLITE_OPEN_CREATE;
        } else {
            self.refuse_hard_links()?;
        }
        let connection = self.open(flags, patience)?;
        self.refuse_read_only(&connection)?;
        self.configure_to_migrate(connection)
    }

    /// A second connection to a file that this process has open already: it is never made.
    ///
    /// # Errors
    /// It cannot be opened.
    pub(crate) fn open_again_to_migrate(
        &self,
        patience: Duration,
    ) -> Result<Connection, DatabaseError> {
        self.configure_to_migrate(self.open(OpenFlags::SQLITE_OPEN_READ_WRITE, patience)?)
    }

    fn configure_to_migrate(&self, connection: Connection) -> Result<Connection, DatabaseError> {
        let set = || -> rusqlite::Result<bool> {
            let synchronous = match self.made_in {
                Some(_) => "OFF",
                None => Safeguard::DurableCommit.choose("EXTRA", "FULL"),
            };
            connection.pragma_update(None, "synchronous", synchronous)?;
            connection.pragma_update(
                None,
                "foreign_keys",
                Safeguard::ForeignKeysOff.choose(false, true),
            )?;
            connection.set_db_config(DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true)?;
            let enforced: bool =
                connection.pragma_query_value(None, "foreign_keys", |row| row.get(0))?;
            Ok(enforced && Safeguard::ForeignKeysOff.is_on())
        };
        match set() {
            Ok(false) => Ok(connection),
            Ok(true) => Err(self.fail(Reason::ForeignKeysStayOn)),
            Err(error) => Err(self.sqlite_error(error)),
        }
    }

    /// Opens a connection that sees from outside what a migration commits. Only for a file that is
    /// being migrated.
    ///
    /// # Errors
    /// SQLite's.
    pub(crate) fn open_witness(&self, patience: Duration) -> Result<Connection, DatabaseError> {
        self.open(OpenFlags::SQLITE_OPEN_READ_ONLY, patience)
    }

    /// What SQLite refused, as an error of this database.
    #[doc(hidden)]
    pub fn sqlite_error(&self, error: rusqlite::Error) -> DatabaseError {
        self.fail(Reason::Sqlite(error))
    }

    /// An open connection that has read the file's header and schema.
    pub(super) fn open(
        &self,
        flags: OpenFlags,
        patience: Duration,
    ) -> Result<Connection, DatabaseError> {
        let connection = self.connect(flags, patience)?;
        let read = connection.query_row("SELECT count(*) FROM sqlite_schema", [], |_| Ok(()));
        read.map(|()| connection).map_err(|error| {
            // In WAL mode SQLite writes beside the database even to read.
            let needs_folder = error
                .sqlite_error()
                .is_some_and(|error| error.extended_code == ffi::SQLITE_READONLY_DIRECTORY);
            self.fail(if needs_folder {
                Reason::ReadOnlyFolder { folder: self.folder().to_owned() }
            } else {
                Reason::Sqlite(error)
            })
        })
    }

    /// An open connection that has read nothing. The path is made absolute, so that it never begins
    /// with `file:`, which SQLite would read as a URI.
    pub(super) fn connect(
        &self,
        flags: OpenFlags,
        patience: Duration,
    ) -> Result<Connection, DatabaseError> {
        let path = std::path::absolute(self.file())
            .map_err(|error| self.fail(Reason::Unreachable(error)))?;
        let flags = flags | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let opened = match self.vfs {
            Some(vfs) => Connection::open_with_flags_and_vfs(path, flags, vfs),
            None => Connection::open_with_flags(path, flags),
        };
        opened
            .and_then(|connection| connection.busy_timeout(patience).map(|()| connection))
            .map_err(|error| match error.sqlite_error_code() {
                // It was there a moment ago.
                Some(ErrorCode::CannotOpen) if !self.file().exists() => self.absent(),
                // SQLite says only that it cannot open it.
                Some(ErrorCode::CannotOpen) => match unreadable(self.file()) {
                    Some(denied) => self.fail(Reason::Unreachable(denied)),
                    None => self.sqlite_error(error),
                },
                _ => self.sqlite_error(error),
            })
    }

    /// The folder that it is in.
    pub(super) fn folder(&self) -> &Path {
        match self.path.parent() {
            Some(folder) if !folder.as_os_str().is_empty() => folder,
            _ => Path::new("."),
        }
    }

    /// The error about a database that is still to be made, and may not be.
    pub(super) fn absent(&self) -> DatabaseError {
        self.fail(if self.file().exists() { Reason::Empty } else { Reason::Missing })
    }

    pub(super) fn fail(&self, reason: Reason) -> DatabaseError {
        let reason = match reason {
            Reason::Sqlite(error) => Reason::Sqlite(self.with_holders(error)),
            reason => reason,
        };
        DatabaseError { path: self.path.clone(), reason }
    }

    /// `error` with those who hold the lock that it is about, where the system says.
    pub(crate) fn with_holders(&self, error: rusqlite::Error) -> rusqlite::Error {
        if exit::of_sqlite(&error) == Exit::TryAgain {
            lock_holders::named_in(error, &lock_holders::of(self.file()))
        } else {
            error
        }
    }

    /// Who else holds locks on it, as the end of a sentence; empty where the system does not say.
    pub(crate) fn who_reads(&self) -> String {
        lock_holders::others_in_words(&lock_holders::of(self.file()))
    }
}

/// Why this user may not read the file at `path`, if that is so. It is not opened: closing it would drop SQLite's
/// locks.
#[cfg(unix)]
fn unreadable(path: &Path) -> Option<io::Error> {
    use rustix::fs::{Access, access};
    let denied = access(path, Access::READ_OK).err()?;
    (denied == rustix::io::Errno::ACCESS).then(|| denied.into())
}

#[cfg(not(unix))]
fn unreadable(_: &Path) -> Option<io::Error> {
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::exit::Exit;

    const PATIENCE: Duration = Duration::from_millis(100);

    fn at(path: PathBuf, create: bool) -> Database {
        Database { create, ..Database::at(path) }
    }

    fn said(error: &DatabaseError) -> String {
        use std::error::Error as _;
        error.source().unwrap().to_string()
    }

    #[test]
    fn looking_at_nothing_finds_nothing_and_makes_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let database = at(folder.path().join("a.db"), true);
        assert!(database.look(PATIENCE).unwrap().is_none());
        assert!(!database.path.exists());
    }

    #[test]
    fn a_missing_database_is_made_only_where_that_was_allowed() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.db");
        let error = at(path.clone(), false).check_writable(PATIENCE).unwrap_err();
        assert_eq!((said(&error).as_str(), error.exit()), ("it does not exist", Exit::Usage));
        assert!(at(path.clone(), false).open_to_migrate(PATIENCE).is_err());
        assert!(!path.exists());
        at(path.clone(), true).check_writable(PATIENCE).unwrap();
        assert!(!path.exists());
        at(path.clone(), true).open_to_migrate(PATIENCE).unwrap();
    }

    #[test]
    fn an_empty_file_is_no_database_yet() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.db");
        fs::write(&path, "").unwrap();
        assert_eq!(
            said(&at(path, false).check_writable(PATIENCE).unwrap_err()),
            "it is an empty file"
        );
    }

    #[test]
    fn folders_and_other_files_are_refused_with_the_true_reason() {
        let folder = tempfile::tempdir().unwrap();
        let error = at(folder.path().to_owned(), true).look(PATIENCE).unwrap_err();
        assert_eq!((said(&error).as_str(), error.exit()), ("it is a folder", Exit::Usage));

        let path = folder.path().join("a.db");
        fs::write(&path, "not a database, but long enough to look like one. ".repeat(99)).unwrap();
        let error = at(path, true).look(PATIENCE).unwrap_err();
        assert_eq!(
            (said(&error).as_str(), error.exit()),
            ("file is not a database", Exit::Damaged)
        );
    }

    #[test]
    fn the_connection_that_migrates_has_its_own_settings() {
        let folder = tempfile::tempdir().unwrap();
        let database = at(folder.path().join("a.db"), true);
        let connection = database.open_to_migrate(PATIENCE).unwrap();
        let pragma = |name| connection.pragma_query_value(None, name, |row| row.get::<_, i64>(0));
        const EXTRA: i64 = 3;
        assert_eq!(pragma("synchronous").unwrap(), EXTRA);
        assert_eq!(pragma("foreign_keys").unwrap(), 0);
        assert!(connection.db_config(DbConfig::SQLITE_DBCONFIG_DEFENSIVE).unwrap());
    }

    #[test]
    fn a_name_that_looks_like_a_uri_is_a_file() {
        let folder = tempfile::tempdir().unwrap();
        let database = at(folder.path().join("file:a.db?mode=memory"), true);
        database.open_to_migrate(PATIENCE).unwrap().execute_batch("CREATE TABLE t (a)").unwrap();
        assert!(database.exists().unwrap());
    }
}
