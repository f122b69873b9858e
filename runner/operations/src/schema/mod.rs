//! A model of a database's schema, read from the texts that made it.
//!
//! [`Schema::read`] gives tables with their columns, keys, checks, indexes and options, views,
//! triggers and virtual tables. What it reads it compares with SQLite's own pragmas, so that a text
//! that it would understand differently is an error and no surprise later.
//!
//! [`SchemaRows`] are what `sqlite_schema` says, and a [`Catalog`] what they mean. Both are kept, and of what is read
//! again only what changed is new.
//!
//! Every part keeps the text it came from. Whoever changes a table edits that text where the change
//! is ([`crate::perform`]); comments, the spelling of types and all the rest stay as they are.
//!
//! [`Schema::normal`] is the other view of it: what it means, whatever its spelling ([`normal`]).

mod affinity;
mod catalog;
mod column;
mod constraint;
mod edit;
mod entry;
mod expression;
mod index;
mod key;
mod layout;
mod mention;
pub(crate) mod name;
pub mod normal;
mod parse_added_column;
mod pragmas;
mod program;
mod read;
mod schema_rows;
mod shadows;
pub(crate) mod sql;
mod table;
mod virtual_table;

pub use crate::operation::{SchemaError, SyntaxError, SyntaxReason};
pub use affinity::Affinity;
pub use catalog::Catalog;
pub(crate) use column::bare_word;
pub use column::{Clause, ClauseKind, Column};
pub use constraint::{Constraint, ConstraintKind};
pub(crate) use edit::Draft;
pub use expression::{Expression, literals};
pub use index::{Index, IndexColumn, IndexTerm};
pub(crate) use key::same_names;
pub use key::{ForeignKey, KeyAction, KeyColumn, OnConflict};
pub use name::{quote, spell, unquote};
pub use program::{NotAProgram, Program, Verb};
pub(crate) use read::is_reserved;
pub use read::{Schema, Trigger, View};
pub use schema_rows::{RowChanges, SchemaRow, SchemaRows};
pub use table::Table;
pub(crate) use table::{ROWID, means};
pub use virtual_table::VirtualTable;
