//! Stage 6: the history of applied migrations and of repairs, kept in the database itself. No other folder
//! names these tables.

mod failure;
mod history;
mod made;
mod repairs;
mod rows;

pub use failure::{BadRow, Expected, RecordError};
pub use history::{Record, Replaced, ids, read};
pub use repairs::{RepairKind, Repaired, repairs};

pub(crate) use history::{
    Written, change_nothing, changed_schema, is_taken, mark_replaced, replaced, says,
    schema_digest, sources,
};
#[doc(hidden)]
pub use history::{delete, forget, insert, rename, restamp_schema, restamp_source};
pub(crate) use made::Made;
#[doc(hidden)]
pub use repairs::insert as insert_repair;
pub(crate) use rows::exists as table_exists;
#[doc(hidden)]
pub use rows::is_history;
pub(crate) use rows::{Table, TableRow};
