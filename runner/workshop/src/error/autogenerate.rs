//! Why no migration was written.

use migration_api::difference::{DifferenceError, RenameError};

use crate::schema::Diff;
use runner_engine::Exit;
use runner_engine::explain::Code;
use runner_engine::hint::{Action, Hint};
use runner_engine::plan::Direction;

/// Why no migration was written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AutogenerateError {
    /// There is no way from one schema to the other: a rename makes no sense, a schema cannot be made
    /// without the application, a change is refused even without rows.
    #[error(transparent)]
    Difference(#[from] DifferenceError),
    /// A fill that nothing waits for.
    #[error("nothing waits for what rows get in `{table}.{column}`")]
    NothingToFill {
        /// The table.
        table: String,
        /// The column.
        column: String,
    },
    /// The models have no table, and the migrations have some: perhaps it is another file, or it was not written.
    #[error("there is no table in {models}, so the migration would drop {}", counted(tables.len()))]
    NoTables {
        /// The models, in words.
        models: String,
        /// The tables that would be dropped.
        tables: Vec<String>,
    },
    /// The migration would lose values, and nobody said that it may.
    #[error(
        "the migration would lose what is in a database:{}{}",
        listed(sentences),
        listed(renames)
    )]
    Loses {
        /// What, a sentence each.
        sentences: Vec<String>,
        /// What of it was perhaps renamed, a sentence each.
        renames: Vec<String>,
    },
    /// No operation can make up a difference without losing rows.
    #[error("the way {} cannot be written by itself:{}", way(*direction), listed(sentences))]
    Beyond {
        /// Which way.
        direction: Direction,
        /// What is beyond the operations, a sentence each.
        sentences: Vec<String>,
    },
    /// An operation that was derived is refused.
    #[error("the operations of the way {} are refused:{}", way(*direction), listed(reasons))]
    Refused {
        /// Which way.
        direction: Direction,
        /// The error and those behind it.
        reasons: Vec<String>,
    },
    /// The operations give something else.
    #[error("the operations of the way {} give something else: {diff}", way(*direction))]
    NotProven {
        /// Which way.
        direction: Direction,
        /// In what.
        diff: Diff,
    },
}

fn way(direction: Direction) -> &'static str {
    match direction {
        Direction::Forward => "forward",
        Direction::Backward => "back",
    }
}

/// The error and those behind it, but for the last, which is SQLite's code in other words.
pub(crate) fn chain(error: &(dyn std::error::Error + 'static)) -> Vec<String> {
    let errors = std::iter::successors(Some(error), |error| error.source());
    let errors = errors.filter(|error| !error.is::<rusqlite::ffi::Error>());
    errors.map(ToString::to_string).collect()
}

fn counted(tables: usize) -> String {
    if tables == 1 { "the only table".to_owned() } else { format!("all {tables} tables") }
}

fn listed(sentences: &[String]) -> String {
    sentences.iter().fold(String::new(), |text, sentence| text + "\n  - " + sentence)
}

impl AutogenerateError {
    /// The exit that this asks for.
    #[must_use]
    pub fn exit(&self) -> Exit {
        match self {
            Self::Difference(DifferenceError::Rename(_)) | Self::NothingToFill { .. } => {
                Exit::Usage
            }
            Self::NoTables { .. } | Self::Loses { .. } => Exit::Refused,
            Self::Difference(_)
            | Self::Beyond { .. }
            | Self::Refused { .. }
            | Self::NotProven { .. } => Exit::Failed,
        }
    }

    /// Why there is no way, if that is what it says.
    pub(crate) fn no_way(&self) -> Option<Vec<String>> {
        match self {
            Self::Difference(DifferenceError::Refused(error)) => Some(chain(error)),
            Self::Beyond { sentences: reasons, .. } | Self::Refused { reasons, .. } => {
                Some(reasons.clone())
            }
            Self::NotProven { .. } => Some(vec![self.to_string()]),
            Self::Difference(_)
            | Self::NothingToFill { .. }
            | Self::NoTables { .. }
            | Self::Loses { .. } => None,
        }
    }

    /// What `runner explain` has to say about it.
    #[must_use]
    pub fn code(&self) -> Code {
        match self {
            Self::Difference(DifferenceError::Rename(_)) => Code::BadRename,
            Self::NothingToFill { .. } => Code::NothingToFill,
            Self::NoTables { .. } | Self::Loses { .. } => Code::LosesData,
            Self::Difference(_)
            | Self::Beyond { .. }
            | Self::Refused { .. }
            | Self::NotProven { .. } => Code::NotDerivable,
        }
    }

    /// What to do next.
    #[must_use]
    pub fn hint(&self) -> Option<Hint> {
        Some(match self {
            Self::Difference(DifferenceError::Rename(RenameError::Unclear { .. })) => {
                "nothing was written; if they were, take the old names out of the models; if not, name each \
                 rename"
                    .into()
            }
            Self::Difference(DifferenceError::Rename(_)) => {
                "nothing was written; names are those of the migrations and of the \
                 models"
                    .into()
            }
            Self::NothingToFill { .. } => {
                "nothing was written; only a column that must not be NULL and has no default, in \
                 a table that is there, asks what its rows get"
                    .into()
            }
            Self::NoTables { .. } => {
                "nothing was written; see whether `models` in `runner.toml` names the right file, and \
                 whether something is in it"
                    .into()
            }
            Self::Loses { .. } => "nothing was written".into(),
            Self::Difference(_)
            | Self::Beyond { .. }
            | Self::Refused { .. }
            | Self::NotProven { .. } => {
                Hint::from("nothing was written; ")
                .and(Action::WriteMigration)
                .and(" makes a blank migration to write it in")
            }
        })
    }
}

#[cfg(test)]
mod examples {
    use super::*;
    use crate::messages::{Examples, each_variant};

    impl Examples for AutogenerateError {
        fn examples() -> Vec<Self> {
            let direction = Direction::Forward;
            each_variant!(AutogenerateError:
                Difference(DifferenceError::Rename(RenameError::NoColumn {
                    table: "player".into(),
                    from: "xp".into(),
                    to: "experience".into(),
                })),
                NothingToFill { table: "player".into(), column: "level".into() },
                NoTables { models: "the models".into(), tables: vec!["player".into(), "item".into()] },
                Loses {
                    sentences: vec!["column `xp` of `player` is dropped with all its values".into()],
                    renames: vec![
                        "column `xp` of `player` goes and `experience` comes: perhaps it was renamed".into()
                    ],
                },
                Beyond {
                    direction,
                    sentences: vec!["`player` would have to be made anew".into()],
                },
                Refused { direction, reasons: vec!["cannot drop column `id`".into()] },
                NotProven { direction: Direction::Backward, diff: Diff::example() },
            )
        }
    }
}
