//! Stage 4: from built files to functions that can be called. All of a plan is loaded before the
//! first transaction begins.

mod artifact;
mod blocks;
mod export;
mod failure;
mod inspect;
mod loader;
#[cfg(target_os = "linux")]
mod memory_file;
mod open;
mod own_sqlite;
mod private_folder;

pub use artifact::{Artifact, BuiltStep, Library};
#[doc(hidden)]
pub use export::EmbeddedDigest;
pub use export::{Export, ExportWords};
pub use failure::LoadError;
pub(crate) use inspect::inspect_bytes;
#[doc(hidden)]
pub use inspect::{Head, judge_head, look, look_into};
pub use inspect::{InspectError, inspect};
pub(crate) use loader::{Loader, Unloadable};
pub(crate) use open::{Loaded, load};
#[doc(hidden)]
pub use own_sqlite::brings_sqlite;
pub use private_folder::NoPlace;

pub(crate) use crate::ffi::Opened;
