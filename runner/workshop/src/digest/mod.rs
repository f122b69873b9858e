//! Digests. That of a schema is in `objects.rs`.

mod listing;
mod memory;
mod recall;
mod snapshot;
mod source;
mod stamp;
mod sum;

pub(crate) use memory::MemoryFile;
pub(crate) use recall::Recall;
pub(crate) use snapshot::Snapshot;
pub(crate) use source::source_called;
pub use source::{SourceError, source};
pub(crate) use sum::{Sum, hex};
