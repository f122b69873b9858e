//! Why a pass does not begin, or does not go on.

use std::error::Error as StdError;
use std::fmt;

/// Why [`Rows`](super::Rows) does not begin, or stops for another reason than a row.
#[derive(Debug)]
#[non_exhaustive]
pub enum RowsError {
    /// The database has no such table.
    NoTable {
        /// The name that was asked for.
        table: String,
    },
    /// It is no table whose rows can be found again by a key.
    NotATable {
        /// The name.
        table: String,
        /// What it is: `view`, `virtual` or `shadow`, as in `PRAGMA table_list`.
        kind: String,
    },
    /// The table is the runner's or SQLite's own.
    Reserved {
        /// The table.
        table: String,
    },
    /// The table has no such column.
    NoColumn {
        /// The table.
        table: String,
        /// The name that was asked for.
        column: String,
    },
    /// The column to write is generated.
    Generated {
        /// The table.
        table: String,
        /// The column.
        column: String,
    },
    /// The column to write is part of the key by which the pass goes.
    InKey {
        /// The table.
        table: String,
        /// The column.
        column: String,
    },
    /// No column is named to be written.
    NothingToWrite {
        /// The table.
        table: String,
    },
    /// A column is named twice to be written.
    Twice {
        /// The table.
        table: String,
        /// The column.
        column: String,
    },
    /// The table has columns by all three names of the rowid, and no other key.
    NoKey {
        /// The table.
        table: String,
    },
    /// The filter is no condition on a row of the table.
    Filter {
        /// The table.
        table: String,
        /// The filter.
        filter: String,
        /// What SQLite says of it.
        source: rusqlite::Error,
    },
    /// The filter has parameters, for which there are no values.
    FilterParameters {
        /// The table.
        table: String,
        /// The filter.
        filter: String,
    },
    /// Failures can only be skipped where each batch has a transaction of its own.
    SkipsInOneTransaction,
    /// A row holds NULL in a column of the key that is NOT NULL.
    NullInKey {
        /// The table.
        table: String,
    },
    /// A checkpoint is not of this pass.
    Checkpoint {
        /// The table.
        table: String,
        /// Why not.
        reason: &'static str,
    },
    /// No thread could be started.
    Threads {
        /// What the system says.
        source: std::io::Error,
    },
    /// The person cancelled, or the time is over.
    Stopped,
    /// SQLite failed.
    Sqlite {
        /// The table.
        table: String,
        /// What was done.
        attempt: &'static str,
        /// What SQLite says.
        source: rusqlite::Error,
    },
}

impl fmt::Display for RowsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoTable { table } => write!(f, "there is no table `{table}`"),
            Self::NotATable { table, kind } => write!(
                f,
                "`{table}` is no ordinary table but {}: its rows have no key that SQLite keeps; name the table that \
                 the rows are in, or write SQL",
                match kind.as_str() {
                    "virtual" => "a virtual table",
                    "shadow" => "part of a virtual table",
                    _ => "a view",
                },
            ),
            Self::Reserved { table } => write!(
                f,
                "`{table}` is a table of the runner's or of SQLite's own, which no migration changes",
            ),
            Self::NoColumn { table, column } => {
                write!(f, "table `{table}` has no column `{column}`")
            }
            Self::Generated { table, column } => write!(
                f,
                "`{column}` of `{table}` is a generated column, which SQLite computes: write the columns that it is \
                 computed from",
            ),
            Self::InKey { table, column } => write!(
                f,
                "`{column}` of `{table}` is in the key by which the rows are gone through: a row whose key changes would \
                 be met again or passed over; change keys by one UPDATE in SQL",
            ),
            Self::NothingToWrite { table } => write!(
                f,
                "`update` names no column of `{table}` to write: name those that the function gives values for",
            ),
            Self::Twice { table, column } => {
                write!(f, "`update` names `{column}` of `{table}` twice")
            }
            Self::NoKey { table } => write!(
                f,
                "`{table}` has columns called `rowid`, `oid` and `_rowid_`, so its rowid has no name, and no other \
                 key: rename one of them",
            ),
            Self::Filter { table, filter, .. } => {
                write!(f, "the filter `{filter}` is no condition on a row of `{table}`")
            }
            Self::FilterParameters { table, filter } => write!(
                f,
                "the filter `{filter}` on `{table}` has parameters, and there are no values for them: write the values \
                 into its text",
            ),
            Self::SkipsInOneTransaction => f.write_str(
                "`skip_failures` is for batched migrations, which record what they skip: in one transaction, have \
                 the function give `None` for a row that is to stay as it is",
            ),
            Self::NullInKey { table } => write!(
                f,
                "a row of `{table}` holds NULL in a column of its key that is NOT NULL: the database is damaged, see \
                 `PRAGMA integrity_check`",
            ),
            Self::Checkpoint { table, reason } => {
                write!(f, "the rows of `{table}` cannot be gone on with where it stopped: {reason}")
            }
            Self::Threads { .. } => f.write_str("cannot start a thread for `on_all_cores`"),
            Self::Stopped => f.write_str("it was asked to stop, and stopped between two rows"),
            Self::Sqlite { table, attempt, .. } => write!(f, "cannot {attempt} `{table}`"),
        }
    }
}

impl StdError for RowsError {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        match self {
            Self::Filter { source, .. } | Self::Sqlite { source, .. } => Some(source),
            Self::Threads { source } => Some(source),
            _ => None,
        }
    }
}
