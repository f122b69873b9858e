//! A connection that reads a database and leaves its files as they are, and copies what it holds beside writers.

use std::path::Path;
use std::thread;
use std::time::Duration;

use rusqlite::backup::{Backup, Progress, StepResult};
use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags, ffi};

use super::copy_in_steps::{Copied, Pace, copy_in_steps};
use super::{Database, DatabaseError, JournalMode};
use crate::stop::Stop;

/// A database that is there and is only read. Nothing of it changes by that: no commit in its log is written into the
/// file, not even when this is closed as the last connection.
///
/// One thing is done all the same, as by every program that opens the file: the transaction of a program that died is
/// rolled back.
#[derive(Debug)]
pub struct OnlyRead {
    connection: Connection,
    database: Database,
    /// Whether this connection made the log, with nothing in it.
    made_the_log: bool,
}

/// How a [copy](OnlyRead::copy) ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CopyEnd {
    /// It is whole, and of one state.
    Whole {
        /// What [`OnlyRead::version`] was in that state.
        version: i64,
    },
    /// Each of so many times that it was copied, somebody wrote to it before the end.
    Overtaken {
        /// How many times.
        times: u32,
    },
    /// The end was asked for.
    Stopped,
}

impl OnlyRead {
    /// Opens `database`. `None`: it is not there.
    ///
    /// # Errors
    /// It is no database, is locked for longer than `patience`, or cannot be read.
    pub fn open(database: &Database, patience: Duration) -> Result<Option<Self>, DatabaseError> {
        if !database.exists()? {
            return Ok(None);
        }
        let database = database.absolute();
        let had_a_log = database.has_log();
        let connection = match had_a_log {
            // Without a log, a connection in WAL mode makes one, and only one that may write takes it away again.
            false => database.open(OpenFlags::SQLITE_OPEN_READ_WRITE, patience)?,
            true => match database.open(OpenFlags::SQLITE_OPEN_READ_ONLY, patience) {
                Err(error) if error.needs_recovery() => {
                    database.open(OpenFlags::SQLITE_OPEN_READ_WRITE, patience)?
                }
                opened => opened?,
            },
        };
        let set = || -> rusqlite::Result<bool> {
            connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true)?;
            connection.pragma_update(None, "query_only", true)?;
            Ok(JournalMode::of(&connection)? == JournalMode::Wal)
        };
        let has_log = set().map_err(|error| database.sqlite_error(error))?;
        Ok(Some(Self { connection, database, made_the_log: has_log && !had_a_log }))
    }

    /// The connection.
    #[must_use]
    pub fn connection(&self) -> &Connection {
        &self.connection
    }

    /// The database.
    #[must_use]
    pub fn database(&self) -> &Database {
        &self.database
    }

    /// A number that is another once somebody else has committed
    /// (<https://sqlite.org/pragma.html#pragma_data_version>).
    ///
    /// # Errors
    /// SQLite's.
    pub fn version(&self) -> Result<i64, DatabaseError> {
        version(&self.connection).map_err(|error| self.database.sqlite_error(error))
    }

    /// How it keeps its transactions whole: `wal`, or `delete` where there is a rollback journal.
    ///
    /// # Errors
    /// SQLite's.
    pub fn journal_mode(&self) -> Result<&'static str, DatabaseError> {
        let mode = JournalMode::of(&self.connection);
        Ok(match mode.map_err(|error| self.database.sqlite_error(error))? {
            JournalMode::Wal => "wal",
            JournalMode::Delete => "delete",
        })
    }

    /// How many bytes it holds, with what is in its log.
    ///
    /// # Errors
    /// SQLite's.
    pub fn size(&self) -> Result<u64, DatabaseError> {
        let pragma = |name| {
            let read = self.connection.pragma_query_value(None, name, |row| row.get::<_, i64>(0));
            let number = read.map_err(|error| self.database.sqlite_error(error))?;
            Ok::<_, DatabaseError>(u64::try_from(number).unwrap_or_default())
        };
        Ok(pragma("page_count")?.saturating_mul(pragma("page_size")?))
    }

    /// Copies one state of it to the new file `to`, which gets its journal mode too, while others write. `progress` is
    /// called with the number of pages copied and of all pages.
    ///
    /// # Errors
    /// SQLite's: it cannot be read, or the copy cannot be written. Then `to` may be thrown away.
    pub fn copy(
        &self,
        to: &Path,
        stop: &Stop,
        progress: &mut dyn FnMut(u64, u64),
    ) -> rusqlite::Result<CopyEnd> {
        match JournalMode::of(&self.connection)? {
            // A reader is in nobody's way.
            JournalMode::Wal => self.copy_snapshot(to, stop, progress),
            JournalMode::Delete => self.copy_at_pace(to, stop, progress),
        }
    }

    fn copy_snapshot(
        &self,
        to: &Path,
        stop: &Stop,
        progress: &mut dyn FnMut(u64, u64),
    ) -> rusqlite::Result<CopyEnd> {
        const AT_ONCE: i32 = 1000;
        let snapshot = self.connection.unchecked_transaction()?;
        snapshot.query_row("SELECT count(*) FROM sqlite_schema", [], |_| Ok(()))?;
        let version = version(&snapshot)?;
        let mut copy = new_file(to)?;
        {
            let backup = Backup::new(&snapshot, &mut copy)?;
            loop {
                let step = backup.step(AT_ONCE)?;
                let Progress { remaining, pagecount } = backup.progress();
                progress(count(pagecount - remaining), count(pagecount));
                match step {
                    StepResult::Done => break,
                    StepResult::More if stop.is_requested() => return Ok(CopyEnd::Stopped),
                    StepResult::More => {}
                    _ => {
                        let busy = ffi::Error::new(ffi::SQLITE_BUSY);
                        return Err(rusqlite::Error::SqliteFailure(busy, None));
                    }
                }
            }
        }
        snapshot.rollback()?;
        Ok(CopyEnd::Whole { version })
    }

    fn copy_at_pace(
        &self,
        to: &Path,
        stop: &Stop,
        progress: &mut dyn FnMut(u64, u64),
    ) -> rusqlite::Result<CopyEnd> {
        let pace = Pace::default();
        let mut copy = new_file(to)?;
        for attempt in 0..pace.times {
            thread::sleep(pace.pause_before(attempt));
            // What is committed from here on is either an end of the attempt, or after it.
            let before = version(&self.connection)?;
            let mut is_stopped = false;
            let copied = copy_in_steps(&self.connection, &mut copy, pace, &mut |done, total| {
                is_stopped |= stop.is_requested();
                progress(done, total);
            });
            match copied? {
                _ if is_stopped => return Ok(CopyEnd::Stopped),
                Copied::Whole => return Ok(CopyEnd::Whole { version: before }),
                Copied::Overtaken => {}
            }
        }
        Ok(CopyEnd::Overtaken { times: pace.times })
    }
}

impl Drop for OnlyRead {
    fn drop(&mut self) {
        // The log that this connection made goes with it, if nobody has written to it: an empty one has nothing that
        // could be written into the file.
        if self.made_the_log && self.database.has_empty_log() {
            let config = DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE;
            let _ = self.connection.set_db_config(config, false);
        }
    }
}

fn version(connection: &Connection) -> rusqlite::Result<i64> {
    connection.pragma_query_value(None, "data_version", |row| row.get(0))
}

/// It needs no journal while it is made: an incomplete copy is thrown away.
fn new_file(path: &Path) -> rusqlite::Result<Connection> {
    let connection = Connection::open(path)?;
    connection.pragma_update_and_check(None, "journal_mode", "OFF", |_| Ok(()))?;
    connection.pragma_update(None, "synchronous", "OFF")?;
    Ok(connection)
}

fn count(pages: i32) -> u64 {
    u64::try_from(pages).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    const PATIENCE: Duration = Duration::from_millis(100);

    fn database(folder: &Path, mode: &str) -> Database {
        let database = Database::at(folder.join("app.db"));
        let connection = Connection::open(&database.path).unwrap();
        connection.pragma_update(None, "journal_mode", mode).unwrap();
        connection.execute_batch("CREATE TABLE t (a); INSERT INTO t VALUES (1)").unwrap();
        database
    }

    fn files(folder: &Path) -> Vec<(String, Vec<u8>)> {
        let mut files: Vec<_> = fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .map(|path| {
                (path.file_name().unwrap().to_str().unwrap().to_owned(), fs::read(&path).unwrap())
            })
            .collect();
        files.sort();
        files
    }

    fn rows(path: &Path) -> i64 {
        let copy = Connection::open(path).unwrap();
        copy.query_row("SELECT count(*) FROM t", [], |row| row.get(0)).unwrap()
    }

    #[test]
    fn what_is_only_read_is_byte_for_byte_what_it_was() {
        for mode in ["WAL", "DELETE"] {
            let folder = tempfile::tempdir().unwrap();
            let elsewhere = tempfile::tempdir().unwrap();
            let database = database(folder.path(), mode);
            let before = files(folder.path());
            let copy = elsewhere.path().join("copy.db");
            let only_read = OnlyRead::open(&database, PATIENCE).unwrap().unwrap();
            let copied = only_read.copy(&copy, &Stop::default(), &mut |_, _| {}).unwrap();
            assert!(matches!(copied, CopyEnd::Whole { .. }), "{mode}");
            drop(only_read);
            assert_eq!(files(folder.path()), before, "{mode}");
            assert_eq!(rows(&copy), 1);
            let copied = Connection::open(&copy).unwrap();
            let is: String =
                copied.pragma_query_value(None, "journal_mode", |row| row.get(0)).unwrap();
            assert_eq!(is, mode.to_ascii_lowercase());
        }
    }

    #[test]
    fn commits_in_the_log_of_a_database_stay_there() {
        let folder = tempfile::tempdir().unwrap();
        let elsewhere = tempfile::tempdir().unwrap();
        let database = database(folder.path(), "WAL");
        let writer = Connection::open(&database.path).unwrap();
        writer.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true).unwrap();
        writer.execute_batch("INSERT INTO t VALUES (2)").unwrap();
        drop(writer);
        let before = files(folder.path());
        assert_eq!(before.len(), 3);
        let copy = elsewhere.path().join("copy.db");
        let only_read = OnlyRead::open(&database, PATIENCE).unwrap().unwrap();
        only_read.copy(&copy, &Stop::default(), &mut |_, _| {}).unwrap();
        drop(only_read);
        let content = |files: Vec<(String, Vec<u8>)>| -> Vec<_> {
            files.into_iter().filter(|(name, _)| !name.ends_with("-shm")).collect()
        };
        assert_eq!(content(files(folder.path())), content(before));
        assert_eq!(rows(&copy), 2);
    }

    #[test]
    fn what_others_wrote_while_it_was_open_is_not_written_into_the_file() {
        let folder = tempfile::tempdir().unwrap();
        let database = database(folder.path(), "WAL");
        let file = fs::read(&database.path).unwrap();
        let only_read = OnlyRead::open(&database, PATIENCE).unwrap().unwrap();
        let version = only_read.version().unwrap();
        let writer = Connection::open(&database.path).unwrap();
        writer.execute_batch("INSERT INTO t VALUES (2)").unwrap();
        drop(writer);
        assert_ne!(only_read.version().unwrap(), version);
        drop(only_read);
        assert_eq!(fs::read(&database.path).unwrap(), file);
        assert_eq!(rows(&database.path), 2);
    }
}
