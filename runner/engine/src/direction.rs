//! The direction of a migration.

use serde::{Deserialize, Serialize};

/// The direction of a migration.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    /// Applied.
    Forward,
    /// Reverted.
    Backward,
}
