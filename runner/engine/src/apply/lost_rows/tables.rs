//! The tables as they were before a step, and as it left them.

use std::collections::{BTreeMap, BTreeSet};

use migration_api::schema::quote;
use rusqlite::{Connection, OptionalExtension};

use crate::apply::committed::Committed;

/// The tables as they were before a step.
pub(in crate::apply) struct TablesBefore<'b, 'c> {
    /// The committed database, without the earlier steps of the same transaction.
    pub(in crate::apply) committed: &'b Committed<'c>,
    /// The tables that earlier steps of the transaction touched.
    pub(in crate::apply) left: &'b Left,
}

/// Tables as a step left them, by their names in lower case; `None`: there is no such table.
pub(in crate::apply) type Left = BTreeMap<String, Option<TableLeft>>;

/// A table as a step left it, for the next step in the same transaction.
pub(in crate::apply) struct TableLeft {
    rows: u64,
    root: i64,
    columns: Vec<Column>,
}

/// The name and the type of a column.
pub(super) type Column = (String, String);

impl TablesBefore<'_, '_> {
    /// How many rows `table` had; `None`: there was no such table, or it was a virtual one.
    pub(super) fn rows(&self, table: &str) -> rusqlite::Result<Option<u64>> {
        match self.left.get(table) {
            Some(left) => Ok(left.as_ref().map(|left| left.rows)),
            None if self.root(table)?.is_some() => {
                rows(self.committed.connection()?, table).map(Some)
            }
            None => Ok(None),
        }
    }

    pub(super) fn root(&self, table: &str) -> rusqlite::Result<Option<i64>> {
        match self.left.get(table) {
            Some(left) => Ok(left.as_ref().map(|left| left.root)),
            None => root(self.committed.connection()?, table),
        }
    }

    pub(super) fn columns(&self, table: &str) -> rusqlite::Result<Vec<Column>> {
        match self.left.get(table) {
            Some(left) => Ok(left.as_ref().map(|left| left.columns.clone()).unwrap_or_default()),
            None => columns(self.committed.connection()?, table),
        }
    }
}

/// The present state of the `tables` that a step touched, for the next step in the same transaction.
///
/// # Errors
/// SQLite's error.
pub(in crate::apply) fn left_in(
    connection: &Connection,
    tables: &BTreeSet<String>,
) -> rusqlite::Result<Left> {
    let look = |table: &String| {
        let Some(root) = root(connection, table)? else { return Ok((table.clone(), None)) };
        let (rows, columns) = (rows(connection, table)?, columns(connection, table)?);
        Ok((table.clone(), Some(TableLeft { rows, root, columns })))
    };
    tables.iter().map(look).collect()
}

/// Where the rows of a table begin in the file: a rename does not change it. A virtual table has none there.
pub(super) fn root(connection: &Connection, table: &str) -> rusqlite::Result<Option<i64>> {
    connection
        .query_row(
            "SELECT rootpage FROM main.sqlite_schema \
             WHERE type = 'table' AND rootpage > 0 AND name = ?1 COLLATE NOCASE",
            [table],
            |row| row.get(0),
        )
        .optional()
}

pub(super) fn columns(connection: &Connection, table: &str) -> rusqlite::Result<Vec<Column>> {
    connection
        .prepare("SELECT name, type FROM pragma_table_xinfo(?1, 'main') ORDER BY cid")?
        .query_map([table], |row| Ok((row.get(0)?, row.get(1)?)))?
        .collect()
}

pub(super) fn rows(connection: &Connection, table: &str) -> rusqlite::Result<u64> {
    let sql = format!("SELECT count(*) FROM main.{}", quote(table));
    let count: i64 = connection.query_row(&sql, [], |row| row.get(0))?;
    Ok(count.unsigned_abs())
}

pub(super) enum Kind {
    WithRowids,
    WithoutRowids,
    Virtual,
}

pub(super) fn kind(connection: &Connection, table: &str) -> rusqlite::Result<Option<Kind>> {
    connection
        .query_row(
            "SELECT type, wr FROM pragma_table_list WHERE schema = 'main' AND name = ?1 COLLATE NOCASE",
            [table],
            |row| {
                let (kind, without_rowids): (String, bool) = (row.get(0)?, row.get(1)?);
                Ok(match (kind.as_str(), without_rowids) {
                    ("table", false) => Kind::WithRowids,
                    ("table", true) => Kind::WithoutRowids,
                    _ => Kind::Virtual,
                })
            },
        )
        .optional()
}
