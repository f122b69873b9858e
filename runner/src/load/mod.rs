//! Stage 4: from built files to functions that can be called. All of a plan is loaded before the
//! first transaction begins.

mod embedded;
mod export;
mod failure;
mod inspect;
mod open;
mod own_sqlite;

pub(crate) use embedded::EmbeddedDigest;
pub use export::Export;
pub use failure::LoadError;
pub use inspect::{InspectError, inspect};
pub(crate) use inspect::{judge_head, look, look_into};
pub use open::Artifact;
pub(crate) use open::{Loaded, load};
pub(crate) use own_sqlite::brings_sqlite;
