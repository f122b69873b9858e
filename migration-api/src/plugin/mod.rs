//! The fence around this crate's unsafe code: the C boundary, and the glue that stands on it.
//!
//! `source_digest`, `text` and `panic`, which is a folder up, are in `migration-model` too, byte for byte: a test compares them, and
//! `docs/decisions/two-boundaries.md` says why they are no crate.
#![allow(unsafe_code)]

pub mod abi;
#[cfg(feature = "plugin")]
mod call;
mod export;
#[cfg(feature = "plugin")]
mod perform;
#[cfg(feature = "plugin")]
mod report;
#[cfg(any(feature = "plugin", test))]
mod source_digest;
#[cfg(feature = "plugin")]
mod stage;
mod text;

#[cfg(feature = "plugin")]
pub use call::{descriptor, texts};
