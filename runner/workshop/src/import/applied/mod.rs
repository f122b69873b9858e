//! Takes over what another tool has applied to a database: applied there is applied here.
//!
//! [`read()`] reads the tool's table, by its format in `formats`, and [`detect`] finds out whose it is.
//! [`Takeover::find`] sets it against the migrations of the folder, and proves by the schema that they are applied:
//! their plain SQL runs on a database in memory. [`Takeover::record`] writes the history, in one transaction.
//! [`record_alone`] does so for a tool whose migrations are code: its history becomes one migration.

mod alone;
mod checksum;
mod failure;
mod formats;
mod matching;
mod moment;
mod nearest;
mod plain_replay;
mod read;
mod recorded;
mod row;
mod table;
mod takeover;

pub use alone::record_alone;
pub use checksum::Checksum;
pub use failure::AppliedError;
pub use nearest::{OtherSchema, Position};
pub use read::{detect, read, tool};
pub use recorded::Recorded;
pub use row::{OldHistory, OldRow, Reach};
pub use takeover::{Found, OtherFile, Proof, Taken, Takeover};
