//! Why the history could not be read.

use crate::id::InvalidId;

/// Why the history could not be read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RecordError {
    /// SQLite refused.
    #[error("cannot read the history of migrations")]
    Sqlite(#[from] rusqlite::Error),
    /// A row's id is none.
    #[error("the history of migrations holds a row that is not the runner's")]
    BadId(#[from] InvalidId),
    /// A row's time is none.
    #[error("the history says that `{id}` was applied at `{text}`, which is no time")]
    BadTime {
        /// The migration.
        id: String,
        /// What stands there.
        text: String,
        /// Why it is no time.
        source: jiff::Error,
    },
    /// A repair of a kind that this runner does not know.
    #[error("the record of repairs holds a repair `{kind}`, which this runner does not know")]
    BadRepair {
        /// What stands there.
        kind: String,
    },
}
