//! What is in the database after a COMMIT that failed.

use rusqlite::Connection;

use crate::record::{self, Written};

/// Whether the history holds what was `written`, now and for good. The error of a COMMIT leaves that
/// open:
///
/// - in WAL mode, a commit that could not be synced lies in the log all the same. Connections that
///   are open pass it over; one that reads the log after them would find it
///   (<https://sqlite.org/walformat.html#recovery>);
/// - with a rollback journal, a commit is done when the journal is gone, and may come undone if the
///   folder could not be synced.
///
/// A transaction of our own, which changes nothing, overwrites the log in the first case and syncs the
/// folder in the second.
///
/// # Errors
/// SQLite's: then it is not known.
pub(super) fn settle(connection: &Connection, written: &Written) -> rusqlite::Result<bool> {
    connection.execute_batch("BEGIN IMMEDIATE")?;
    let committed = record::says(connection, written)?;
    let version: i64 = connection.pragma_query_value(None, "user_version", |row| row.get(0))?;
    connection.pragma_update(None, "user_version", version)?;
    connection.execute_batch("COMMIT")?;
    Ok(committed)
}
