//! The fence around this crate's unsafe code: the C boundary between a crate of models and the runner.
#![allow(unsafe_code)]

pub mod abi;
mod describe;
mod export;
mod panic;
mod source_digest;

pub use describe::{Models, descriptor};
