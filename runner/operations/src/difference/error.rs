//! Why a difference cannot be found.

use crate::perform::OperationError;
use crate::schema::SchemaError;

/// Why a difference cannot be found.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DifferenceError {
    /// A rename makes no sense.
    #[error(transparent)]
    Rename(#[from] RenameError),
    /// The first schema cannot be made in an empty database, for instance because it needs a function, a
    /// collation or a module that only the application has.
    #[error("cannot make the schema in an empty database to try the changes there")]
    Scratch(#[source] rusqlite::Error),
    /// The schema of the empty database cannot be read.
    #[error(transparent)]
    Schema(#[from] SchemaError),
    /// A change is refused in an empty database.
    #[error("the way from one schema to the other was not found: make this change by hand first")]
    Refused(#[source] OperationError),
}

/// Why a rename makes no sense.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum RenameError {
    /// There is neither a table of the old name nor one of the new.
    #[error("there is no table `{from}` to rename to `{to}`: take the rename away")]
    NoTable {
        /// The old name.
        from: String,
        /// The new name.
        to: String,
    },
    /// There will be no table of the new name.
    #[error("table `{from}` is to be renamed to `{to}`, and there will be no `{to}`: declare it")]
    NoNewTable {
        /// The old name.
        from: String,
        /// The new name.
        to: String,
    },
    /// There is neither a column of the old name nor one of the new.
    #[error("table `{table}` has no column `{from}` to rename to `{to}`: take the rename away")]
    NoColumn {
        /// The table.
        table: String,
        /// The old name.
        from: String,
        /// The new name.
        to: String,
    },
    /// There will be no column of the new name.
    #[error(
        "column `{from}` of `{table}` is to be renamed to `{to}`, and there will be no `{to}`: \
         declare it"
    )]
    NoNewColumn {
        /// The table.
        table: String,
        /// The old name.
        from: String,
        /// The new name.
        to: String,
    },
    /// Names are exchanged in a circle, and nothing shows whether they were already.
    #[error(
        "`{from}` is renamed to `{to}` in a circle of renames, and nothing shows whether they were carried \
         out before"
    )]
    Unclear {
        /// The old name.
        from: String,
        /// The new name.
        to: String,
    },
    /// One thing is to become two, or two are to become one.
    #[error("`{name}` is in more than one rename: keep one")]
    Twice {
        /// The name.
        name: String,
    },
}
