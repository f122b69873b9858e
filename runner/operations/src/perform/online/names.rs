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

    pub(super) fn index(&self, number: usize) -> String {
        format!("{}_index_{number}", self.shadow)
    }

    /// Its tables.
    pub(super) fn tables(&self) -> [&String; 5] {
        [&self.shadow, &self.notes, &self.old_row, &self.new_row, &self.aside]
    }

    /// What is in the schema of it now: tables, their indexes, those of their constraints too, and triggers.
    pub(super) fn made(&self, connection: &Connection) -> rusqlite::Result<Vec<String>> {
        connection
            .prepare(
                "SELECT name FROM main.sqlite_schema WHERE tbl_name IN (?1, ?2, ?3, ?4, ?5) \
                 OR (type = 'trigger' AND substr(name, 1, length(?6)) = ?6) ORDER BY rowid",
            )?
            .query_map(
                [
                    &self.shadow,
                    &self.notes,
                    &self.old_row,
                    &self.new_row,
                    &self.aside,
                    &self.trigger,
                ],
                |row| row.get(0),
            )?
            .collect()
    }
}
