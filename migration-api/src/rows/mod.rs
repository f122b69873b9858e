//! Row by row through a table, with a function in Rust: [`Migrator::rows`](crate::Migrator::rows).
//!
//! [`Rows`] says which rows and columns, [`RowsOnAllCores`] the same for a function that runs on all cores. The
//! function gets a [`Row`] and gives [`NewValues`]. [`RowsOf`] is the same with structs: it gets a [`TableRow`] and gives a
//! [`RowChange`]. A row that fails is a [`RowError`], which names it; everything else that
//! stops a pass is a [`RowsError`].
//!
//! ```
//! use migration_api::prelude::*;
//!
//! # fn main() -> Result {
//! # let connection = rusqlite::Connection::open_in_memory()?;
//! # connection.execute_batch(
//! #     "CREATE TABLE document (name TEXT PRIMARY KEY, body TEXT, lines INTEGER, longest TEXT);
//! #      INSERT INTO document (name, body) VALUES ('a', 'one'), ('b', NULL), ('c', 'one\nthree\ntwo')",
//! # )?;
//! let changed = Migrator::new(&connection)
//!     .rows("document")
//!     .read(["body"])
//!     .on_all_cores()
//!     .update(["lines", "longest"], |row| {
//!         let Some(body) = row.get::<Option<String>>("body")? else { return Ok(None) };
//!         let longest = body.lines().max_by_key(|line| line.len()).ok_or("an empty document")?;
//!         Ok(Some((body.lines().count() as i64, longest.to_owned())))
//!     })?;
//! assert_eq!(changed, 2);
//! # Ok(())
//! # }
//! ```
//!
//! # How it is made
//!
//! In the order of a pass: what its author asked for (`builder`), the table and the key that finds a row again
//! (`table`, `key`), which value of a row is where (`layout`), reading behind a key (`reader`), the row that the function
//! sees (`row`) and the values that it gives (`values`), both as structs (`typed`), the call of it (`function`), writing by key (`writer`), and a
//! batch of all that (`pass`, `batch`), on one core (`here`) or on all (`cores`). A table is gone through within one
//! transaction (`whole`), or batch by batch for a host (`staged`). `cells` holds values without an allocation for each,
//! `cursor` is the place between two batches as bytes.
//!
//! Little of it has type parameters, since what has some is compiled in each migration.

mod batch;
mod builder;
mod cells;
mod cores;
mod count;
mod cursor;
mod failure;
mod function;
mod here;
mod key;
mod layout;
mod literal;
mod panicked;
mod pass;
mod reader;
mod refusal;
mod row;
mod staged;
mod table;
#[cfg(test)]
mod tests;
mod typed;
mod values;
mod whole;
mod writer;

pub use builder::{Rows, RowsOnAllCores};
pub use failure::RowError;
pub use refusal::RowsError;
pub use row::Row;
pub use typed::{NewValue, RowChange, RowsOf, RowsOfOnAllCores, TableRow};
pub use values::{NewRow, NewValues};
