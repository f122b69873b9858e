//! The fence around this crate's unsafe code: the C boundary between a crate of models and the runner.
//!
//! `panic`, `source_digest` and `text` are in `migration-api` too, byte for byte: a test compares them, and
//! `docs/decisions/two-boundaries.md` says why they are no crate.
#![allow(unsafe_code)]

pub mod abi;
mod describe;
mod export;
mod panic;
mod source_digest;
mod text;

pub use describe::{Models, descriptor};
