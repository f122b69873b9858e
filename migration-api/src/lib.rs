//! The API that migrations for `runner` are written against.
//!
//! A migration is a crate that builds a dynamic library. It implements [`Migration`] for a type and
//! exports that type with [`export_migration!`]:
//!
//! ```
//! use migration_api::prelude::*;
//!
//! #[derive(Default)]
//! pub struct AddExperience;
//!
//! impl Migration for AddExperience {
//!     fn migrate_forward(&self, migrator: &mut Migrator) -> Result {
//!         migrator.add_column("player", Column::integer("experience").not_null().default(0))?;
//!         migrator.connection().execute("UPDATE player SET experience = score * 10", [])?;
//!         Ok(())
//!     }
//!
//!     fn migrate_backward(&self, migrator: &mut Migrator) -> Result {
//!         migrator.drop_column("player", "experience")
//!     }
//! }
//!
//! // In a migration's own crate: export_migration!(AddExperience);
//! # let connection = rusqlite::Connection::open_in_memory()?;
//! # connection.execute_batch("CREATE TABLE player (score INTEGER); INSERT INTO player VALUES (4)")?;
//! # AddExperience.migrate_forward(&mut Migrator::new(&connection))?;
//! # let experience: i64 = connection.query_row("SELECT experience FROM player", [], |r| r.get(0))?;
//! # assert_eq!(experience, 40);
//! # AddExperience.migrate_backward(&mut Migrator::new(&connection))?;
//! # Ok::<(), migration_api::Error>(())
//! ```
//!
//! - [`Migration`]: the two directions, and what a migration may declare.
//! - [`Migrator`]: the handle that a migration gets: rusqlite itself, operations, messages and progress.
//! - [`operation`]: changes of a schema as data, and the builders that make them.
//! - [`Error`]: takes any error through `?`, and remembers the line it came from.
//! - [`host`]: what a migration may ask of the process that runs it.
//! - [`abi`]: the C boundary between a built migration and the runner, frozen by a test.
//!
//! With the feature `operations`, which a migration does not need, `Migrator::new` carries operations out on
//! any rusqlite connection, without the runner, and there are
//!
//! - `perform`: how each operation is done on SQLite, and why it may be refused;
//! - `schema`: a model of a database's tables, indexes, views and triggers, read from their texts;
//! - `difference`: the operations that lead from one schema to another.

pub mod error;
pub mod host;
mod migration;
mod migrator;
#[cfg_attr(
    not(feature = "plugin"),
    allow(dead_code, reason = "of a program's panics only the words are used")
)]
mod panic;
mod plugin;
pub mod rows;
#[doc(hidden)]
pub mod sql_file;
mod stage;

/// Changes of a schema as data, and why they may be refused.
pub mod operation {
    pub use migration_operation::*;
    #[cfg(feature = "operations")]
    pub use runner_operations::Inverse;
}

/// What `docs/operations.md` shows, run as a test.
#[cfg(all(doctest, feature = "operations"))]
#[doc = include_str!("../../docs/operations.md")]
mod page {}

pub use error::{Error, Result};
pub use migration::Migration;
pub use migration_operation::{KeyedTable, Kind as ObjectKind, Need, OperationError, Refusal};
pub use migrator::Migrator;
pub use plugin::abi;
#[cfg(feature = "plugin")]
#[doc(hidden)]
pub use plugin::{descriptor, texts};
#[cfg(feature = "operations")]
pub use runner_operations::{difference, perform, schema};
pub use rusqlite;

/// Everything a migration usually needs, in one line.
pub mod prelude {
    #[cfg(feature = "operations")]
    pub use crate::operation::Inverse as _;
    pub use crate::operation::{
        Action, Check, Column, Conflict, ForeignKey, Index, IndexColumn, Literal, Operation,
        PrimaryKey, Table, TableOptions, Unique, WhichConstraint,
    };
    pub use crate::{Error, Migration, Migrator, Result, export_migration, include_sql, rusqlite};
}
