//! Changes of SQLite schemas that lose nothing, on any rusqlite connection.
//!
//! - [`operation`]: what is to change, as data.
//! - [`schema`]: a model of a database's tables, indexes, views and triggers, read from their texts.
//! - [`perform`]: how each operation is carried out, and what is proven afterwards.
//! - [`difference`]: the operations that lead from one schema to another.
//! - [`suggest`]: the names that look like one that is not known.
//! - [`Inverse`]: the operation that takes one back.

pub mod difference;
mod inverse;
#[cfg(test)]
mod messages;
pub mod perform;
pub mod schema;
pub mod suggest;

pub use inverse::Inverse;
pub use migration_operation as operation;
