//! Why a batched migration does not begin, or does not go on.

use std::fmt;

use migration_api::OperationError;
use migration_api::perform::online::StateError;

use crate::apply::ApplyError;
use crate::direction::Direction;
use crate::drift;
use crate::exit::{self, Exit};
use crate::explain::{self, Code};
use crate::hint::{Action, Hint};
use crate::id::MigrationId;

/// Why a batched migration does not begin, or does not go on. What is committed of it stays.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BatchedError {
    /// Another runner is at it.
    #[error("another runner is at the batched migration `{id}`")]
    UnderWay {
        /// The migration.
        id: MigrationId,
    },
    /// Another migration is half done.
    #[error("the batched migration `{id}` is half done{}", way(*direction))]
    OtherHalfDone {
        /// The migration that is half done.
        id: MigrationId,
        /// Which way it goes.
        direction: Direction,
    },
    /// Another runner has gone on with it meanwhile.
    #[error(
        "the batched migration `{id}` was taken over by another runner, or settled by a repair, meanwhile"
    )]
    Replaced {
        /// The migration.
        id: MigrationId,
    },
    /// A single transaction was asked for.
    #[error(
        "the batched migration `{id}` runs in many transactions, so there cannot be a single one"
    )]
    NotInOneTransaction {
        /// The migration.
        id: MigrationId,
    },
    /// Its time is over.
    #[error("the time of this run is over, and the migration `{id}` is to go on")]
    Paused {
        /// The migration that would go on, or be the next.
        id: MigrationId,
    },
    /// It was edited after it had begun.
    #[error("the batched migration `{id}` was edited after it had begun, and is half done")]
    Edited {
        /// The migration.
        id: MigrationId,
    },
    /// It does not declare a way back from half way.
    #[error("the batched migration `{id}` is half done, and declares no way back from there")]
    NoWayBack {
        /// The migration.
        id: MigrationId,
    },
    /// It is on its way back.
    #[error("the batched migration `{id}` is half way back")]
    HalfWayBack {
        /// The migration.
        id: MigrationId,
    },
    /// It does not ask for the stages that it asked for before.
    #[error(
        "the batched migration `{id}` was at {expected}, and now asks for {found} in its place"
    )]
    OtherStages {
        /// The migration.
        id: MigrationId,
        /// The stage that was begun.
        expected: String,
        /// The stage that it asks for now.
        found: String,
    },
    /// It went on after the error of a stage.
    #[error("the batched migration `{id}` went on after the error of {stage}")]
    ErrorPassedOver {
        /// The migration.
        id: MigrationId,
        /// The stage.
        stage: String,
    },
    /// How far `online` is was written by another version of the runner.
    #[error("it cannot be read how far the batched migration `{id}` is")]
    Unreadable {
        /// The migration.
        id: MigrationId,
        /// Why not.
        #[source]
        source: StateError,
    },
    /// The operations of `online` cannot be carried out.
    #[error("the migration `{id}` cannot change a table online")]
    Online {
        /// The migration.
        id: MigrationId,
        /// Whether something of it is in the database.
        begun: bool,
        /// Why not.
        #[source]
        source: OperationError,
    },
}

fn way(direction: Direction) -> &'static str {
    match direction {
        Direction::Forward => "",
        Direction::Backward => ", on its way back",
    }
}

impl BatchedError {
    /// The exit code.
    #[must_use]
    pub fn exit(&self) -> Exit {
        match self {
            Self::UnderWay { .. } | Self::Replaced { .. } | Self::Paused { .. } => Exit::TryAgain,
            Self::OtherHalfDone { .. }
            | Self::NotInOneTransaction { .. }
            | Self::Edited { .. }
            | Self::NoWayBack { .. }
            | Self::HalfWayBack { .. }
            | Self::Unreadable { .. }
            | Self::ErrorPassedOver { .. }
            | Self::OtherStages { .. } => Exit::Refused,
            Self::Online { source, .. } => match of_the_moment(source) {
                Some(error) => exit::of_sqlite(error),
                None => Exit::Failed,
            },
        }
    }

    /// Its code, for `runner explain`.
    #[must_use]
    pub fn code(&self) -> Code {
        match self {
            Self::UnderWay { .. } | Self::Replaced { .. } => Code::BatchedUnderWay,
            Self::NotInOneTransaction { .. } => Code::NotInOneTransaction,
            Self::Paused { .. } => Code::Paused,
            Self::OtherHalfDone { .. }
            | Self::Edited { .. }
            | Self::NoWayBack { .. }
            | Self::Unreadable { .. }
            | Self::HalfWayBack { .. } => Code::HalfDone,
            Self::OtherStages { .. } | Self::ErrorPassedOver { .. } => Code::OtherStages,
            Self::Online { source, .. } => {
                of_the_moment(source).map_or(Code::MigrationFailed, explain::of_sqlite)
            }
        }
    }

    /// What to do next.
    #[must_use]
    pub fn hint(&self) -> Option<Hint> {
        Some(match self {
            Self::UnderWay { .. } | Self::Replaced { .. } => {
                Hint::from("wait until it has finished; ").and(Action::ShowStatus).and(" shows how far it is")
            }
            Self::NotInOneTransaction { id } => format!(
                "nothing was done. Take the steps before `{id}`, it, and those after it apart"
            )
            .into(),
            Self::Paused { .. } => "what is committed stays: run the command again, and it goes on there".into(),
            Self::OtherHalfDone { direction: Direction::Forward, .. } => {
                Hint::from("finish it first: ").and(Action::Migrate)
            }
            Self::OtherHalfDone { direction: Direction::Backward, .. } | Self::HalfWayBack { .. } => {
                Hint::from("finish its way back first: ").and(Action::RevertLast)
            }
            Self::Edited { id } => Hint::either(drift::ways_out_of_an_edit_half_way(id)),
            Self::NoWayBack { id } => Hint::from("finish it, and revert it then: ").and(Action::Migrate).and(format!(
                ". If its `migrate_backward` can begin half way, say so in `{id}` before it begins: \
                 `const REVERSIBLE_HALF_DONE: bool = true`"
            )),
            Self::OtherStages { id, .. } => Hint::from(
                "what its stages did stays. A batched migration must ask for the same stages in the same order each \
                 time it is called, whatever it finds in the database. A change online that is half done is taken \
                 away, to begin anew, by ",
            )
            .and(Action::Abandon(id.clone())),
            Self::ErrorPassedOver { .. } => "a stage that is not done is done by the next run: let `migrate_forward` and \
                 `migrate_backward` return its error"
                .into(),
            Self::Unreadable { .. } => "let the version of the runner finish it that began it".into(),
            Self::Online { begun: false, .. } => "nothing of the change is in the database".into(),
            Self::Online { begun: true, .. } => Hint::from(
                "the table is as it was, and what was copied so far stays beside it. Once the reason is mended, the \
                 next run goes on there: ",
            )
            .and(Action::Migrate),
        })
    }
}

/// What SQLite said, if that is about the moment and not about the operations.
fn of_the_moment(error: &OperationError) -> Option<&rusqlite::Error> {
    sqlite_error(error).filter(|sqlite| exit::of_sqlite(sqlite) == Exit::TryAgain)
}

/// What SQLite said, if an error of its own is behind `error`.
pub(super) fn sqlite_error(error: &OperationError) -> Option<&rusqlite::Error> {
    let mut next: Option<&(dyn std::error::Error + 'static)> = Some(error);
    while let Some(error) = next {
        if let Some(sqlite) = error.downcast_ref() {
            return Some(sqlite);
        }
        next = error.source();
    }
    None
}

/// The error of a batched migration that is half done.
#[derive(Debug)]
pub struct LeftHalfDone {
    /// Which way it goes.
    pub direction: Direction,
    /// Why it does not go on.
    pub error: Box<ApplyError>,
}

impl fmt::Display for LeftHalfDone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.error.fmt(f)
    }
}

impl std::error::Error for LeftHalfDone {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.error.source()
    }
}

#[cfg(test)]
mod examples {
    use super::*;
    use crate::messages::{self, Examples, each_variant};

    impl Examples for BatchedError {
        fn examples() -> Vec<Self> {
            let id = messages::id;
            each_variant!(BatchedError:
                UnderWay { id: id() },
                OtherHalfDone { id: id(), direction: Direction::Forward },
                OtherHalfDone { id: id(), direction: Direction::Backward },
                Replaced { id: id() },
                NotInOneTransaction { id: id() },
                Paused { id: id() },
                Edited { id: id() },
                NoWayBack { id: id() },
                HalfWayBack { id: id() },
                OtherStages {
                    id: id(),
                    expected: "the rows of `player`".into(),
                    found: "a step".into(),
                },
                ErrorPassedOver { id: id(), stage: "the rows of `player`".into() },
                Unreadable { id: id(), source: StateError::Version(2) },
                Online {
                    id: id(),
                    begun: false,
                    source: OperationError::new(
                        "add column `level` to table `player`".into(),
                        migration_api::Refusal::Unreadable { reason: "it is no operation".into() },
                    ),
                },
                Online {
                    id: id(),
                    begun: true,
                    source: OperationError::new(
                        "add column `level` to table `player`".into(),
                        migration_api::Refusal::Sqlite(messages::full()),
                    ),
                },
                Online {
                    id: id(),
                    begun: true,
                    source: OperationError::new(
                        "add column `level` to table `player`".into(),
                        migration_api::Refusal::Unreadable { reason: "it is no operation".into() },
                    ),
                },
            )
        }
    }
}
