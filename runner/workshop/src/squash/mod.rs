//! One migration in the place of many: from the schema that they give on an empty database, and the rows.
//!
//! [`Squash::plan`] says which are replaced and what the new one is called, and refuses what the database's history
//! shows to be unfinished or other than its source (`replaced`, `command`). The migrations run on a database of their
//! own, as by [`replay`](crate::replay), where [`Fixups`] finds those that do more than a squash keeps. What is there
//! then is written as SQL (`script`, `rows`, `virtual_tables`, `counters`), the SQL is run on an empty
//! database, and both are compared to the bit (`proof`, `difference`). What a schema does not hold is named
//! (`left_out`, `one_way`).

mod command;
mod counters;
mod difference;
mod fixups;
mod left_out;
mod one_way;
mod proof;
mod replaced;
mod rows;
mod script;
#[cfg(test)]
mod tests;
mod unwritable;
mod virtual_tables;

pub use crate::error::SquashError;
pub use command::{Squash, Written};
pub use difference::{RowDifference, listed};
pub use fixups::{Fixup, Fixups};
pub use left_out::LeftOutSetting;
pub use one_way::OneWay;
pub use replaced::Replaced;
pub use script::{Counts, Script};
