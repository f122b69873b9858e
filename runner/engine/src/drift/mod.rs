//! Drift: what is not as the runner left it. The history, the crates and the schema no longer agree.
//! All of this is pure: no file, no database.
//!
//! All drift is found before anything is built or written. Another runner may change the history after
//! that: every step compares the whole history with the plan's inside its own transaction
//! (`premise.rs`). If it differs, the plan is made again, and so is the search for drift.

mod find;
mod finding;
mod refuse;

pub use find::find;
pub(crate) use find::{find_among, naming};
pub use finding::Drift;
pub(crate) use finding::ways_out_of_an_edit_half_way;
pub use refuse::{DriftError, Order, refuse};

pub use crate::schema_change::SchemaChange;
