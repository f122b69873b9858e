//! The packages of this workspace can be published: under names that are free, with all that they are built of,
//! with nothing under a licence that is not ours to pass on, and with few crates of others. What two of them
//! hold because neither can take it from the other is the same.
#![allow(clippy::unwrap_used)]

mod dependencies;
mod licences;
mod packed;
mod same_files;

use std::path::Path;

/// The folder of this repository.
fn repository() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap()
}
