//! Digests. That of a schema is in `objects.rs`.

mod source;
mod sum;

pub use source::{SourceError, source};
pub(crate) use sum::Sum;
