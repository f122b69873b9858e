//! Bundles: all migrations of an application, built, in one file. The command line or the application
//! itself applies it, on a machine without Rust.
//!
//! A bundle is a tar archive of one exact form (`layout.rs`): each of its bytes follows from its
//! manifest, whose digest is at its beginning. A file that differs in any byte is refused.
//! docs/bundles.md describes the format, and docs/decisions/bundles.md the reasons.
//!
//! [`Bundle::open`] reads and trusts the manifest alone: with nothing pending, nothing else is read.
//! Before the first library is loaded, `verify.rs` compares the whole file.

mod compress;
mod content;
mod failure;
mod file;
mod frame;
mod header;
mod layout;
mod load;
mod manifest;
mod open;
mod signature;
mod source_frame;
#[cfg(test)]
mod tampered;
mod unpack;
mod unpack_all;
mod verdict_frame;
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
pub use source_frame::with_source;
#[doc(hidden)]
pub use verdict_frame::with_verdicts;
#[doc(hidden)]
pub use write::{PackedLibrary, write};
