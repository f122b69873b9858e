//! Why migrations do not become one.

use runner_engine::exit::{self, Exit};
use runner_engine::explain::{self, Code};
use runner_engine::hint::{self, Action, Hint};
use runner_engine::{MigrationId, Missing};

/// Why migrations do not become one. Nothing was written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SquashError {
    /// There are not two that are not one already.
    #[error("there is nothing to squash: {}", match found.as_slice() {
        [] => "there is no migration".to_owned(),
        [one] => format!("there is one migration, `{one}`"),
        [.., last] => format!("all migrations up to `{last}` are one already"),
    })]
    NothingToDo {
        /// What there is, up to the last that was to be replaced.
        found: Vec<MigrationId>,
    },
    /// The migrations come from a bundle.
    #[error("the migrations come from a bundle, which has no crates")]
    FromBundle,
    /// One of them is replaced by a squash that is to stay.
    #[error("`{id}` is replaced by `{by}` already, which is newer than the last to be squashed")]
    ReplacedAlready {
        /// The migration.
        id: MigrationId,
        /// The squash.
        by: MigrationId,
    },
    /// The next migration is one second later.
    #[error(
        "there is no second between `{last}` and `{next}`, and so no timestamp for what replaces all up to the first"
    )]
    NoTimestamp {
        /// The last that is replaced.
        last: MigrationId,
        /// The one behind it.
        next: MigrationId,
    },
    /// A batched migration is half done.
    #[error("the batched migration `{id}` is half done in the database")]
    HalfDone {
        /// The migration.
        id: MigrationId,
    },
    /// An object cannot be written as SQL that gives it again.
    #[error("`{name}` cannot be squashed: {why}")]
    NotInSql {
        /// The object.
        name: String,
        /// Why not.
        why: String,
    },
    /// The migrations give another schema each time.
    #[error("the migrations gave another schema the second time: {difference}")]
    NotRepeatable {
        /// In what it is another.
        difference: String,
    },
    /// What was written does not do what they did.
    #[error("the squash would not give what the migrations give: {difference}")]
    NotTheSame {
        /// In what it differs.
        difference: String,
    },
    /// A scratch database cannot be read or written.
    #[error("cannot {doing}")]
    Sqlite {
        /// What for.
        doing: &'static str,
        /// Why not.
        source: rusqlite::Error,
    },
}

impl SquashError {
    /// The error of SQLite that came of `doing` something.
    pub(crate) fn sqlite(doing: &'static str) -> impl Fn(rusqlite::Error) -> Self {
        move |source| Self::Sqlite { doing, source }
    }

    /// The exit that this asks for.
    #[must_use]
    pub fn exit(&self) -> Exit {
        match self {
            Self::NothingToDo { .. } | Self::FromBundle | Self::NoTimestamp { .. } => Exit::Usage,
            Self::ReplacedAlready { .. }
            | Self::HalfDone { .. }
            | Self::NotInSql { .. }
            | Self::NotRepeatable { .. }
            | Self::NotTheSame { .. } => Exit::Refused,
            Self::Sqlite { source, .. } => exit::of_sqlite(source),
        }
    }

    /// What `runner explain` has to say about it.
    #[must_use]
    pub fn code(&self) -> Code {
        match self {
            Self::NothingToDo { .. } | Self::FromBundle => Code::NothingToSquash,
            Self::NoTimestamp { .. } => Code::SameTimestamp,
            Self::ReplacedAlready { .. } => Code::ReplacedAlready,
            Self::HalfDone { .. } => Code::HalfDone,
            Self::NotInSql { .. } | Self::NotTheSame { .. } => Code::NotSquashed,
            Self::NotRepeatable { .. } => Code::NotRepeatable,
            Self::Sqlite { source, .. } => explain::of_sqlite(source),
        }
    }

    /// What to do next.
    #[must_use]
    pub fn hint(&self) -> Option<Hint> {
        Some(match self {
            Self::NothingToDo { .. } => "nothing was written; two migrations can become one".into(),
            Self::FromBundle => "squash in the folder of the project, where its crates are".into(),
            Self::ReplacedAlready { by, .. } => {
                format!("squash up to `{by}` or a later one: the new one takes its place").into()
            }
            Self::NoTimestamp { next, .. } => {
                Hint::from("nothing was written; squash up to an earlier or a later one, or, if the second is applied nowhere, ")
                    .and(Action::GiveLaterTimestamp(Some(next.clone())))
            }
            Self::HalfDone { .. } => {
                Hint::from("nothing was written; finish it first: ").and(Action::Migrate)
            }
            Self::NotInSql { .. } => {
                "nothing was written; squash up to the migration before the one that makes it".into()
            }
            Self::NotRepeatable { .. } => {
                "nothing was written; squash up to the migration before the one that does so".into()
            }
            Self::NotTheSame { .. } => {
                "nothing was written; squash up to an earlier migration, and report this".into()
            }
            Self::Sqlite { source, .. } => {
                let missing = Missing::in_words(&source.to_string());
                return match missing.and_then(|missing| missing.next()) {
                    Some(next) => Some(format!("nothing was written; {next}").into()),
                    None => hint::of_sqlite(source),
                };
            }
        })
    }
}

#[cfg(test)]
mod examples {
    use super::*;
    use crate::messages::{self, Examples, each_variant};

    impl Examples for SquashError {
        fn examples() -> Vec<Self> {
            each_variant!(SquashError:
                NothingToDo { found: Vec::new() },
                NothingToDo { found: vec![messages::id()] },
                NothingToDo { found: vec![messages::id(), messages::other_id()] },
                FromBundle,
                ReplacedAlready {
                    id: messages::id(),
                    by: messages::named("20250201_090000_squashed_up_to_add_rank"),
                },
                NoTimestamp {
                    last: messages::id(),
                    next: messages::named("20250106_090001_add_rank"),
                },
                HalfDone { id: messages::id() },
                NotInSql {
                    name: "search".into(),
                    why: "it keeps an index of rows, and not the rows themselves".into(),
                },
                NotRepeatable { difference: "the table `player_1736154000` differs".into() },
                NotTheSame { difference: "the view `best` differs".into() },
                Sqlite { doing: "compare the scratch databases", source: messages::full() },
                Sqlite {
                    doing: "run the SQL of the squash on an empty database",
                    source: rusqlite::Error::SqliteFailure(
                        rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_ERROR),
                        Some("no such function: slug".into()),
                    ),
                },
            )
        }
    }
}
