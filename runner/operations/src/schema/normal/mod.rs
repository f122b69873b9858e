//! The normal form of a schema: what it means, whatever its spelling.
//!
//! [`Schema::normal`](super::Schema::normal) gives a [`Normal`]: tables, indexes, views and triggers
//! without their spelling. Blanks, comments, the case of keywords and names, the quotes of plain names, and
//! whether a constraint is written at a column or at the table do not count. Its `Display` is SQL in a stable
//! order that makes the same schema again.
//!
//! `normalize` makes one of a schema that was read, `words` is SQL compared by its tokens, `compare` is the
//! equality, `order` puts parents before children, `print` writes SQL.

mod compare;
mod keys;
mod model;
mod name;
mod normalize;
mod order;
mod print;
mod spacing;
mod words;

pub use compare::ColumnOrder;
pub use model::{
    Check, Column, ForeignKey, Generated, Index, IndexColumn, IndexTerm, KeyColumn, Normal,
    NotNull, PrimaryKey, Table, Trigger, Unique, View, VirtualTable,
};
pub use name::Name;
pub(crate) use order::in_order;
pub use words::{Words, line_meaning};
