//! Why nothing was recorded as applied.

use std::path::PathBuf;

use runner_engine::Exit;
use runner_engine::explain::Code;

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
            Self::AnotherSchema { .. } => Exit::Refused,
        }
    }

    /// What `runner explain` has to say about it.
    #[must_use]
    pub fn code(&self) -> Code {
        match self {
            Self::NoDatabase { .. } => Code::NoDatabase,
            Self::AnotherSchema { .. } => Code::AnotherSchema,
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
                NoReason,
            )
        }
    }
}
