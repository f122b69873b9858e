//! Rows that a batched migration passed over because they failed, kept in the database until they are looked after. No
//! other file names the table.

use jiff::Timestamp;
use rusqlite::{Connection, params};
use serde::Serialize;

use crate::id::MigrationId;
use crate::record::{RecordError, Table, table_exists};

/// The table.
const TABLE: Table = Table {
    name: "_runner_failed_rows",
    columns: &["id", "table_name", "row_key", "row_values", "reason", "failed_at"],
};

/// The table's definition.
const CREATE: &str = "\
CREATE TABLE IF NOT EXISTS _runner_failed_rows (
  id TEXT NOT NULL,
  table_name TEXT NOT NULL,
  row_key TEXT NOT NULL,
  row_values TEXT NOT NULL,
  reason TEXT NOT NULL,
  failed_at TEXT NOT NULL
)";

/// A row that failed and was passed over.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FailedRow {
    /// The migration.
    pub id: MigrationId,
    /// The table.
    pub table: String,
    /// Its key, in words.
    pub key: String,
    /// The values that were read, in words.
    pub values: String,
    /// Why it failed.
    pub reason: String,
    /// When, in UTC.
    pub failed_at: Timestamp,
}

/// Notes it, in the transaction that passes over it.
///
/// # Errors
/// SQLite's.
pub(crate) fn insert(connection: &Connection, row: &FailedRow) -> rusqlite::Result<()> {
    connection.execute_batch(CREATE)?;
    connection.execute(
        "INSERT INTO _runner_failed_rows VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        params![
            row.id.as_str(),
            row.table,
            row.key,
            row.values,
            row.reason,
            row.failed_at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
        ],
    )?;
    Ok(())
}

/// All of them, in the order in which they failed.
///
/// # Errors
/// SQLite's error; a row that is none of ours.
pub fn read(connection: &Connection) -> Result<Vec<FailedRow>, RecordError> {
    let select =
        format!("SELECT {} FROM _runner_failed_rows ORDER BY rowid", TABLE.columns.join(", "));
    TABLE.read(connection, &select, |row| {
        Ok(FailedRow {
            id: row.id(0)?,
            table: row.text(1)?.to_owned(),
            key: row.text(2)?.to_owned(),
            values: row.text(3)?.to_owned(),
            reason: row.text(4)?.to_owned(),
            failed_at: row.time(5)?,
        })
    })
}

/// Forgets those of `id`, and the table with the last one. Gives how many there were.
///
/// # Errors
/// SQLite's.
pub fn delete(connection: &Connection, id: &MigrationId) -> rusqlite::Result<usize> {
    if !table_exists(connection, TABLE.name)? {
        return Ok(0);
    }
    let gone =
        connection.execute("DELETE FROM _runner_failed_rows WHERE id = ?1", [id.as_str()])?;
    let rows = "SELECT EXISTS (SELECT 1 FROM _runner_failed_rows)";
    if !connection.query_row(rows, [], |row| row.get(0))? {
        connection.execute_batch("DROP TABLE _runner_failed_rows")?;
    }
    Ok(gone)
}
