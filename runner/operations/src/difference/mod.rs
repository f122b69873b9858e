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
//! The way from one to the other is not thought out to the end but tried: `diff` makes an empty
//! database of the first schema, `renames` gives tables and columns their new names there (`rename_state` tells
//! which have them already), `plan` says
//! what is left to do and in which order, and `trial` does it, an operation at a time. What refuses
//! because an index, a view, a trigger or a key stands in the way is an obstacle (`obstacles`), which goes and comes back later; a
//! table that the operations' vocabulary cannot bring there is made anew by SQL (`rebuild_sql`). At the end
//! the empty database is compared with the schema that was wanted.
//!
//! Beside it: `to_operations` is a schema in the vocabulary of operations, `rename_guess` finds what may be a
//! rename that nobody mentioned, `loss` is what may be gone for good.

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
