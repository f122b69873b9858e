//! Tests of migrations for `cargo test`: a database as it is before a migration or after it, in milliseconds.
//!
//! What a migration means, its author knows: that `2s 6d` becomes 30. A test in a crate beside the migrations, or in the
//! application, says so in Rust. A [`Harness`] takes the migrations of a project; [`Harness::before`] gives a database
//! to which all that come before one migration are applied, for the test to insert rows, and then goes
//! [forward](MigrationTest::forward) and [backward](MigrationTest::backward):
//!
//! ```no_run
//! use runner_workshop::testing::{Failure, Harness};
//!
//! # #[allow(clippy::test_attr_in_doctest)]
//! #[test]
//! fn shillings_and_pence_become_pence() -> Result<(), Failure> {
//!     let mut test = Harness::of(env!("CARGO_MANIFEST_DIR"))?.before("count_fees_in_pence")?;
//!     test.connection().execute("INSERT INTO stay (name, fee) VALUES ('Ada', '2s 6d')", [])?;
//!
//!     test.forward()?;
//!     let pence: i64 = test.connection().query_row("SELECT pence FROM stay", [], |row| row.get(0))?;
//!     assert_eq!(pence, 30);
//!
//!     test.backward()?;
//!     let fee: String = test.connection().query_row("SELECT fee FROM stay", [], |row| row.get(0))?;
//!     assert_eq!(fee, "2s 6d");
//!     Ok(())
//! }
//! ```
//!
//! [`Harness::at`] gives a database as it is after a migration, with the rows that migrations insert, and
//! [`Harness::latest`] as it is after all of them: what a test of the application begins with.
//!
//! **What it costs.** The first test builds the migrations by one call of cargo, in their own target folder, where
//! `runner migrate` builds them too. The database before or after a migration is made once, and kept there by the digests of
//! all sources that have a part in it: whoever edits a migration gets another one. After that a test copies a file.
//! Tests run at the same time, as threads and as processes: one makes what all need, and the others wait.
//!
//! **Where the code runs.** In the process of the test, whose migrations are loaded and never unloaded. One that exits or
//! aborts ends the test program. `runner test` runs each in a process of its own.
//!
//! **Which SQLite.** That of the test: its `rusqlite` is the engine's, or cargo refuses to link two.

mod failure;
mod harness;
mod libraries;
mod migration_test;
mod states;
mod test_database;

pub use crate::error::TestingError;
pub use failure::Failure;
pub use harness::Harness;
pub use migration_test::MigrationTest;
pub use rusqlite;
pub use test_database::TestDatabase;
