//! Why nothing was recorded as applied.

use std::path::PathBuf;

use runner_engine::explain::Code;
use runner_engine::{Exit, MigrationId};

use crate::schema::Diff;
use runner_engine::hint::{Action, Hint};

/// Why nothing was taken for applied.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum FakeError {
    /// There is nothing yet.
    #[error("there is no database `{}` whose schema could be there already", path.display())]
    NoDatabase {
        /// Where it would be.
        path: PathBuf,
    },
    /// The migrations give another schema.
    #[error("the migrations were not recorded as applied: {diff}")]
    AnotherSchema {
        /// In what.
        diff: Diff,
    },
    /// A batched migration is half done.
    #[error("the batched migration `{id}` is half done, so nothing is recorded as applied")]
    HalfDone {
        /// The migration.
        id: MigrationId,
    },
    /// The reason is empty.
    #[error("recording migrations as applied without comparing the schema needs a reason")]
    NoReason,
}

impl FakeError {
    /// The exit that this asks for.
    #[must_use]
    pub fn exit(&self) -> Exit {
        match self {
            Self::NoDatabase { .. } | Self::NoReason => Exit::Usage,
            Self::AnotherSchema { .. } | Self::HalfDone { .. } => Exit::Refused,
        }
    }

    /// What `runner explain` has to say about it.
    #[must_use]
    pub fn code(&self) -> Code {
        match self {
            Self::NoDatabase { .. } => Code::NoDatabase,
            Self::AnotherSchema { .. } => Code::AnotherSchema,
            Self::HalfDone { .. } => Code::HalfDone,
            Self::NoReason => Code::NoReason,
        }
    }

    /// What to do next.
    #[must_use]
    pub fn hint(&self) -> Option<Hint> {
        Some(match self {
            Self::NoDatabase { .. } => Hint::from(Action::MigrateNewDatabase).and(" makes it"),
            Self::AnotherSchema { .. } => Hint::from("nothing was recorded; ")
                .and(Action::WriteMigrationForDatabase)
                .and(" writes a migration for what is missing"),
            Self::HalfDone { id } => Hint::from("finish it first: ")
                .and(Action::Migrate)
                .and("; or, if its work is done: ")
                .and(Action::RecordFinished(id.clone())),
            Self::NoReason => "say why, for those who look at it later".into(),
        })
    }
}

#[cfg(test)]
mod examples {
    use super::*;
    use crate::messages::{Examples, each_variant};

    impl Examples for FakeError {
        fn examples() -> Vec<Self> {
            each_variant!(FakeError:
                NoDatabase { path: "/srv/game/data/app.db".into() },
                AnotherSchema { diff: Diff::example() },
                HalfDone { id: crate::messages::id() },
                NoReason,
            )
        }
    }
}
