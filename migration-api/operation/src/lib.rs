//! Changes of an SQLite schema as data: what a migration asks for, before anything is done, and why it
//! may be refused.
//!
//! An [`Operation`] says what is wanted and nothing about how SQLite is brought to do it. It can be
//! built, compared, printed as a sentence, and with the feature `serde` written as JSON and read
//! back.
//!
//! ```
//! use migration_operation::{Action, Column, Index, Operation, Table};
//!
//! let operations = [
//!     Operation::create_table(
//!         Table::new("room")
//!             .column(Column::integer("id").primary_key())
//!             .column(Column::text("number").not_null().unique())
//!             .column(Column::integer("house_id").references("house", "id").on_delete(Action::Cascade))
//!             .strict(),
//!     ),
//!     Operation::add_column("player", Column::integer("experience").not_null().default(0)),
//!     Operation::add_index(Index::on("roomstay", ["seam_access_code_id"]).unique()),
//! ];
//! assert_eq!(
//!     operations[1].to_string(),
//!     "add column `experience` INTEGER NOT NULL DEFAULT 0 to table `player`",
//! );
//! ```
//!
//! Names are plain text, never quoted. What is called an expression (a check, a default given by
//! [`Column::default_sql`], a `where`) is SQL text that must parse by itself.

mod added_column;
mod codec;
mod column;
mod constraint;
mod default_value;
mod definition;
mod enclosed;
mod fields;
mod foreign_key;
mod index;
#[cfg(feature = "serde")]
mod json;
mod key;
mod kind;
mod literal;
#[cfg(test)]
mod messages;
mod name;
mod need;
mod operation;
mod refusal;
mod schema_error;
pub mod script;
mod sentence;
mod table;
mod value;
pub mod wire;

/// Pieces of SQL: names and expressions as a definition writes them.
pub mod sql {
    pub use crate::default_value::DefaultValue;
    pub use crate::definition::{Quoted, QuotedList};
    pub use crate::enclosed::Enclosed;
    pub use crate::name::quote;
}

pub use added_column::{AddedColumn, Place};
pub use column::{Column, Generated, KeyColumn, Storage};
pub use constraint::{Check, Conflict, Constraint, Unique, WhichConstraint};
pub use foreign_key::{Action, Deferrable, ForeignKey, Reference, ReferencingColumns};
pub use index::{Index, IndexColumn, Indexed};
pub use key::PrimaryKey;
pub use kind::{KeyedTable, Kind};
pub use literal::Literal;
pub use need::Need;
pub use operation::{Exhaustive, Operation};
pub use refusal::{OperationError, Refusal, Relayed};
pub use schema_error::{SchemaError, SyntaxError, SyntaxReason};
pub use table::{Table, TableOptions};
