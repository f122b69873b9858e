//! The database.

mod alone;
mod failure;
mod open;
mod writable;

pub(crate) use alone::Condition;
pub use failure::DatabaseError;
pub use open::Database;
