//! How a rehearsal of all can fail, beyond what a migration does wrong.

use std::io;

use crate::exit::Exit;
use crate::explain::{self, Code};
use crate::id::MigrationId;

/// Why the migrations were not rehearsed, or what came of it.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RehearseError {
    /// There is nowhere to put the scratch databases.
    #[error("cannot make a folder for scratch databases")]
    NoFolder(#[source] io::Error),
    /// The scratch database cannot be used.
    #[error("cannot {doing}")]
    Sqlite {
        /// What for.
        doing: String,
        /// Why not.
        source: rusqlite::Error,
    },
    /// Somebody asked for the end.
    #[error("the rehearsal was stopped")]
    Stopped,
    /// Migrations failed.
    #[error("{} of {of} failed: {}", failed.len(), listed(failed))]
    Failed {
        /// Which.
        failed: Vec<MigrationId>,
        /// How many were rehearsed.
        of: usize,
        /// The first that failed in a step, which it may have done because of its rows.
        with_rows: Option<MigrationId>,
        /// The first that ran for longer than a step may.
        too_long: Option<MigrationId>,
        /// The first that loses rows or values that it does not drop by name.
        losing: Option<MigrationId>,
    },
}

impl RehearseError {
    /// The exit that this asks for.
    #[must_use]
    pub fn exit(&self) -> Exit {
        match self {
            Self::Stopped => Exit::Interrupted,
            _ => Exit::Failed,
        }
    }

    /// What `runner explain` has to say about it.
    #[must_use]
    pub fn code(&self) -> Code {
        match self {
            Self::NoFolder(_) => Code::NoScratchFolder,
            Self::Sqlite { source, .. } => explain::of_sqlite(source),
            Self::Stopped => Code::Stopped,
            Self::Failed { .. } => Code::RehearsalFailed,
        }
    }

    /// What to do next.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        Some(match self {
            Self::NoFolder(_) => "`TMPDIR` names the folder for temporary files".into(),
            Self::Sqlite { source, .. } => return crate::hint::of_sqlite(source),
            Self::Stopped => "no database but scratch ones was touched".into(),
            Self::Failed { too_long: Some(id), .. } => format!(
                "made-up rows hold numbers of all sizes: let `{id}` put a bound to what it repeats, or write \
                 rows that can be into `migrations/{id}/fixture.sql`, which take the place of made-up ones"
            ),
            Self::Failed { with_rows: Some(id), .. } => format!(
                "it was tried with rows that satisfy the schema. Where such rows cannot be, write \
                 those that can into `migrations/{id}/fixture.sql`"
            ),
            Self::Failed { losing: Some(id), .. } => format!(
                "let the way back of `{id}` give it back from where the way forward keeps it, or say \
                 with `const REVERSIBLE: bool = false` that there is none"
            ),
            Self::Failed { .. } => return None,
        })
    }
}

fn listed(ids: &[MigrationId]) -> String {
    ids.iter().map(|id| format!("`{id}`")).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod examples {
    use super::*;
    use crate::messages::{self, Examples, each_variant};

    impl Examples for RehearseError {
        fn examples() -> Vec<Self> {
            each_variant!(RehearseError:
                NoFolder(messages::refused()),
                Sqlite { doing: "copy the scratch database".into(), source: messages::full() },
                Stopped,
                Failed {
                    failed: vec![messages::id(), messages::other_id()],
                    of: 8,
                    with_rows: Some(messages::id()),
                    too_long: None,
                    losing: None,
                },
                Failed {
                    failed: vec![messages::id()],
                    of: 1,
                    with_rows: None,
                    too_long: Some(messages::id()),
                    losing: None,
                },
                Failed {
                    failed: vec![messages::id()],
                    of: 1,
                    with_rows: None,
                    too_long: None,
                    losing: Some(messages::id()),
                },
                Failed {
                    failed: vec![messages::id()],
                    of: 1,
                    with_rows: None,
                    too_long: None,
                    losing: None,
                },
            )
        }
    }
}
