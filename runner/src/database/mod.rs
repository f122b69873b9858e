//! The database.

mod alone;
mod failure;
mod open;

pub(crate) use alone::Condition;
pub use failure::DatabaseError;
pub use open::Database;
