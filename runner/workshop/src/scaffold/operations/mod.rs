//! Operations as code, in the words that an author would write them in.

mod body;
mod call;
mod constraint;
mod index;
mod key;
mod literal;
mod table;

pub(super) use body::{body, comment};
pub use call::Written;
