//! The operations that lead from one schema to another.
//!
//! ```
//! use runner_operations::difference::{Options, between};
//! use runner_operations::schema::Schema;
//!
//! let schema = |sql: &str| -> Result<_, Box<dyn std::error::Error>> {
//!     let connection = rusqlite::Connection::open_in_memory()?;
//!     connection.execute_batch(sql)?;
//!     Ok(Schema::read(&connection)?)
//! };
//! let from = schema("CREATE TABLE player (name TEXT)")?;
//! let to = schema("CREATE TABLE player (level INTEGER NOT NULL DEFAULT 1, name TEXT NOT NULL)")?;
//! let mut difference = between(&from, &to, &Options::default())?;
//! let sentences: Vec<_> = difference.operations().map(|operation| operation.to_string()).collect();
//! assert_eq!(sentences, [
//!     "add column `level` INTEGER NOT NULL DEFAULT 1 to table `player`",
//!     "make column `name` of table `player` NOT NULL",
//! ]);
//! // What is to stand where NULL stood is for a person to say.
//! for change in difference.changes.iter_mut().filter(|change| change.undecided.is_some()) {
//!     change.fill("'nobody'");
//! }
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! The changes are tried: `diff` makes an empty database with the first schema, `renames` gives tables and
//! columns their new names there (`rename_state` decides which of them have these already), `plan` lists the
//! remaining changes in order, and `trial` carries them out, an operation at a time. An index, a view, a trigger or
//! a key that makes an operation fail is an obstacle (`obstacles`): it is dropped before and made again after. A
//! table whose new shape no operation can give is made anew by SQL (`rebuild_sql`). At the end the schema of the
//! empty database is compared with the second one.
//!
//! Beside these, `to_operations` writes a schema in the vocabulary of operations, `rename_guess` finds undeclared
//! renames, and `loss` is what may be lost for good.

mod change;
mod diff;
mod error;
mod loss;
mod obstacles;
mod options;
mod plan;
mod rebuild_sql;
mod rename_guess;
mod rename_state;
mod renames;
mod to_operations;
mod trial;

pub use change::{Beyond, Change, Difference, Undecided};
pub use diff::{between, between_on};
pub use error::{DifferenceError, RenameError};
pub use loss::Loss;
pub use options::{Options, Rename};
pub use rename_guess::PerhapsRenamed;
