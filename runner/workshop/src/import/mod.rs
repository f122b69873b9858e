//! Takes over the history that a project has with another tool: its files become migrations, one crate for each,
//! and what its table says is applied is applied here.
//!
//! [`read()`] finds out whose folder it is and reads it, as a [`ForeignHistory`], in which each statement was looked at;
//! `takeover` makes the crates.

pub mod applied;
mod detect;
mod failure;
mod finding;
mod folder;
mod formats;
mod history;
mod ids;
mod read;
mod review;
mod tool;

pub use failure::ImportError;
pub use finding::{Finding, Outcome, What};
pub use history::{ForeignHistory, ForeignMigration, RepeatableScript, Script, Wrapping};
pub use read::read;
pub use tool::{HistorySource, Tool, UnknownTool};
