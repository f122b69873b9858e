//! Why the history could not be read.

use crate::explain::{self, Code};
use crate::hint;
use crate::id::InvalidId;

/// Why the history could not be read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RecordError {
    /// SQLite refused.
    #[error("cannot read the history of migrations")]
    Sqlite(#[from] rusqlite::Error),
    /// A row's id is none.
    #[error("the table `_runner_migrations` holds a row that is not the runner's")]
    BadId(#[from] InvalidId),
    /// A row's time is none.
    #[error(
        "the table `_runner_migrations` says that `{id}` was applied at `{text}`, which is no time"
    )]
    BadTime {
        /// The migration.
        id: String,
        /// What stands there.
        text: String,
        /// Why it is no time.
        source: jiff::Error,
    },
    /// A repair of a kind that this runner does not know.
    #[error("the table `_runner_repairs` holds a repair `{kind}`, which this runner does not know")]
    BadRepair {
        /// What stands there.
        kind: String,
    },
}

impl RecordError {
    /// What `runner explain` has to say about it.
    #[must_use]
    pub fn code(&self) -> Code {
        match self {
            Self::Sqlite(error) => explain::of_sqlite(error),
            Self::BadId(_) | Self::BadTime { .. } => Code::ForeignHistory,
            Self::BadRepair { .. } => Code::UnknownRepair,
        }
    }

    /// What to do next.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        Some(match self {
            Self::Sqlite(error) => return hint::of_sqlite(error),
            Self::BadId(_) | Self::BadTime { .. } => {
                "find out what else writes to that table, and put the row right".into()
            }
            Self::BadRepair { .. } => "use a newer runner".into(),
        })
    }
}

#[cfg(test)]
mod examples {
    use super::*;
    use crate::messages::{self, Examples, each_variant};

    impl Examples for RecordError {
        fn examples() -> Vec<Self> {
            each_variant!(RecordError:
                Sqlite(messages::busy()),
                Sqlite(messages::corrupt()),
                Sqlite(messages::io_error()),
                BadId(InvalidId::example()),
                BadTime {
                    id: messages::id().to_string(),
                    text: "yesterday".into(),
                    source: "yesterday".parse::<jiff::Timestamp>().unwrap_err(),
                },
                BadRepair { kind: "undo".into() },
            )
        }
    }
}
