//! The digests of sources, which show that a crate was edited.

mod crate_snapshot;
mod listing;
mod memory;
mod recall;
mod source;
mod stamp;

pub(crate) use crate_snapshot::Snapshot;
pub(crate) use memory::MemoryFile;
pub(crate) use recall::Recall;
pub use source::{SourceError, source};
pub(crate) use source::{source_called, source_text};
