//! Stage 6: the history of applied migrations and of repairs, and the log of how it came about, kept in the database
//! itself. No other folder names these tables.
//!
//! The history is changed by what is a step (`insert`, `revert`), by a `repair`, and by what is recorded and not
//! run (`import`). Each of these writes to the log.

mod failure;
mod history;
mod log;
mod made;
mod repair;
mod repairs;
mod rows;

pub use failure::{BadRow, Expected, RecordError};
pub use history::{Record, Replaced, ids, read};
pub use log::{Around, Entry, Happened, Known, SchemaText, Schemas, past, source};
pub use repairs::{RepairKind, Repaired, repairs};

pub(crate) use history::{
    Written, change_nothing, changed_schema, is_taken, replaced, says, schema_digest, sources,
};
#[doc(hidden)]
pub use history::{import, insert};
pub(crate) use history::{log_backup, log_purge, log_stage, redefine, replace, revert};
#[doc(hidden)]
pub use log::note_source;
pub(crate) use log::{SchemaNote, difference, left_at, note_schema};
pub(crate) use made::Made;
#[doc(hidden)]
pub use repair::repair;
pub(crate) use rows::exists as table_exists;
#[doc(hidden)]
pub use rows::is_history;
pub(crate) use rows::{Table, TableRow};
