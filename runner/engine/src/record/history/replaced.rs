//! Rows whose migrations another one has replaced.

use std::collections::BTreeSet;

use rusqlite::Connection;
use serde::Serialize;

use super::{REPLACED_BY, Record, TABLE, TableRow};
use crate::id::MigrationId;
use crate::record::RecordError;

/// A migration that was applied, and that another one has replaced since.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Replaced {
    /// The migration.
    pub id: MigrationId,
    /// The one that replaced it.
    pub by: MigrationId,
}

/// What was replaced, oldest first.
///
/// # Errors
/// SQLite's error; a row that is none of ours.
pub(crate) fn replaced(connection: &Connection) -> Result<Vec<Replaced>, RecordError> {
    if !TABLE.has_column(connection, REPLACED_BY)? {
        return Ok(Vec::new());
    }
    let select =
        "SELECT id, replaced_by FROM _runner_migrations WHERE replaced_by IS NOT NULL ORDER BY id";
    let table = super::Table { name: TABLE.name, columns: &["id", REPLACED_BY] };
    table.read(connection, select, |row: &TableRow<'_>| {
        Ok(Replaced { id: row.id(0)?, by: row.id(1)? })
    })
}

/// Marks the rows of `ids` as replaced by the migration of `record`, which is in the history.
///
/// # Errors
/// SQLite's.
pub(crate) fn mark_replaced(
    connection: &Connection,
    ids: &BTreeSet<MigrationId>,
    record: &Record,
) -> rusqlite::Result<()> {
    let mark = "UPDATE _runner_migrations SET replaced_by = ?2 WHERE id = ?1";
    let mut mark = connection.prepare(mark)?;
    for id in ids {
        mark.execute([id.as_str(), record.id.as_str()])?;
    }
    Ok(())
}
