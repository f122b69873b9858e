//! What `runner check` finds: everything that must stop a deployment.

use std::time::Duration;

use serde::Serialize;

use crate::schema::Diff;
use runner_engine::MigrationId;
use runner_engine::backup::{self, Soundness, Unverified, Verification};
use runner_engine::database::{Database, DatabaseError};
use runner_engine::drift::Drift;
use runner_engine::hint::{Action, Hint};
use runner_engine::status::{State, Status};

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
    /// The database is damaged.
    Damaged {
        /// What SQLite found.
        found: String,
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
            Self::Damaged { found } => format!("damaged: {found}"),
            Self::Models { diff } => format!("models: {} and {} differ", diff.from, diff.to),
        }
    }

    /// What to do next.
    #[must_use]
    pub fn ways_out(&self) -> Vec<Hint> {
        match self {
            Self::Pending { .. } => vec![Action::Migrate.into()],
            Self::Drift { drift } => drift.ways_out(),
            Self::Damaged { found } => vec![backup::repair_of(found)],
            Self::Models { .. } => {
                vec![
                    Hint::from(Action::WriteMigrationForModels)
                        .and(" writes the migration that is missing"),
                ]
            }
        }
    }
}

/// What a look through the whole database found.
#[derive(Debug, Default)]
pub struct Verified {
    /// The first thing that is broken.
    pub damage: Option<Finding>,
    /// What could not be looked at, and why not.
    pub unverified: Vec<Unverified>,
}

/// Looks through the whole database, if there is one: every page, and every index against its table.
///
/// # Errors
/// It cannot be read.
pub fn verify(database: &Database, patience: Duration) -> Result<Verified, DatabaseError> {
    let Some(connection) = database.look(patience)? else { return Ok(Verified::default()) };
    let found = backup::look_through(&connection, Verification::Paranoid);
    Ok(match found.map_err(|source| database.sqlite_error(source))? {
        Soundness::Damaged(found) => {
            Verified { damage: Some(Finding::Damaged { found }), ..Verified::default() }
        }
        Soundness::Sound(unverified) => Verified { damage: None, unverified },
    })
}
