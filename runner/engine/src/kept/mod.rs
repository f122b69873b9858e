//! What migrations take away, kept so that their way back can put it back. No other folder names these tables.
//!
//! [`KeepLost`] says of which migrations; `keep` sets it aside in a [set](KeptSet) of values, of which each has a table of
//! its own, or in a [file](KeepFile) beside the database; `put_back` brings it back, and [`purge`](purge()) lets it go.

mod failure;
mod keep;
mod keep_file;
mod keep_lost;
mod purge;
mod put_back;
mod row_hash;
mod set;
mod shape;
mod staged;
#[cfg(test)]
mod tests;
mod values;

pub use failure::{FileProblem, KeptError};
pub(crate) use keep::{Fate, Keeping, Lost};
pub use keep_file::KeepFile;
pub use keep_lost::{KeepLost, KeptOf, Retention};
pub(crate) use purge::apply_retention;
pub use purge::{purge, shown};
pub use put_back::{NotPutBack, PutBack, WhyNot};
pub(crate) use put_back::{ToPutBack, put_back};
pub use set::{KeptKind, KeptSet, read, rename};
pub(crate) use set::{TABLE_NAME, leave_all_of, of, record, refuse_to_leave};
pub(crate) use shape::{Found, Shape};
pub(crate) use staged::{stage, unload, writes_beside_readers};

use serde::{Deserialize, Serialize};

use crate::id::MigrationId;

/// What was kept of a step.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Kept {
    /// The migration.
    pub id: MigrationId,
    /// Of what.
    pub what: KeptKind,
    /// The table.
    pub table: String,
    /// The columns whose values were kept; none: rows as a whole.
    pub columns: Vec<String>,
    /// How many rows.
    pub rows: u64,
    /// How many bytes.
    pub bytes: u64,
    /// The file that they are in; `None`: the database.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file: Option<String>,
}

impl From<&KeptSet> for Kept {
    fn from(set: &KeptSet) -> Self {
        let columns = match set.what {
            KeptKind::Values => set.columns.clone(),
            KeptKind::Rows | KeptKind::Table => Vec::new(),
        };
        Self {
            id: set.id.clone(),
            what: set.what,
            table: set.table.clone(),
            columns,
            rows: set.rows,
            bytes: set.bytes,
            file: set.file.as_ref().map(|file| file.to_string_lossy().into_owned()),
        }
    }
}
