//! The tables as they were before a step, and as it left them.

use std::collections::{BTreeMap, BTreeSet};

use migration_api::schema::quote;
use rusqlite::{Connection, OptionalExtension};

use crate::apply::committed::Committed;
use crate::schema_objects::Objects;

/// The tables as they were before a step.
pub(in crate::apply) struct TablesBefore<'b, 'c> {
    /// The schema.
    pub(in crate::apply) objects: &'b Objects,
    /// The committed database, without the earlier steps of the same transaction. It is not asked for a table that
    /// was not there: a connection outside of the transaction reads the whole schema again for its first question.
    pub(in crate::apply) committed: &'b Committed<'c>,
    /// The tables that earlier steps of the transaction touched.
    pub(in crate::apply) left: &'b Left,
}

/// The tables as a step left them.
pub(in crate::apply) struct TablesNow<'n> {
    /// The schema.
    pub(in crate::apply) objects: &'n Objects,
    /// The connection of the step.
    pub(in crate::apply) connection: &'n Connection,
}

/// Tables as a step left them, by their names in lower case; `None`: there is no such table.
pub(in crate::apply) type Left = BTreeMap<String, Option<TableLeft>>;

/// A table as a step left it, for the next step in the same transaction.
pub(in crate::apply) struct TableLeft {
    rows: u64,
    columns: Vec<Column>,
}

/// The name and the type of a column.
pub(super) type Column = (String, String);

impl TablesBefore<'_, '_> {
    /// How many rows `table` had; `None`: there was no such table, or it was a virtual one.
    pub(super) fn rows(&self, table: &str) -> rusqlite::Result<Option<u64>> {
        match self.left.get(table) {
            Some(left) => Ok(left.as_ref().map(|left| left.rows)),
            None if self.root_page(table).is_some() => {
                rows(self.committed.connection()?, table).map(Some)
            }
            None => Ok(None),
        }
    }

    pub(super) fn root_page(&self, table: &str) -> Option<i64> {
        self.objects.root_page(table)
    }

    pub(super) fn columns(&self, table: &str) -> rusqlite::Result<Vec<Column>> {
        match self.left.get(table) {
            Some(left) => Ok(left.as_ref().map(|left| left.columns.clone()).unwrap_or_default()),
            None => columns(self.committed.connection()?, table),
        }
    }
}

impl TablesNow<'_> {
    pub(super) fn rows(&self, table: &str) -> rusqlite::Result<u64> {
        rows(self.connection, table)
    }

    pub(super) fn columns(&self, table: &str) -> rusqlite::Result<Vec<Column>> {
        columns(self.connection, table)
    }

    pub(super) fn kind(&self, table: &str) -> rusqlite::Result<Option<Kind>> {
        kind(self.connection, table)
    }

    /// The present state of the `tables` that a step touched, for the next step in the same transaction.
    ///
    /// # Errors
    /// SQLite's error.
    pub(in crate::apply) fn leave(&self, tables: &BTreeSet<String>) -> rusqlite::Result<Left> {
        let look = |table: &String| {
            if self.objects.root_page(table).is_none() {
                return Ok((table.clone(), None));
            }
            let (rows, columns) = (self.rows(table)?, self.columns(table)?);
            Ok((table.clone(), Some(TableLeft { rows, columns })))
        };
        tables.iter().map(look).collect()
    }
}

fn columns(connection: &Connection, table: &str) -> rusqlite::Result<Vec<Column>> {
    connection
        .prepare("SELECT name, type FROM pragma_table_xinfo(?1, 'main') ORDER BY cid")?
        .query_map([table], |row| Ok((row.get(0)?, row.get(1)?)))?
        .collect()
}

fn rows(connection: &Connection, table: &str) -> rusqlite::Result<u64> {
    let sql = format!("SELECT count(*) FROM main.{}", quote(table));
    let count: i64 = connection.query_row(&sql, [], |row| row.get(0))?;
    Ok(count.unsigned_abs())
}

pub(super) enum Kind {
    WithRowids,
    WithoutRowids,
    Virtual,
}

fn kind(connection: &Connection, table: &str) -> rusqlite::Result<Option<Kind>> {
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
