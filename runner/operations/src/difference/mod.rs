//! The operations that lead from one schema to another.
//!
//! ```
//! use migration_api::difference::{Options, between};
//! use migration_api::schema::Schema;
//!
//! let schema = |sql: &str| -> Result<_, migration_api::Error> {
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
//! # Ok::<(), migration_api::Error>(())
//! ```
//!
//! The way from one to the other is not thought out to the end but tried: `between` makes an empty
//! database of the first schema, `renames` gives tables and columns their new names there (`settled` tells
//! which have them already), `plan` says
//! what is left to do and in which order, and `trial` does it, an operation at a time. What refuses
//! because an index, a view, a trigger or a key stands in the way goes `away` and comes back later; a
//! table that the operations' vocabulary cannot bring there is made anew by SQL (`remake`). At the end
//! the empty database is compared with the schema that was wanted.
//!
//! Beside it: `in_words` is a schema in the vocabulary of operations, `likeness` finds what may be a
//! rename that nobody mentioned, `loss` is what may be gone for good.

mod away;
mod between;
mod change;
mod error;
mod in_words;
mod likeness;
mod loss;
mod options;
mod plan;
mod remake;
mod renames;
mod settled;
mod trial;

pub use between::{between, between_on};
pub use change::{Beyond, Change, Difference, Undecided};
pub use error::{DifferenceError, RenameError};
pub use likeness::PerhapsRenamed;
pub use loss::Loss;
pub use options::{Options, Rename};
