//! The file of its own that values are kept in: a database that is made under another name, read back, synced and
//! given its name before the transaction commits that takes them away.
//!
//! Transactions over attached databases are not atomic in WAL mode (<https://sqlite.org/lang_attach.html>), so the two
//! files are tied by a mark instead: what is in the file counts only while the database has the mark of it. Where the
//! commit fails or the process dies, the file is left over, says so, and is taken for nothing.

use std::collections::hash_map::RandomState;
use std::hash::{BuildHasher as _, Hasher as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::{Connection, ErrorCode, OpenFlags};
use serde::{Deserialize, Serialize};

use super::failure::{FileProblem, KeptError};
use super::set::{self, KeptSet};
use crate::database::{Database, Maker, NamingError, NewFile};
use crate::id::MigrationId;
use crate::record::RecordError;
use crate::stop::Stop;

/// A file that one run keeps what it loses in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeepFile {
    /// The file, which is not there before the run.
    pub path: PathBuf,
    /// What the file is known by as that of this run, whose later steps add to it.
    run: String,
}

const CREATE: &str = "CREATE TABLE _runner_kept_here (about TEXT NOT NULL, run TEXT NOT NULL)";

impl KeepFile {
    /// For one run, which makes it with the first step that loses something.
    pub fn at(path: impl Into<PathBuf>) -> Self {
        Self { path: path.into(), run: mark() }
    }

    /// Checks that it can still be made, or is this run's own.
    ///
    /// # Errors
    /// There is such a file; there is no folder for it.
    pub(crate) fn check(&self) -> Result<(), KeptError> {
        match std::fs::symlink_metadata(&self.path) {
            Ok(_) if !self.is_own() => Err(self.is_there()),
            Ok(_) => Ok(()),
            Err(_) => {
                self.require_folder()?;
                Database::at(&self.path)
                    .refuse_to_make()
                    .map_err(|error| self.unwritable(error.into()))
            }
        }
    }

    fn require_folder(&self) -> Result<(), KeptError> {
        let path = std::path::absolute(&self.path).unwrap_or_else(|_| self.path.clone());
        match path.parent().is_none_or(Path::is_dir) {
            true => Ok(()),
            false => Err(self.unwritable(FileProblem::Wrong("its folder is not there".to_owned()))),
        }
    }

    /// Whether the file that is there was made by this run.
    fn is_own(&self) -> bool {
        let run = || -> rusqlite::Result<String> {
            open(&self.path)?.query_row("SELECT run FROM _runner_kept_here", [], |row| row.get(0))
        };
        run().is_ok_and(|run| run == self.run)
    }

    fn is_there(&self) -> KeptError {
        let about = || -> rusqlite::Result<String> {
            open(&self.path)?.query_row("SELECT about FROM _runner_kept_here", [], |row| row.get(0))
        };
        let what = match about() {
            Ok(about) => format!("says of itself: {about}"),
            Err(_) => "is no file of kept values".to_owned(),
        };
        KeptError::FileExists { path: self.path.clone(), what }
    }

    /// Has `write` write sets into the file, and makes sure that they are there: read back, synced, under their name.
    /// Gives the sets as the database is to record them. `database` is where they come from.
    ///
    /// # Errors
    /// It is there already; it cannot be made or written; that of `write`.
    pub(crate) fn write(
        &self,
        id: &MigrationId,
        database: &Path,
        write: impl FnOnce(&Connection) -> Result<Vec<KeptSet>, KeptError>,
    ) -> Result<Vec<KeptSet>, KeptError> {
        const NOBODY_ELSE: Duration = Duration::from_secs(5);
        if self.is_own() {
            return self.add(write);
        }
        self.check()?;
        let file = Database::at(&self.path);
        let made = NewFile::begin(&file, NOBODY_ELSE, &Stop::default());
        let new = match made.map_err(|error| self.unwritable(error.into()))? {
            Maker::Us(new) => new,
            Maker::InPlace if self.path.exists() => return Err(self.is_there()),
            Maker::InPlace | Maker::Stopped => {
                let why =
                    "the file system of this folder gives no file its name without replacing one";
                return Err(self.unwritable(FileProblem::Wrong(why.to_owned())));
            }
        };
        let connection = new
            .database()
            .open_to_migrate(NOBODY_ELSE)
            .map_err(|error| self.unwritable(error.into()))?;
        let about = format!(
            "values that migrations took away from the database {}, first {id}, kept by runner on {}. They count only \
             while that database says so in its table _runner_kept",
            database.display(),
            jiff::Timestamp::now().strftime("%Y-%m-%d %H:%M:%S UTC"),
        );
        let begin = || -> rusqlite::Result<()> {
            connection.execute_batch("BEGIN IMMEDIATE")?;
            connection.execute_batch(CREATE)?;
            connection
                .execute("INSERT INTO _runner_kept_here VALUES (?1, ?2)", [&about, &self.run])?;
            Ok(())
        };
        begin().map_err(|error| self.unwritable(error.into()))?;
        let sets = self.written(write(&connection))?;
        if sets.is_empty() {
            return Ok(sets);
        }
        connection.execute_batch("COMMIT").map_err(|error| self.unwritable(error.into()))?;
        drop(connection);
        verify(new.database().file(), &sets).map_err(|source| self.unwritable(source))?;
        match new.finish(NOBODY_ELSE) {
            Ok(true) => Ok(self.in_the_database(sets)),
            Ok(false) => Err(self.unwritable(FileProblem::Absent)),
            Err(NamingError::Taken) => Err(self.is_there()),
            Err(NamingError::InDoubt(error)) => Err(self.unwritable(error.into())),
            Err(NamingError::Refused(error)) => Err(self.unwritable(error.into())),
        }
    }

    /// Adds what a later step of the same run loses.
    fn add(
        &self,
        write: impl FnOnce(&Connection) -> Result<Vec<KeptSet>, KeptError>,
    ) -> Result<Vec<KeptSet>, KeptError> {
        let failed = |error: rusqlite::Error| self.unwritable(error.into());
        let connection = Connection::open_with_flags(
            &self.path,
            OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX,
        )
        .map_err(failed)?;
        connection.execute_batch("PRAGMA synchronous = EXTRA; BEGIN IMMEDIATE").map_err(failed)?;
        let sets = self.written(write(&connection))?;
        if sets.is_empty() {
            return Ok(sets);
        }
        connection.execute_batch("COMMIT").map_err(failed)?;
        drop(connection);
        verify(&self.path, &sets).map_err(|source| self.unwritable(source))?;
        Ok(self.in_the_database(sets))
    }

    /// What SQLite refused may be about either file. That there is no room is about the one that was written.
    fn written(&self, sets: Result<Vec<KeptSet>, KeptError>) -> Result<Vec<KeptSet>, KeptError> {
        sets.map_err(|error| match error {
            KeptError::Sqlite(source)
                if source.sqlite_error_code() == Some(ErrorCode::DiskFull) =>
            {
                self.unwritable(source.into())
            }
            other => other,
        })
    }

    fn in_the_database(&self, sets: Vec<KeptSet>) -> Vec<KeptSet> {
        let path = std::path::absolute(&self.path).unwrap_or_else(|_| self.path.clone());
        let with_file = |set| KeptSet { file: Some(path.clone()), ..set };
        sets.into_iter().map(with_file).collect()
    }

    fn unwritable(&self, source: FileProblem) -> KeptError {
        KeptError::Unwritable { path: self.path.clone(), source }
    }
}

/// A file that values were kept in, open for reading, and the set in it.
pub(crate) struct KeptFile {
    pub(crate) connection: Connection,
    /// As the file has it.
    pub(crate) set: KeptSet,
}

impl KeptFile {
    /// Opens the file of `set`, which is where it was made or `moved_to`.
    ///
    /// # Errors
    /// It is not there, is damaged, or has something else.
    pub(crate) fn of(set: &KeptSet, moved_to: Option<&Path>) -> Result<Option<Self>, KeptError> {
        let Some(recorded) = &set.file else { return Ok(None) };
        let path = moved_to.unwrap_or(recorded);
        let unreadable =
            |source| KeptError::Unreadable { id: set.id.clone(), path: path.to_owned(), source };
        if !path.exists() {
            return Err(unreadable(FileProblem::Absent));
        }
        let there = || -> Result<_, FileProblem> {
            let connection = open(path)?;
            let is_it = |it: &KeptSet| it.mark == set.mark && it.file.is_none();
            let found = read(&connection)?.into_iter().find(is_it);
            let Some(found) = found else {
                let why =
                    "it does not have what was kept: it is of another database, or of another run";
                return Err(FileProblem::Wrong(why.to_owned()));
            };
            check(&connection, std::slice::from_ref(&found))?;
            Ok(Self { connection, set: found })
        };
        // Which of the two files is damaged is not for an exit code to leave open.
        there().map(Some).map_err(|problem| unreadable(problem.of_another_file()))
    }
}

/// Reads what was written, once more from the file.
fn verify(path: &Path, sets: &[KeptSet]) -> Result<(), FileProblem> {
    let connection = open(path)?;
    let there = read(&connection)?;
    if !sets.iter().all(|set| there.iter().any(|it| it.mark == set.mark)) {
        return Err(FileProblem::Wrong("it lacks what was written".to_owned()));
    }
    check(&connection, sets)
}

/// Whether the file is sound, and has as many rows of each set as it says.
fn check(connection: &Connection, sets: &[KeptSet]) -> Result<(), FileProblem> {
    let sound: String = connection.query_row("PRAGMA integrity_check(1)", [], |row| row.get(0))?;
    if sound != "ok" {
        return Err(FileProblem::Wrong(format!("it is damaged: {sound}")));
    }
    for set in sets {
        let count = format!("SELECT count(*) FROM main.{}", set.table_of_values());
        let rows: i64 = connection.query_row(&count, [], |row| row.get(0))?;
        if u64::try_from(rows) != Ok(set.rows) {
            let why = format!("it has {rows} of {} rows of `{}`", set.rows, set.table);
            return Err(FileProblem::Wrong(why));
        }
    }
    Ok(())
}

fn read(connection: &Connection) -> Result<Vec<KeptSet>, FileProblem> {
    set::read(connection).map_err(|error| match error {
        RecordError::Sqlite(error) => error.into(),
        other => FileProblem::Wrong(other.to_string()),
    })
}

/// The path is made absolute, so that it never begins with `file:`, which SQLite would read as a URI.
fn open(path: &Path) -> rusqlite::Result<Connection> {
    let path = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    Connection::open_with_flags(path, flags)
}

/// A text that nothing else has.
pub(super) fn mark() -> String {
    let number = || RandomState::new().build_hasher().finish();
    format!("{:016x}{:016x}", number(), number())
}
