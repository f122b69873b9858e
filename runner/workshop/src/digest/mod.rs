//! The digests of sources, by which it shows that a crate was edited.

mod listing;
mod memory;
mod recall;
mod snapshot;
mod source;
mod stamp;

pub(crate) use memory::MemoryFile;
pub(crate) use recall::Recall;
pub(crate) use snapshot::Snapshot;
pub(crate) use source::source_called;
pub use source::{SourceError, source};
