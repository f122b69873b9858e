//! Bundles: all migrations of an application, built, in one file. It is applied on a machine without
//! Rust, by the command line or by the application itself.
//!
//! A bundle is a tar archive of one exact form (`layout.rs`): each of its bytes follows from its
//! manifest, and that is summed up at its beginning. What is not that form to the byte is refused.
//! docs/bundles.md tells what is in it, and docs/decisions/bundles.md why.
//!
//! [`Bundle::open`] reads and believes the manifest alone: with nothing pending nothing else is read.
//! Before the first library is loaded, `verify.rs` compares the whole file.

mod compress;
mod content;
mod failure;
mod file;
mod header;
mod layout;
mod load;
mod manifest;
mod open;
mod signature;
#[cfg(test)]
mod tampered;
mod unpack;
mod unpack_all;
mod verify;
mod write;

#[doc(hidden)]
pub use compress::compress;
pub use failure::{BundleError, Flaw};
pub use file::BundleFile;
pub(crate) use load::LoadFailure;
#[doc(hidden)]
pub use manifest::FORMAT;
pub use manifest::{Abi, Bundled, Manifest, Sized, TARGET};
pub use open::Bundle;
#[doc(hidden)]
pub use write::{PackedLibrary, write};
