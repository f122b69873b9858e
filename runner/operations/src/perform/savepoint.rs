//! What makes operations all or nothing: a transaction, or a savepoint in somebody else's.

use rusqlite::Connection;
use rusqlite::config::DbConfig;

use super::connection_settings::Configured;

/// An open transaction or savepoint. Dropped without being closed, it is rolled back.
pub(super) struct Frame<'c> {
    connection: &'c Connection,
    kind: FrameKind<'c>,
    is_open: bool,
}

enum FrameKind<'c> {
    /// A transaction of its own, with foreign keys not enforced, which can only be set outside of one
    /// (<https://sqlite.org/pragma.html#pragma_foreign_keys>).
    Transaction { _unenforced: Configured<'c> },
    /// A savepoint of this name in the caller's transaction.
    Savepoint(String),
}

/// Whether what was done in a frame is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ending {
    Keep,
    Undo,
}

const UNENFORCED: [(DbConfig, bool); 1] = [(DbConfig::SQLITE_DBCONFIG_ENABLE_FKEY, false)];

impl<'c> Frame<'c> {
    pub(super) fn open(connection: &'c Connection) -> rusqlite::Result<Self> {
        let kind = if connection.is_autocommit() {
            let unenforced = Configured::new(connection, &UNENFORCED)?;
            connection.execute_batch("BEGIN IMMEDIATE")?;
            FrameKind::Transaction { _unenforced: unenforced }
        } else {
            let name: String = connection.query_row(
                "SELECT 'migrating_' || lower(hex(randomblob(8)))",
                [],
                |row| row.get(0),
            )?;
            connection.execute_batch(&format!("SAVEPOINT {name}"))?;
            FrameKind::Savepoint(name)
        };
        Ok(Self { connection, kind, is_open: true })
    }

    pub(super) fn close(mut self, ending: Ending) -> rusqlite::Result<()> {
        self.end(ending)
    }

    fn end(&mut self, ending: Ending) -> rusqlite::Result<()> {
        self.is_open = false;
        match (&self.kind, ending) {
            (FrameKind::Transaction { .. }, Ending::Keep) => {
                let committed = self.connection.execute_batch("COMMIT");
                if committed.is_err() && !self.connection.is_autocommit() {
                    self.connection.execute_batch("ROLLBACK")?;
                }
                committed
            }
            (FrameKind::Savepoint(name), Ending::Keep) => {
                self.connection.execute_batch(&format!("RELEASE {name}"))
            }
            // SQLite rolls back by itself after some errors
            // (<https://sqlite.org/lang_transaction.html#response_to_errors_within_a_transaction>).
            (_, Ending::Undo) if self.connection.is_autocommit() => Ok(()),
            (FrameKind::Transaction { .. }, Ending::Undo) => {
                self.connection.execute_batch("ROLLBACK")
            }
            (FrameKind::Savepoint(name), Ending::Undo) => {
                self.connection.execute_batch(&format!("ROLLBACK TO {name}; RELEASE {name}"))
            }
        }
    }
}

impl Drop for Frame<'_> {
    fn drop(&mut self) {
        if self.is_open {
            // Somebody panicked. If this fails too, closing the connection rolls back.
            let _ = self.end(Ending::Undo);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tables(connection: &Connection) -> i64 {
        connection.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0)).unwrap()
    }

    #[test]
    fn a_frame_that_is_forgotten_leaves_nothing() {
        let connection = Connection::open_in_memory().unwrap();
        {
            let _frame = Frame::open(&connection).unwrap();
            connection.execute_batch("CREATE TABLE t (a)").unwrap();
        }
        assert!(connection.is_autocommit() && tables(&connection) == 0);
    }

    #[test]
    fn foreign_keys_are_off_inside_a_transaction_of_its_own_and_on_again_afterwards() {
        let connection = Connection::open_in_memory().unwrap();
        let enforced = || connection.db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_FKEY).unwrap();
        connection.execute_batch("PRAGMA foreign_keys = ON").unwrap();
        for ending in [Ending::Keep, Ending::Undo] {
            let frame = Frame::open(&connection).unwrap();
            assert!(!enforced());
            frame.close(ending).unwrap();
            assert!(enforced());
        }
    }

    #[test]
    fn in_somebody_elses_transaction_only_its_own_work_is_undone() {
        let connection = Connection::open_in_memory().unwrap();
        connection.execute_batch("BEGIN; CREATE TABLE theirs (a)").unwrap();
        let frame = Frame::open(&connection).unwrap();
        connection.execute_batch("CREATE TABLE ours (a)").unwrap();
        frame.close(Ending::Undo).unwrap();
        assert!(!connection.is_autocommit() && tables(&connection) == 1);
    }
}
