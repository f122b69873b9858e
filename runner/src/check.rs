//! What `runner check` finds: whatever a deployment must not go on with.

use serde::Serialize;

use crate::drift::Drift;
use crate::id::MigrationId;
use crate::schema::Diff;
use crate::status::{State, Status};

/// One thing that is not as it must be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Finding {
    /// A migration is not applied.
    Pending {
        /// The migration.
        id: MigrationId,
    },
    /// The crates, the history and the schema do not agree.
    Drift {
        /// In what.
        drift: Drift,
    },
    /// The migrations give another schema than the models.
    Models {
        /// In what they differ.
        diff: Diff,
    },
}

impl Finding {
    /// What is pending.
    pub fn pending(status: &Status) -> impl Iterator<Item = Self> {
        let is_pending = |state| matches!(state, State::Pending | State::OutOfOrder);
        let pending = status.migrations.iter().filter(move |entry| is_pending(entry.state));
        pending.map(|entry| Self::Pending { id: entry.id.clone() })
    }

    /// What has drifted. A migration that is pending and older than the last applied is one that is
    /// pending, too.
    pub fn drift(status: &Status) -> impl Iterator<Item = Self> {
        status.drift.iter().map(|drift| Self::Drift { drift: drift.clone() })
    }

    /// What it is, in a line.
    #[must_use]
    pub fn sentence(&self) -> String {
        match self {
            Self::Pending { id } => format!("pending: `{id}` is not applied"),
            Self::Drift { drift } => format!("drift: {drift}"),
            Self::Models { diff } => format!("models: {} and {} differ", diff.from, diff.to),
        }
    }

    /// What to do next.
    #[must_use]
    pub fn ways_out(&self) -> Vec<String> {
        match self {
            Self::Pending { .. } => vec!["`runner migrate`".to_owned()],
            Self::Drift { drift } => drift.ways_out(),
            Self::Models { .. } => {
                vec!["`runner create NAME --auto` writes the migration that is missing".to_owned()]
            }
        }
    }
}
