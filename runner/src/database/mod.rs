//! The database.

mod failure;
mod open;

pub use failure::DatabaseError;
pub use open::Database;
