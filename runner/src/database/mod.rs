//! The database.

mod alone;
mod failure;
mod identity;
mod open;
mod writable;

pub(crate) use alone::Condition;
pub use failure::DatabaseError;
pub use identity::Identity;
pub use open::Database;
