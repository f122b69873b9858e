//! The connection that has the database to itself.

use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags};

use super::Database;
use super::failure::DatabaseError;
use super::journal::JournalMode;

/// The state that a database is expected to be in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Condition {
    /// It can be read.
    Sound,
    /// It is to be overwritten: SQLite treats it as empty
    /// (<https://sqlite.org/c3ref/c_dbconfig_defensive.html#sqlitedbconfigresetdatabase>).
    Damaged,
}

impl Database {
    /// Opens it and keeps every other reader and writer out until the connection is closed. Nothing in
    /// it is changed, not even the journal mode.
    ///
    /// # Errors
    /// Another program uses it; it cannot be written; it is damaged, and was expected to be sound.
    pub(crate) fn open_alone(
        &self,
        patience: Duration,
        condition: Condition,
    ) -> Result<Connection, DatabaseError> {
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE;
        let connection = match condition {
            Condition::Sound => {
                self.check_writable(patience)?;
                self.open(flags, patience)?
            }
            Condition::Damaged => self.connect(flags, patience)?,
        };
        self.refuse_read_only(&connection)?;
        let alone = || -> rusqlite::Result<()> {
            if condition == Condition::Damaged {
                connection.set_db_config(DbConfig::SQLITE_DBCONFIG_RESET_DATABASE, true)?;
            }
            connection.pragma_update(None, "synchronous", "EXTRA")?;
            connection.pragma_update_and_check(None, "locking_mode", "EXCLUSIVE", |_| Ok(()))?;
            if condition == Condition::Damaged {
                // A log of what is damaged could not be read under the lock.
                JournalMode::Delete.set(&connection)?;
            }
            // In this mode the lock is kept when the transaction ends, in WAL mode too
            // (<https://sqlite.org/wal.html#use_of_wal_without_shared_memory>).
            connection.execute_batch("BEGIN EXCLUSIVE; ROLLBACK")
        };
        match alone() {
            Ok(()) => Ok(connection),
            Err(error) => Err(self.sqlite_error(error)),
        }
    }
}
