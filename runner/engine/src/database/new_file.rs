//! A new database is made under another name beside its own, and renamed once it is whole and on the
//! disk. Until then its commits need not wait for the disk.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use super::Database;
use super::failure::{DatabaseError, Reason};
use super::maker_lock::{MakerLock, Tried};
use super::new_name::{self, NewName};
use super::reserved_name::resolved;
use crate::stop::Stop;

/// A database without its name. It is removed when this is dropped, unless it has got the name.
#[derive(Debug)]
pub(crate) struct NewFile {
    /// The database, in the file that it is made in.
    database: Database,
    /// The name that it is to have, with all links followed.
    name: PathBuf,
    // It is dropped last: until then nobody else makes this database.
    _lock: MakerLock,
}

/// Which process makes a database.
#[derive(Debug)]
pub(crate) enum Maker {
    /// This process alone.
    Us(NewFile),
    /// None: the database exists, or the file system cannot rename it once it is whole. It is opened,
    /// or made, under its own name.
    InPlace,
    /// Another process. This one stopped waiting for it, since a stop was requested.
    Stopped,
}

/// Why a new database has not got its name.
#[derive(Debug)]
pub(crate) enum NamingError {
    /// Another process made a file of that name.
    Taken,
    /// It has its name, and may lose it in a power cut.
    InDoubt(io::Error),
    /// It cannot be.
    Refused(DatabaseError),
}

impl NewFile {
    /// Makes `database` in this process, if it is not there and may be made. If another process is
    /// making it, waits for that one as long as `patience` allows.
    ///
    /// # Errors
    /// Another process is still at it; the name is reserved for a part of another database, or parts of
    /// this one are there without it.
    pub(crate) fn begin(
        database: &Database,
        patience: Duration,
        stop: &Stop,
    ) -> Result<Maker, DatabaseError> {
        const PAUSE: Duration = Duration::from_millis(20);
        let name = resolved(&database.path);
        let Some(names) = NewName::of(&name) else { return Ok(Maker::InPlace) };
        let began = Instant::now();
        loop {
            if is_there(&name) {
                MakerLock::clear_up(&names);
                return Ok(Maker::InPlace);
            }
            if !database.create {
                return Ok(Maker::InPlace);
            }
            match MakerLock::take(&names) {
                Ok(Tried::Held(lock)) => return Self::make(database, name, &names, lock),
                Ok(Tried::Refused) => {}
                // Why nothing can be made in this folder is for SQLite to say.
                Ok(Tried::Unsupported) | Err(_) => return Ok(Maker::InPlace),
            }
            let left = patience.saturating_sub(began.elapsed());
            if stop.is_requested() {
                return Ok(Maker::Stopped);
            }
            if left.is_zero() {
                return Err(database.fail(Reason::BeingMade));
            }
            thread::sleep(PAUSE.min(left));
        }
    }

    /// Removes what a process left beside `database` that died right after this had got its name.
    pub(crate) fn clear_up(database: &Database) {
        if let Some(names) = NewName::of(&resolved(&database.path)) {
            MakerLock::clear_up(&names);
        }
    }

    fn make(
        database: &Database,
        name: PathBuf,
        names: &NewName,
        lock: MakerLock,
    ) -> Result<Maker, DatabaseError> {
        // Whoever had the lock before may have made it.
        if is_there(&name) {
            return Ok(Maker::InPlace);
        }
        database.refuse_to_make()?;
        let Ok(file) = names.unused(new_name::rename_without_replacing) else {
            return Ok(Maker::InPlace);
        };
        let database = database.made_in(file);
        Ok(Maker::Us(Self { database, name, _lock: lock }))
    }

    /// The database under the name that it has until it gets its own.
    pub(crate) fn database(&self) -> &Database {
        &self.database
    }

    /// Gives it its name, if anything was committed; returns whether it was. All connections are
    /// closed. A transaction of a process that died is rolled back first.
    ///
    /// # Errors
    /// See [`NamingError`].
    pub(crate) fn finish(self, patience: Duration) -> Result<bool, NamingError> {
        let file = self.database.file();
        self.recover(patience).map_err(NamingError::Refused)?;
        if !fs::metadata(file).is_ok_and(|metadata| metadata.len() > 0) {
            return Ok(false);
        }
        let refused = |reason| NamingError::Refused(self.database.fail(reason));
        self.database.refuse_leftovers().map_err(NamingError::Refused)?;
        // Before the name: a power cut may keep the name, and must then find all of the file.
        new_name::sync(file).map_err(|error| refused(Reason::NotSynced(error)))?;
        match new_name::rename_without_replacing(file, &self.name) {
            Ok(()) => {}
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                return Err(NamingError::Taken);
            }
            Err(error) => return Err(refused(Reason::NotNamed(error))),
        }
        let folder = self.name.parent().unwrap_or(Path::new("."));
        new_name::sync(folder).map_err(NamingError::InDoubt)?;
        Ok(true)
    }

    /// Rolls back an unfinished transaction, and writes the content of a log into the file: neither a
    /// journal nor a log would be found under another name.
    fn recover(&self, patience: Duration) -> Result<(), DatabaseError> {
        let left = |database: &Database| database.parts().into_iter().find(|part| part.exists());
        if left(&self.database).is_none() {
            return Ok(());
        }
        self.database.clear_up(patience)?;
        match left(&self.database) {
            Some(file) if self.database.file().exists() => {
                Err(self.database.fail(Reason::Leftover { file }))
            }
            _ => Ok(()),
        }
    }
}

impl Drop for NewFile {
    fn drop(&mut self) {
        // Nothing is there under these names any more if it has got its own.
        let _ = fs::remove_file(self.database.file());
        for part in self.database.parts() {
            let _ = fs::remove_file(part);
        }
    }
}

/// A link to nothing does not count, and has been followed; a file of no bytes does.
fn is_there(name: &Path) -> bool {
    fs::symlink_metadata(name).is_ok()
}

#[cfg(test)]
#[cfg(any(target_os = "linux", target_os = "macos"))]
mod tests {
    use super::*;

    const PATIENCE: Duration = Duration::from_millis(50);

    fn begin(database: &Database) -> Result<Maker, DatabaseError> {
        NewFile::begin(database, PATIENCE, &Stop::default())
    }

    fn ours(database: &Database) -> NewFile {
        match begin(database).unwrap() {
            Maker::Us(file) => file,
            other => panic!("{other:?}"),
        }
    }

    fn names(folder: &Path) -> Vec<String> {
        let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name());
        let mut names: Vec<_> = entries.map(|name| name.into_string().unwrap()).collect();
        names.sort();
        names
    }

    fn fill(database: &Database) {
        let connection = database.open_to_migrate(PATIENCE).unwrap();
        connection.execute_batch("CREATE TABLE t (a)").unwrap();
    }

    #[test]
    fn it_has_its_name_when_it_is_finished_and_until_then_nobody_finds_it() {
        let folder = tempfile::tempdir().unwrap();
        let database = Database::at(folder.path().join("a.db"));
        let new = ours(&database);
        fill(new.database());
        assert!(!database.exists().unwrap());
        assert!(new.finish(PATIENCE).unwrap());
        assert!(database.exists().unwrap());
        assert_eq!(names(folder.path()), ["a.db"]);
        assert!(matches!(begin(&database).unwrap(), Maker::InPlace));
    }

    #[test]
    fn one_makes_it_and_the_others_wait_as_long_as_they_may() {
        let folder = tempfile::tempdir().unwrap();
        let database = Database::at(folder.path().join("a.db"));
        let new = ours(&database);
        assert_eq!(begin(&database).unwrap_err().exit(), crate::Exit::TryAgain);
        let stop = Stop::default();
        stop.request();
        let long = Duration::from_secs(3600);
        assert!(matches!(NewFile::begin(&database, long, &stop).unwrap(), Maker::Stopped));
        drop(new);
        assert_eq!(names(folder.path()), [""; 0]);
        drop(ours(&database));
    }

    #[test]
    fn what_somebody_else_has_made_meanwhile_stays() {
        let folder = tempfile::tempdir().unwrap();
        let database = Database::at(folder.path().join("a.db"));
        let new = ours(&database);
        fill(new.database());
        fs::write(&database.path, "theirs").unwrap();
        assert!(matches!(new.finish(PATIENCE).unwrap_err(), NamingError::Taken));
        assert_eq!(fs::read(&database.path).unwrap(), b"theirs");
        assert_eq!(names(folder.path()), ["a.db"]);
    }

    #[test]
    fn what_a_dead_process_left_is_removed_and_what_it_left_half_done_is_rolled_back() {
        let folder = tempfile::tempdir().unwrap();
        let database = Database::at(folder.path().join("a.db"));
        let at = |name: &str| folder.path().join(name);
        for left in ["lock", "0123abcd", "0123abcd-journal"] {
            fs::write(at(&format!(".runner-new-a.db.{left}")), "left").unwrap();
        }
        fs::write(at(".runner-new-other.db.0123abcd"), "another").unwrap();
        let new = ours(&database);
        fill(new.database());
        let dying = new.database().open_to_migrate(PATIENCE).unwrap();
        let much = "BEGIN; PRAGMA cache_size = 1; CREATE TABLE u (a);
            WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2000)
            INSERT INTO u SELECT randomblob(300) FROM n";
        dying.execute_batch(much).unwrap();
        // As the files are when a process dies in a transaction.
        let file = new.database().file().to_owned();
        let [journal, ..] = new_name::parts(&file);
        let dead = [&file, &journal].map(|path| (path, fs::read(path).unwrap()));
        dying.execute_batch("ROLLBACK").unwrap();
        drop(dying);
        dead.into_iter().for_each(|(path, bytes)| fs::write(path, bytes).unwrap());
        assert!(new.finish(PATIENCE).unwrap());
        let connection = database.look(PATIENCE).unwrap().unwrap();
        let tables = "SELECT group_concat(name) FROM sqlite_schema";
        let tables: String = connection.query_row(tables, [], |row| row.get(0)).unwrap();
        assert_eq!(tables, "t");
        assert_eq!(names(folder.path()), [".runner-new-other.db.0123abcd", "a.db"]);
    }

    #[cfg(unix)]
    #[test]
    fn a_link_to_nothing_leads_to_it() {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("data")).unwrap();
        std::os::unix::fs::symlink("data/a.db", folder.path().join("link.db")).unwrap();
        let database = Database::at(folder.path().join("link.db"));
        let new = ours(&database);
        fill(new.database());
        assert!(new.finish(PATIENCE).unwrap());
        assert_eq!(names(&folder.path().join("data")), ["a.db"]);
        assert!(database.exists().unwrap());
    }
}
