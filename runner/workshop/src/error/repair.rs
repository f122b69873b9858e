//! Why nothing was repaired.

use runner_engine::MigrationId;
use runner_engine::explain::Code;
use runner_engine::hint::{Action, Hint};

/// Why nothing was repaired.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RepairError {
    /// The reason is empty.
    #[error("a repair needs a reason")]
    NoReason,
    /// A migration that is to be forgotten has another name now.
    #[error(
        "there is nothing to forget: `{id}` is called `{to}` now, which would be applied again"
    )]
    Renamed {
        /// The migration, as the history knows it.
        id: MigrationId,
        /// What it is called now.
        to: MigrationId,
    },
    /// A migration that is to be settled has tables and triggers of its own, for a change online that is half done.
    #[error("`{id}` is changing a table online, and what it has made for that is in the database")]
    OnlineHalfWay {
        /// The migration.
        id: MigrationId,
    },
    /// Nothing needs this repair.
    #[error("{why}")]
    Needless {
        /// What was asked for, and is so already.
        why: String,
    },
}

impl RepairError {
    /// What `runner explain` has to say about it.
    #[must_use]
    pub fn code(&self) -> Code {
        match self {
            Self::NoReason => Code::NoReason,
            Self::OnlineHalfWay { .. } => Code::HalfDone,
            Self::Needless { .. } | Self::Renamed { .. } => Code::NothingToRepair,
        }
    }

    /// What to do next.
    #[must_use]
    pub fn hint(&self) -> Option<Hint> {
        Some(match self {
            Self::NoReason => "say why, for those who look at it later".into(),
            Self::Renamed { id, to } => Hint::from("record the new name: ")
                .and(Action::RecordRename { id: id.clone(), to: to.clone() }),
            Self::OnlineHalfWay { id } => {
                Hint::from("take it away first: ").and(Action::Abandon(id.clone()))
            }
            Self::Needless { .. } => Hint::from("nothing was changed; ")
                .and(Action::ShowRepairs)
                .and(" shows what can be repaired"),
        })
    }
}
