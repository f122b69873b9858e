//! What to do about rehearsals that failed.

use std::fmt;

use super::fixture::FIXTURE;
use super::outcome::{Rehearsal, Verdict};
use super::problem::Problem;
use runner_engine::MigrationId;
use runner_engine::explain::Code;

/// What to do about the first failure that asks for something.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum NextStep {
    /// It may have failed because of its rows: there may be no such rows.
    Rows(MigrationId),
    /// It ran for longer than a step may.
    Limit(MigrationId),
    /// It loses rows or values that it does not drop by name.
    Losses(MigrationId),
    /// It broke a rule, whatever its rows are.
    Rule {
        /// The migration.
        id: MigrationId,
        /// What the rule asks for.
        hint: String,
    },
}

impl NextStep {
    /// That of the first of `rehearsals` that asks for something.
    #[must_use]
    pub fn of(rehearsals: &[Rehearsal]) -> Option<Self> {
        rehearsals.iter().find_map(|rehearsal| match &rehearsal.verdict {
            Verdict::Failed { problem } => Self::after(problem, &rehearsal.id),
            _ => None,
        })
    }

    fn after(problem: &Problem, id: &MigrationId) -> Option<Self> {
        let id = id.clone();
        match problem {
            Problem::Step { failure, .. } => match failure.code {
                Code::TimedOut => Some(Self::Limit(id)),
                Code::MigrationFailed
                | Code::MigrationPanicked
                | Code::MigrationCrashed
                | Code::BrokenForeignKeys => Some(Self::Rows(id)),
                _ => failure.hint.clone().map(|hint| Self::Rule { id, hint }),
            },
            Problem::Undeclared { .. } => Some(Self::Losses(id)),
            _ => None,
        }
    }
}

impl fmt::Display for NextStep {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Rows(id) => write!(
                f,
                "it was tried with rows that satisfy the schema. Where such rows cannot be, write \
                 those that can into `migrations/{id}/{FIXTURE}`"
            ),
            Self::Limit(id) => write!(
                f,
                "made-up rows hold numbers of all sizes: let `{id}` put a bound to what it repeats, or \
                 write rows that can be into `migrations/{id}/{FIXTURE}`, which take the place of \
                 made-up ones"
            ),
            Self::Losses(id) => write!(
                f,
                "let the way back of `{id}` give it back from where the way forward keeps it, or say \
                 with `const REVERSIBLE: bool = false` that there is none"
            ),
            Self::Rule { id, hint } => write!(f, "of `{id}`: {hint}"),
        }
    }
}
