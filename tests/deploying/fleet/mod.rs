//! Fleets: many databases, migrated by the real binary from a real bundle.
#![cfg(unix)]

mod batched;
mod crates;
mod engines;
mod gate;
mod inputs;
mod kills;
mod library;
mod limits;
mod naming;
mod network;
mod plans;
mod progress;
mod scene;
mod states;
mod undo;
