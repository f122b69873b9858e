//! Makes bundles: all migrations of a project, built, in one file. The engine opens them.

mod make;
mod pack;

pub use crate::cargo::SIGNING_PASSWORD;
pub use crate::error::PackError;
pub use make::{Packed, make};
