//! Why the history could not be read.

use crate::explain::{self, Code};
use crate::hint::{self, Hint};
use crate::id::InvalidId;

/// Why the history could not be read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RecordError {
    /// SQLite refused.
    #[error("cannot read the history of migrations")]
    Sqlite(#[from] rusqlite::Error),
    /// A table lacks a column that every version of the runner gives it.
    #[error("the table `{table}` has no column `{column}`: it is not the runner's")]
    NoColumn {
        /// The table.
        table: &'static str,
        /// The column.
        column: &'static str,
    },
    /// A row has a value that the runner never writes.
    #[error(transparent)]
    BadRow(Box<BadRow>),
    /// A repair of a kind that this runner does not know.
    #[error("the table `_runner_repairs` holds a repair `{kind}`, which this runner does not know")]
    BadRepair {
        /// Its kind in the table.
        kind: String,
    },
}

impl RecordError {
    /// What `runner explain` has to say about it.
    #[must_use]
    pub fn code(&self) -> Code {
        match self {
            Self::Sqlite(error) => explain::of_sqlite(error),
            Self::NoColumn { .. } | Self::BadRow(_) => Code::ForeignHistory,
            Self::BadRepair { .. } => Code::UnknownRepair,
        }
    }

    /// What to do next.
    #[must_use]
    pub fn hint(&self) -> Option<Hint> {
        Some(match self {
            Self::Sqlite(error) => return hint::of_sqlite(error),
            Self::NoColumn { table, .. } => format!(
                "find out what else made or changed it: `SELECT sql FROM sqlite_schema WHERE name = \
                 '{table}'` shows its definition"
            ).into(),
            Self::BadRow(row) => row.hint(),
            Self::BadRepair { .. } => "use a newer runner".into(),
        })
    }
}

/// A row of one of the runner's tables with a value that the runner never writes.
#[derive(Debug, thiserror::Error)]
#[error(
    "the table `{table}` holds a row that is not the runner's: where `{} = {}`, `{column}` is `{found}`",
    key.0,
    key.1
)]
pub struct BadRow {
    /// The table.
    pub table: &'static str,
    /// The key column, and its value in this row as an SQL literal.
    pub key: (&'static str, String),
    /// The column.
    pub column: &'static str,
    /// Its value as an SQL literal.
    pub found: String,
    /// What the value has to be.
    #[source]
    pub expected: Expected,
}

/// What the value of a column has to be.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Expected {
    /// Text.
    #[error("it has to be text")]
    Text,
    /// A whole number that is not negative.
    #[error("it has to be a whole number that is not negative")]
    Count,
    /// The id of a migration.
    #[error("it has to be the id of a migration")]
    Id(#[source] Option<InvalidId>),
    /// A list of migrations.
    #[error("it has to be a list of ids of migrations, as JSON")]
    Ids,
    /// A moment.
    #[error("it has to be a time, as `2025-01-31T12:00:00.000Z`")]
    Time(#[source] Option<jiff::Error>),
    /// Bytes.
    #[error("it has to be a blob")]
    Bytes,
    /// A direction.
    #[error("it has to be `forward` or `backward`")]
    Direction,
    /// A view or a trigger.
    #[error("it has to be `view` or `trigger`")]
    Program,
    /// What is kept of a table.
    #[error("it has to be `values`, `rows` or `table`")]
    Kept,
    /// A list of columns.
    #[error("it has to be a list of names, as JSON")]
    Names,
}

impl BadRow {
    /// What to do next, with a statement that can be typed unchanged.
    fn hint(&self) -> Hint {
        let Self { table, key: (key, value), column, expected, .. } = self;
        let row = format!("WHERE {key} IS {value}");
        let put = |value: &str| format!("`UPDATE {table} SET {column} = {value} {row}`");
        let way = match expected {
            _ if column == key => {
                format!("No migration is called so: `DELETE FROM {table} {row}` removes the row")
            }
            Expected::Text => {
                format!("Put back what a backup has there, or nothing: {}", put("''"))
            }
            Expected::Count => format!("Put back what a backup has there, or zero: {}", put("0")),
            Expected::Bytes => {
                format!("Put back what a backup has there: {}", put("x'...'"))
            }
            Expected::Id(_) | Expected::Ids => {
                format!("Put back what a backup has there, or none: {}", put("NULL"))
            }
            Expected::Time(_) => format!(
                "Put back what a backup has there, or the time of now: {}",
                put("strftime('%Y-%m-%dT%H:%M:%fZ')")
            ),
            Expected::Direction => format!(
                "{} if it was being applied, {} if it was being reverted",
                put("'forward'"),
                put("'backward'")
            ),
            Expected::Program => {
                format!(
                    "Put back what a backup has there: {} or {}",
                    put("'view'"),
                    put("'trigger'")
                )
            }
            Expected::Kept | Expected::Names => {
                format!("Put back what a backup has there: {}", put("'...'"))
            }
        };
        format!("find out what else writes to that table. {way}").into()
    }
}

#[cfg(test)]
mod examples {
    use super::*;
    use crate::messages::{self, Examples, each_variant};

    impl Examples for RecordError {
        fn examples() -> Vec<Self> {
            let mut examples = each_variant!(RecordError:
                Sqlite(messages::busy()),
                Sqlite(messages::corrupt()),
                Sqlite(messages::io_error()),
                NoColumn { table: "_runner_migrations", column: "source_digest" },
                BadRow(Box::new(BadRow::example())),
                BadRepair { kind: "undo".into() },
            );
            examples.extend(BadRow::others().map(|row| Self::BadRow(Box::new(row))));
            examples
        }
    }

    impl Examples for BadRow {
        fn examples() -> Vec<Self> {
            let expected = each_variant!(Expected:
                Text,
                Count,
                Id(Some(InvalidId::example())),
                Ids,
                Time("yesterday".parse::<jiff::Timestamp>().err()),
                Bytes,
                Direction,
                Program,
                Kept,
                Names,
            );
            let row = |expected| {
                let id = format!("'{}'", messages::id());
                let (table, key, column, found) = match expected {
                    Expected::Text => ("_runner_migrations", id, "source_digest", "NULL"),
                    Expected::Count => ("_runner_migrations", id, "duration_us", "-5"),
                    Expected::Id(_) => ("_runner_migrations", "'2025'".to_owned(), "id", "'2025'"),
                    Expected::Ids => ("_runner_migrations", id, "replaces", "'all'"),
                    Expected::Time(_) => {
                        ("_runner_repairs", "3".to_owned(), "repaired_at", "'yesterday'")
                    }
                    Expected::Bytes => ("_runner_checkpoint", id, "cursor", "NULL"),
                    Expected::Direction => ("_runner_started", id, "direction", "'sideways'"),
                    Expected::Program => ("_runner_repeatable", "3".to_owned(), "kind", "'table'"),
                    Expected::Kept => ("_runner_kept", "3".to_owned(), "what", "'all'"),
                    Expected::Names => ("_runner_kept", "3".to_owned(), "columns", "'note'"),
                };
                let is_numbered =
                    matches!(table, "_runner_repairs" | "_runner_repeatable" | "_runner_kept");
                let name = if is_numbered { "number" } else { "id" };
                Self { table, key: (name, key), column, found: found.to_owned(), expected }
            };
            expected.into_iter().map(row).collect()
        }
    }
}
