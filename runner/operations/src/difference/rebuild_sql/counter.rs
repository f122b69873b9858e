//! The counter of a table that is made anew.

use crate::schema::Table as Old;
use crate::schema::name::literal;
use crate::schema::normal::Table;

/// The counter of AUTOINCREMENT, which SQLite drops with the table
/// (<https://sqlite.org/autoinc.html>).
pub(super) enum Counter {
    Kept { old: String, new: String, aside: String },
    GivenUp { old: String },
}

impl Counter {
    pub(super) fn of(old: &Old, new: &Table, aside: String) -> Option<Self> {
        let keeps = new.primary_key.as_ref().is_some_and(|key| key.autoincrement);
        let (name, new) = (literal(&old.name), literal(new.name.as_str()));
        old.is_autoincrement().then_some(match keeps {
            true => Self::Kept { old: name, new, aside },
            false => Self::GivenUp { old: name },
        })
    }

    /// Statements before the table is dropped. A counter that is to be lost is deleted by a statement of its own:
    /// one that disappears with its table may have been forgotten.
    pub(super) fn keep(&self) -> Vec<String> {
        match self {
            Self::Kept { old, aside, .. } => vec![
                format!("CREATE TABLE {aside} (seq)"),
                format!(
                    "INSERT OR ABORT INTO {aside} (seq) \
                     SELECT old.seq FROM sqlite_sequence AS old WHERE old.name = {old}"
                ),
            ],
            Self::GivenUp { old } => {
                vec![format!("UPDATE sqlite_sequence SET seq = 0 WHERE name = {old}")]
            }
        }
    }

    /// Statements after the rows are back. SQLite compares the name case-sensitively.
    pub(super) fn put_back(&self) -> Vec<String> {
        match self {
            Self::Kept { new, aside, .. } => vec![
                format!("DELETE FROM sqlite_sequence WHERE name = {new}"),
                format!(
                    "INSERT OR ABORT INTO sqlite_sequence (name, seq) \
                     SELECT {new}, kept.seq FROM {aside} AS kept"
                ),
                format!("DROP TABLE {aside}"),
            ],
            Self::GivenUp { .. } => Vec::new(),
        }
    }
}
