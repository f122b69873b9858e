//! Operations as JSON: one object an operation, its name under `op`, fields that say nothing left out
//! and unknown fields refused. The shapes here differ from the public types only where JSON is
//! flatter than they are.

mod column;
mod read;
mod wire;
mod write;

pub(super) use column::{ColumnWire, IndexColumnWire};
pub(super) use wire::Wire;
