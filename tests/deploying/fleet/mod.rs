//! Fleets: many databases, migrated by the real binary from a real bundle.
#![cfg(unix)]

mod crates;
mod kills;
mod library;
mod plans;
mod scene;
mod states;
