//! A step of a plan, with the library that does it.

use serde::{Deserialize, Serialize};

use crate::direction::Direction;
use crate::load::Artifact;

/// A step of a plan, with the library that does it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BuiltStep {
    /// Its direction.
    pub direction: Direction,
    /// The migration.
    pub artifact: Artifact,
}
