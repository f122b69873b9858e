//! Operations are written down as the code that makes them.
#![allow(clippy::unwrap_used)]

#[path = "../sandbox/mod.rs"]
mod sandbox;

mod any_operation;
mod appearance;
mod recorded;
mod there_and_back;
mod undecided;
