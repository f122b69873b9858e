//! Who ran a statement.

use serde::{Deserialize, Serialize};

/// Who ran a statement.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(rename_all = "snake_case")]
pub enum Issuer {
    /// The code of the migration.
    #[default]
    Migration,
    /// The runner, as part of an operation that the migration asked for.
    Operations,
}
