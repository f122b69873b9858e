//! Operations as code, in the words that an author would write them in.

mod body;
mod call;
mod column;
mod constraint;
mod index;
mod key;
mod literal;
mod note;
mod table;
mod text;
mod written;

pub(super) use body::body;
pub(super) use note::comment;
pub use written::Written;
