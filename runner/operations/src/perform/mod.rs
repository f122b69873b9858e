//! Carries out operations on SQLite and loses nothing.
//!
//! Each operation is done in the first of these ways that can do it:
//!
//! 1. *native*: SQLite's own ALTER TABLE, CREATE and DROP (<https://sqlite.org/lang_altertable.html>);
//! 2. *text*: a change of the schema's text, where no stored value and no index can change its
//!    meaning; what new rows must be, the rows that are there are asked first;
//! 3. *rebuild*: a new table, with the rows moved into it once, however many operations ask for it.
//!
//! | operation | how |
//! |---|---|
//! | create, drop and rename a table; add and drop an index; rename a column | native |
//! | add a column | native; rebuild for UNIQUE, PRIMARY KEY, STORED, a place, a backfill, and a default that differs by row |
//! | drop a column | native, which writes each row anew; rebuild where a constraint goes with it, where a later operation of the run rebuilds, and for several in one run |
//! | change a type | text where the affinity stays; else rebuild |
//! | set and drop NOT NULL | text; rebuild where NULLs are filled |
//! | set and drop a default | rebuild, because rows older than their column read it; text in an empty table |
//! | set and drop a collation | rebuild where something compares the column; else text |
//! | rename an index; add a CHECK or a foreign key; drop one | text |
//! | add and drop UNIQUE or PRIMARY KEY; order of columns; STRICT, WITHOUT ROWID | rebuild |
//!
//! Afterwards every view and trigger that worked must still work, every foreign key must point to
//! something unique, no row may point to one that is not there unless it did before, and nothing may
//! take other columns by their place than it did. Otherwise nothing has happened.
//!
//! One run: `run` opens a `savepoint` and a `session`, and calls the function in `alter/`;
//! `validate` checks the SQL in the operation; `alter/rewrite` and `rebuild/` are the two ways that are
//! not SQLite's own. `rebuild/lookahead` knows the operations that follow, and `rebuild/copy_rows`
//! moves the rows. `verify/` compares before and after: `dependents`, `meaning`, `column_order`, `keys`
//! and `orphans`; `scripted` is what a script made besides. `sqlite_error` classifies the errors of SQLite.
//!
//! [`online`] gives a table another shape while others write it.

mod alter;
mod connection_settings;
#[cfg(test)]
mod kept_schema;
mod new_names;
pub mod online;
mod rebuild;
mod run;
mod savepoint;
mod session;
mod sqlite_error;
mod validate;
mod verify;

pub use crate::operation::{KeyedTable, Kind, Need, OperationError, Refusal};
pub use alter::rewrite::SCHEMA_EDITS;
pub use run::{Performer, run};
pub use verify::duplicates::Duplicates;
