//! Digests. That of a schema is in `objects.rs`.

mod memory;
mod source;
mod stamp;
mod sum;

pub(crate) use memory::Recalled;
pub use source::{SourceError, source};
pub(crate) use sum::Sum;
