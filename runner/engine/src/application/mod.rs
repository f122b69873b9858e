//! What an application registers with SQLite on each of its connections, and the runner does not have:
//! functions, collations and tokenizers, declared by name.

mod names;
mod substitutes;

pub use names::lacks;
pub use names::{ApplicationNames, Missing};
pub(crate) use names::{calls, mentions, words};
