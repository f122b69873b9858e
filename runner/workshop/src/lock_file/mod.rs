//! `Cargo.lock` of the migrations after a merge. Two branches that each add a migration conflict in it, because both
//! write at the end of one list, though what cargo needs is both.

mod conflict;
mod lock;
mod merge;
mod rename;
mod resolve;

pub(crate) use rename::rename;
pub use resolve::LockError;
pub(crate) use resolve::resolve;
