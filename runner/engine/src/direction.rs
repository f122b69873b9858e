//! The two ways that a migration goes.

use serde::{Deserialize, Serialize};

/// Which way a migration goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    /// Applied.
    Forward,
    /// Reverted.
    Backward,
}
