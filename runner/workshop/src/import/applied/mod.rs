//! Takes over what another tool has applied to a database: applied there is applied here.
//!
//! [`read()`] reads the tool's table, by its format in `formats`, and [`detect`] finds out whose it is.
//! `takeover` sets it against the migrations of the folder, and proves by the schema that they are applied: their plain
//! SQL runs on a database in memory.

mod checksum;
mod failure;
mod formats;
mod matching;
mod moment;
mod nearest;
mod plain_replay;
mod read;
mod row;
mod table;

pub use checksum::Checksum;
pub use failure::AppliedError;
pub(crate) use matching::{Matched, matching};
pub use nearest::{OtherSchema, Position};
pub(crate) use plain_replay::PlainReplay;
pub use read::{detect, read, tool};
pub use row::{OldHistory, OldRow, Reach};
