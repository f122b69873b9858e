//! The objects that a migration made, kept beside its row in the history: its way back may drop them without a
//! statement for each.

use std::collections::BTreeSet;

use rusqlite::{Connection, OptionalExtension as _};

use super::history::TABLE;
use crate::id::MigrationId;

/// A column that tables of older runners lack. What their migrations made is not known.
pub(super) const MADE: &str = "made";

/// The indexes, triggers and views that a migration made on its way forward.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Made(BTreeSet<String>);

impl Made {
    /// Adds the `kind` of this name.
    pub(crate) fn add(&mut self, kind: &str, name: &str) {
        self.0.insert(word(kind, name));
    }

    /// Adds those of `other`.
    pub(crate) fn extend(&mut self, other: Self) {
        self.0.extend(other.0);
    }

    /// As [`Self::from_text`] reads them.
    pub(crate) fn text(&self) -> String {
        self.0.iter().map(|word| format!("{word}\0")).collect()
    }

    /// Those that [`Self::text`] gave.
    pub(crate) fn from_text(text: &str) -> Self {
        Self(text.split_terminator('\0').map(str::to_owned).collect())
    }

    /// Whether the `kind` of this name is among them.
    pub(crate) fn contains(&self, kind: &str, name: &str) -> bool {
        self.0.contains(&word(kind, name))
    }

    /// Stores them in the row of `id`.
    ///
    /// # Errors
    /// SQLite's.
    pub(crate) fn note(&self, connection: &Connection, id: &MigrationId) -> rusqlite::Result<()> {
        if self.0.is_empty() {
            return Ok(());
        }
        let words = serde_json::to_string(&self.0)
            .map_err(|error| rusqlite::Error::ToSqlConversionFailure(error.into()))?;
        let sql = "UPDATE _runner_migrations SET made = ?2 WHERE id = ?1";
        connection.execute(sql, [id.as_str(), words.as_str()]).map(drop)
    }

    /// Reads them from the row of `id`; none if an older runner wrote it.
    ///
    /// # Errors
    /// SQLite's.
    pub(crate) fn by(connection: &Connection, id: &MigrationId) -> rusqlite::Result<Self> {
        if !TABLE.has_column(connection, MADE)? {
            return Ok(Self::default());
        }
        let sql = "SELECT made FROM _runner_migrations WHERE id = ?1";
        let words: Option<Option<String>> =
            connection.query_row(sql, [id.as_str()], |row| row.get(0)).optional()?;
        // A text that cannot be read counts as none: then a drop needs a statement, as for objects of others.
        let made = words.flatten().and_then(|words| serde_json::from_str(&words).ok());
        Ok(Self(made.unwrap_or_default()))
    }
}

fn word(kind: &str, name: &str) -> String {
    format!("{kind} {}", name.to_ascii_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::{self, Record};

    #[test]
    fn what_a_migration_made_is_in_its_row_and_an_older_table_says_nothing() {
        let connection = Connection::open_in_memory().unwrap();
        let id: MigrationId = "20250101_000000_a".parse().unwrap();
        record::insert(&connection, &Record::example(id.clone(), "s", "d")).unwrap();
        assert_eq!(Made::by(&connection, &id).unwrap(), Made::default());
        Made::default().note(&connection, &id).unwrap();
        assert_eq!(Made::by(&connection, &id).unwrap(), Made::default());

        let mut made = Made::default();
        made.add("index", "By_A");
        made.note(&connection, &id).unwrap();
        let known = Made::by(&connection, &id).unwrap();
        assert!(known.contains("index", "by_a") && !known.contains("view", "by_a"));
        assert_eq!(known, made);
        for forget in [
            "UPDATE _runner_migrations SET made = 'x'",
            "ALTER TABLE _runner_migrations DROP COLUMN made",
        ] {
            connection.execute_batch(forget).unwrap();
            assert_eq!(Made::by(&connection, &id).unwrap(), Made::default());
        }
    }
}
