//! Backups of the database: whole files, each checked before it gets its name.
//!
//! A copy is written under another name, compared with the database row by row, synced, and only
//! then renamed; a rename is whole or not at all, so an interrupted backup never has the name of one.
//! [`restore()`] goes the other way: into the existing database, in one transaction.

mod backups;
mod beside_writers;
mod failure;
mod finished;
mod in_use;
mod indexes;
mod make;
mod partial;
mod restore;
mod same_content;
mod series;
mod stored_tables;
mod verification;

pub use backups::Backups;
pub(crate) use beside_writers::beside_writers;
pub use failure::BackupError;
#[doc(hidden)]
pub use failure::repair_of;
pub(crate) use in_use::InUse;
pub(crate) use make::before_migrations;
pub use make::{Destination, backup};
pub use restore::{OpenBackup, Restored, restore};
pub use verification::Verification;
#[doc(hidden)]
pub use verification::{Soundness, look_through};

pub use crate::unverified::Unverified;
