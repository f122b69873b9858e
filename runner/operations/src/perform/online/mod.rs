//! Gives a table another shape while others write it: a shadow of it is filled in pieces and takes its place at last.
//!
//! Each call of [`Online::advance`] is one piece of work in a transaction of the caller, which commits it together
//! with [`Online::to_bytes`]. Between two pieces everybody writes.
//!
//! 1. `begin`: `plan` lets the operations change the schema, sees what becomes of it, and takes it back. `shadow`
//!    makes the table in its new shape, with its indexes and without its foreign keys, under another name.
//!    Operations that are about no row (`schema_only`) are one piece of work instead.
//!    `notes` are triggers on the old table: the key of each row that somebody changes is appended to a table, and
//!    with it the keys of those that a REPLACE will delete without firing a trigger (`unique_key`).
//! 2. `advance` copies the rows in the order of their `key` (`copy`). Before each batch, and until none are left,
//!    it replays the notes (`replay`): a noted row leaves the shadow, and what the old table holds now under its key
//!    takes its place (`take`).
//!    New foreign keys are checked in batches as well (`check`), and again where a row of a parent is gone
//!    (`parents`).
//! 3. When the notes that are left fit into one piece, it `swap`s: the operations change the schema once more, for
//!    good, the rows stay in the old table, and the shadow takes the place of the empty one that the operations made.
//! 4. It `empty`s the old table in pieces, since DROP TABLE of a large one holds the lock for long.
//!
//! Every piece compares the schema with the beginning (`unchanged`). `abandon` takes everything away again.

mod abandon;
mod advance;
mod begin;
mod budget;
mod check;
mod copy;
mod empty;
mod foreign_keys;
mod kept_key;
mod key;
mod names;
mod notes;
mod only_table;
mod parents;
mod plan;
mod repeatable;
mod replay;
mod reshape;
mod schema_only;
mod shadow;
mod state;
mod swap;
mod take;
mod unchanged;
mod unique_key;

pub use advance::{Phase, Progress};
pub use budget::Budget;
pub use state::{Online, StateError};

use crate::operation::Refusal;
use crate::perform::session::Result;

/// Why a table cannot get another shape while others write.
fn not_online(table: &str, reason: impl Into<std::borrow::Cow<'static, str>>) -> Refusal {
    Refusal::NotOnline { table: Some(table.to_owned()), reason: reason.into() }
}
