//! What to do about trials that failed.

use super::outcome::{Outcome, Trial};
use super::problem::Problem;
use crate::error::NextStep;
use runner_engine::MigrationId;
use runner_engine::explain::Code;
use runner_engine::verdict::WayBack;

impl NextStep {
    /// That of the first of `trials` that asks for something.
    #[must_use]
    pub fn of(trials: &[Trial]) -> Option<Self> {
        trials.iter().find_map(|trial| match &trial.outcome {
            Outcome::Failed { problem } => Self::after(problem, &trial.id),
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
            Problem::OtherThanExpected { .. } => Some(Self::Expected(id)),
            Problem::Undeclared { verdict, .. } => {
                let gives_back = verdict.way_back == WayBack::Works;
                Some(Self::Declare { id, lines: problem.declaration(), gives_back })
            }
            Problem::NotByName { .. } => Some(Self::GiveBack(id)),
            _ => None,
        }
    }
}
