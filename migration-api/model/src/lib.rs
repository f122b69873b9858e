//! Models for `runner`: structs that say what a database should be.
//!
//! ```
//! use migration_model::Table;
//!
//! #[derive(Table)]
//! #[table(strict, index(name, score desc))]
//! pub struct Player {
//!     #[column(primary_key, autoincrement)]
//!     pub id: i64,
//!     #[column(unique, collate = "NOCASE")]
//!     pub name: String,
//!     #[column(default = 0, check = "score >= 0")]
//!     #[was("points")]
//!     pub score: i64,
//!     #[column(references(Player::id), on_delete = set_null)]
//!     pub friend: Option<i64>,
//! }
//!
//! let sql = Player::definition().sql();
//! assert!(sql.starts_with(r#"CREATE TABLE "player" ("#));
//!
//! migration_model::export_models!(Player);
//! ```
//!
//! This crate holds no SQLite and depends on none, so that an application's own structs can be models
//! whatever it uses to reach its database. [`Table`] has the attributes, [`ColumnType`] the types,
//! [`export_models!`] is the line that shows the models of a crate to the runner, and [`abi`] is what
//! crosses then.

mod column_type;
mod definition;
#[doc(hidden)]
pub mod derived;
mod plugin;
mod table;

pub use column_type::ColumnType;
pub use definition::{Definition, Renamed};
#[cfg(feature = "derive")]
pub use migration_model_derive::Table;
pub use plugin::abi;
#[doc(hidden)]
pub use plugin::{Models, descriptor};
pub use table::Table;
