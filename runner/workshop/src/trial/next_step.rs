//! What to do about rehearsals that failed.

use super::outcome::{Rehearsal, Verdict};
use super::problem::Problem;
use crate::error::NextStep;
use runner_engine::MigrationId;
use runner_engine::explain::Code;

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
