//! Rows as structs, which a migration has for itself: what they are when it runs, and what they are to become.
//!
//! `table` has which tables these are and what of them can be written, `field` the types, `structs` the structs of all
//! tables with their names, `code` the files that hold them, and `fixup` the pass over the rows of a table. A table
//! that has no such rows is refused (`refusal`).

mod code;
mod field;
mod fixup;
mod migration;
mod refusal;
mod structs;
mod table;

pub use migration::{Around, Transactions, TypedBackward, TypedMigration};
pub use refusal::TypedError;
pub use table::{Becomes, TypedTable};

#[cfg(test)]
mod tests;
