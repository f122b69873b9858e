//! How a trial can fail, other than by what a migration does wrong.

use std::io;

use crate::discover::{EXPECTED, FIXTURE};
use runner_engine::MigrationId;
use runner_engine::exit::{self, Exit};
use runner_engine::explain::{self, Code};
use runner_engine::hint::{self, Action, Hint};

/// Why the migrations were not tried, or what came of it.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TrialError {
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
    #[error("the trial was stopped")]
    Stopped,
    /// Migrations failed.
    #[error("{} of {of} failed: {}", failed.len(), listed(failed))]
    Failed {
        /// Which.
        failed: Vec<MigrationId>,
        /// How many were tried.
        of: usize,
        /// What to do about it, if that is known.
        next: Option<NextStep>,
    },
}

/// What to do about the first failure that asks for something.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum NextStep {
    /// It may have failed because of its rows: there may be no such rows.
    Rows(MigrationId),
    /// It ran for longer than a step may.
    Limit(MigrationId),
    /// It gives other rows than its author expects.
    Expected(MigrationId),
    /// It loses what it does not declare.
    Declare {
        /// The migration.
        id: MigrationId,
        /// The lines that declare it.
        lines: Vec<String>,
        /// Whether it has a way back, which could give it back.
        gives_back: bool,
    },
    /// It is older than declarations, and loses rows or values that it does not drop by name.
    GiveBack(MigrationId),
    /// It broke a rule, whatever its rows are.
    Rule {
        /// The migration.
        id: MigrationId,
        /// What the rule asks for.
        hint: String,
    },
}

impl NextStep {
    /// What to do.
    #[must_use]
    pub fn hint(&self) -> Hint {
        match self {
            Self::Rows(id) => format!(
                "it was tried with rows that satisfy the schema. Where such rows cannot be, write \
                 those that can into `migrations/{id}/{FIXTURE}`"
            )
            .into(),
            Self::Limit(id) => format!(
                "made-up rows hold numbers of all sizes: let `{id}` put a bound to what it repeats, or \
                 write rows that can be into `migrations/{id}/{FIXTURE}`, which take the place of \
                 made-up ones"
            )
            .into(),
            Self::Declare { id, lines, gives_back } => {
                let lines: Vec<_> = lines.iter().map(|line| format!("`{line}`")).collect();
                format!(
                    "if that is meant, write {} into the `impl Migration` of `{id}`; if not, let its {}",
                    lines.join(" and "),
                    match gives_back {
                        true => "way back give it back from where its way forward keeps it",
                        false => "way forward keep it, and write its way back",
                    }
                )
                .into()
            }
            Self::GiveBack(id) => format!(
                "let the way back of `{id}` give it back from where the way forward keeps it, or say \
                 with `const REVERSIBLE: bool = false` that there is none"
            )
            .into(),
            Self::Expected(id) => Hint::from(format!(
                "if the rows marked `+` are right, write them into `{EXPECTED}`: "
            ))
            .and(Action::AcceptRows(id.clone())),
            Self::Rule { id, hint } => format!("of `{id}`: {hint}").into(),
        }
    }
}

impl TrialError {
    /// The exit that this asks for.
    #[must_use]
    pub fn exit(&self) -> Exit {
        match self {
            Self::Stopped => Exit::Interrupted,
            Self::NoFolder(source) => exit::of_io(source, Exit::Failed),
            Self::Sqlite { source, .. } => exit::of_sqlite(source),
            Self::Failed { .. } => Exit::Failed,
        }
    }

    /// What `runner explain` has to say about it.
    #[must_use]
    pub fn code(&self) -> Code {
        match self {
            Self::NoFolder(source) => explain::of_io(source, Code::NoScratchFolder),
            Self::Sqlite { source, .. } => explain::of_sqlite(source),
            Self::Stopped => Code::Stopped,
            Self::Failed { .. } => Code::TestFailed,
        }
    }

    /// What to do next.
    #[must_use]
    pub fn hint(&self) -> Option<Hint> {
        Some(match self {
            Self::NoFolder(source) if exit::has_no_room(source) => return hint::writing(source),
            Self::NoFolder(_) => "`TMPDIR` names the folder for temporary files".into(),
            Self::Sqlite { source, .. } => return hint::of_sqlite(source),
            Self::Stopped => "no database but scratch ones was touched".into(),
            Self::Failed { next, .. } => return next.as_ref().map(NextStep::hint),
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

    impl Examples for TrialError {
        fn examples() -> Vec<Self> {
            let failed = |next| Self::Failed { failed: vec![messages::id()], of: 1, next };
            let mut examples = each_variant!(TrialError:
                NoFolder(messages::refused()),
                NoFolder(io::ErrorKind::StorageFull.into()),
                Sqlite { doing: "copy the scratch database".into(), source: messages::full() },
                Stopped,
                Failed {
                    failed: vec![messages::id(), messages::other_id()],
                    of: 8,
                    next: Some(NextStep::example()),
                },
            );
            examples.extend(NextStep::others().map(Some).chain([None]).map(failed));
            examples
        }
    }

    impl Examples for NextStep {
        fn examples() -> Vec<Self> {
            each_variant!(NextStep:
                Rows(messages::id()),
                Limit(messages::id()),
                Expected(messages::id()),
                Declare {
                    id: messages::id(),
                    lines: vec!["const LOSES: &[&str] = &[\"player.note\"];".into()],
                    gives_back: true,
                },
                Declare {
                    id: messages::id(),
                    lines: vec!["const REVERSIBLE: bool = false;".into()],
                    gives_back: false,
                },
                GiveBack(messages::id()),
                Rule {
                    id: messages::id(),
                    hint: "it was rolled back. Read the rows to their end, or drop them".into(),
                },
            )
        }
    }
}
