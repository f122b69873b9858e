//! Why a test of a migration cannot go on, where neither the project nor the migration is the reason.

use std::io;
use std::path::PathBuf;

use crate::discover::FIXTURE;
use runner_engine::MigrationId;
use runner_engine::exit::{self, Exit};
use runner_engine::explain::{self, Code};
use runner_engine::hint::{self, Hint};

/// Why a test of a migration cannot go on.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TestingError {
    /// The databases of tests cannot be kept or copied.
    #[error("cannot keep databases for tests in `{}`", folder.display())]
    NoFolder {
        /// Where.
        folder: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// The migration is where the test wants to take it.
    #[error("`{id}` is {} in this test", if *is_applied { "applied already" } else { "not applied" })]
    Order {
        /// The migration.
        id: MigrationId,
        /// Whether it is applied.
        is_applied: bool,
    },
    /// The migration has no rows to begin with.
    #[error("`{id}` has no `{FIXTURE}`")]
    NoFixture {
        /// The migration.
        id: MigrationId,
    },
    /// The rows to begin with do not go in.
    #[error("the fixture of `{id}` does not go in: {message}")]
    Fixture {
        /// The migration.
        id: MigrationId,
        /// The file, the line, and what SQLite said.
        message: String,
    },
    /// A statement of the test itself failed.
    #[error("a statement of the test failed")]
    Statement(#[source] rusqlite::Error),
}

impl TestingError {
    /// The exit that this asks for.
    #[must_use]
    pub fn exit(&self) -> Exit {
        match self {
            Self::NoFolder { source, .. } => exit::of_io(source, Exit::Failed),
            Self::Order { .. } | Self::NoFixture { .. } => Exit::Usage,
            Self::Fixture { .. } => Exit::Failed,
            Self::Statement(source) => exit::of_sqlite(source),
        }
    }

    /// What the page of its code is called.
    #[must_use]
    pub fn code(&self) -> Code {
        match self {
            Self::NoFolder { source, .. } => explain::of_io(source, Code::UnwritableFile),
            Self::Order { .. } | Self::NoFixture { .. } | Self::Fixture { .. } => Code::BadTest,
            Self::Statement(source) => explain::of_sqlite(source),
        }
    }

    /// What to do next.
    #[must_use]
    pub fn hint(&self) -> Option<Hint> {
        Some(match self {
            Self::NoFolder { source, .. } => return hint::writing(source),
            Self::Order { is_applied: true, .. } => {
                "insert rows before `forward`, and call it once before `backward`".into()
            }
            Self::Order { is_applied: false, .. } => "call `forward` before `backward`".into(),
            Self::NoFixture { id } => {
                format!("write rows into `migrations/{id}/{FIXTURE}`, or insert them in the test")
                    .into()
            }
            Self::Fixture { .. } => return None,
            Self::Statement(source) => return hint::of_sqlite(source),
        })
    }
}

#[cfg(test)]
mod examples {
    use super::*;
    use crate::messages::{self, Examples, each_variant};

    impl Examples for TestingError {
        fn examples() -> Vec<Self> {
            let folder = || "/srv/game/migrations/target/runner-states-0123456789abcdef.d".into();
            each_variant!(TestingError:
                NoFolder { folder: folder(), source: messages::refused() },
                NoFolder { folder: folder(), source: io::ErrorKind::StorageFull.into() },
                Order { id: messages::id(), is_applied: true },
                Order { id: messages::id(), is_applied: false },
                NoFixture { id: messages::id() },
                Fixture {
                    id: messages::id(),
                    message: "fixture.sql, line 3: FOREIGN KEY constraint failed".into(),
                },
                Statement(messages::full()),
            )
        }
    }
}
