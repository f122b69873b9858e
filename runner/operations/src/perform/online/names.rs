//! The names of all that an online change makes in the schema.

use rusqlite::Connection;
use serde::{Deserialize, Serialize};

use super::Result;

/// Names that no object had when they were chosen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Names {
    /// The table in the new shape.
    pub(super) shadow: String,
    /// The keys of rows that somebody has changed.
    pub(super) notes: String,
    /// One row in the old shape: the one that an application is about to write.
    pub(super) old_row: String,
    /// One row in the new shape: the one that is about to be copied.
    pub(super) new_row: String,
    /// The old table, once the new one has its name.
    pub(super) aside: String,
    /// What the names of the triggers begin with.
    pub(super) trigger: String,
}

impl Names {
    pub(super) fn choose(connection: &Connection) -> Result<Self> {
        loop {
            let random: String =
                connection.query_row("SELECT lower(hex(randomblob(6)))", [], |row| row.get(0))?;
            let shadow = format!("_runner_online_{random}");
            let taken: bool = connection.query_row(
                "SELECT EXISTS (SELECT 1 FROM main.sqlite_schema \
                 WHERE substr(name, 1, length(?1)) = ?1 COLLATE NOCASE)",
                [&shadow],
                |row| row.get(0),
            )?;
            if !taken {
                let with = |end: &str| format!("{shadow}_{end}");
                return Ok(Self {
                    notes: with("notes"),
                    old_row: with("old_row"),
                    new_row: with("new_row"),
                    aside: with("old"),
                    trigger: with("on"),
                    shadow,
                });
            }
        }
    }

    /// The keys of rows that are gone from a parent; with `_row` and `_on` behind it, what is named so for the table
    /// itself.
    pub(super) fn parent(&self, number: usize) -> String {
        format!("{}_parent_{number}", self.shadow)
    }

    pub(super) fn index(&self, number: usize) -> String {
        format!("{}_index_{number}", self.shadow)
    }

    /// What is in the schema of it now: tables, their indexes, those of their constraints too, and triggers.
    pub(super) fn made(&self, connection: &Connection) -> rusqlite::Result<Vec<String>> {
        let sql = format!("SELECT name FROM main.sqlite_schema WHERE {IS_OWN} ORDER BY rowid");
        connection.prepare(&sql)?.query_map([&self.shadow], |row| row.get(0))?.collect()
    }

    /// Its triggers in the schema.
    pub(super) fn triggers(&self, connection: &Connection) -> rusqlite::Result<Vec<String>> {
        let sql = format!(
            "SELECT name FROM main.sqlite_schema WHERE type = 'trigger' AND {IS_OWN} ORDER BY rowid"
        );
        connection.prepare(&sql)?.query_map([&self.shadow], |row| row.get(0))?.collect()
    }
}

/// That an object of the schema is one of those whose names begin with `?1`, or belongs to one. Nobody had such a name
/// when it was chosen.
pub(super) const IS_OWN: &str =
    "(substr(name, 1, length(?1)) = ?1 OR substr(tbl_name, 1, length(?1)) = ?1)";
