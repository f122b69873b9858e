//! Takes over the history that a project has with another tool: its files become migrations, one crate for each,
//! and what its table says is applied is applied here.
//!
//! [`read()`] finds out whose folder it is and reads it, as a [`ForeignHistory`]; nothing is written by that.

mod failure;
mod history;
mod read;
mod tool;

pub use failure::ImportError;
pub use history::{ForeignHistory, ForeignMigration, Script, Wrapping};
pub use read::read;
pub use tool::{Tool, UnknownTool};
