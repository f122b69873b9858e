//! All that a page shows of a project: how its database is now (`now`), how it came about (`timeline`), and what its
//! schema was after each step (`schema_history`).
//!
//! `tables` reads of each state of the schema what is new in it, and `sentences` says it in words.

mod now;
mod project_report;
mod schema_history;
mod sentences;
mod sources;
mod tables;
mod timeline;

pub use now::{BackupMade, DriftFound, Now, VerdictFound};
pub use project_report::ProjectReport;
pub use schema_history::{SchemaHistory, StateOf};
pub use sources::Sources;
pub use timeline::{Happening, Pending};
