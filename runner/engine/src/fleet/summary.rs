//! What came of a fleet in a few numbers, and the exit code.

use std::collections::{BTreeMap, BTreeSet};
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::path::PathBuf;

use super::error_text::ErrorText;
use super::merged::Found;
use super::report::Entry;
use super::state::State;
use crate::exit::Exit;
use crate::explain::Code;
use crate::fleet_plan::FleetPlan;
use crate::id::MigrationId;

/// How many databases of a group of failures are named.
const NAMED: usize = 3;

/// Many entries, summed up.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Summary {
    /// How many databases are in each state that occurs.
    pub states: BTreeMap<State, usize>,
    /// How many have which migration as the last one applied, of those where that is known.
    pub versions: BTreeMap<MigrationId, usize>,
    /// In how many databases migrations are still needed that a newer one replaces; `None`: they were not looked at for
    /// that.
    pub needs_replaced: Option<usize>,
    /// What went wrong, and in which databases.
    pub failures: BTreeMap<FailureKind, FailureGroup>,
    /// Why the report is not whole; `None`: it is, or none was asked for.
    pub unwritten: Option<Unwritten>,
}

/// A report that could not be written to its end. From then on no other database was begun.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unwritten {
    /// Why.
    pub error: ErrorText,
    /// The databases in which steps were taken that the report does not have, each with its number.
    pub databases: BTreeMap<usize, PathBuf>,
}

/// What went wrong in several databases.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct FailureKind {
    /// The state that it left them in.
    pub state: State,
    /// The code of the error.
    pub code: Code,
    /// The migration that the error is about.
    pub migration: Option<MigrationId>,
}

/// Databases in which the same went wrong.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct FailureGroup {
    /// How many there are.
    pub count: usize,
    /// The first of them by the plan, three at most, each with its number.
    pub first: BTreeMap<usize, PathBuf>,
    /// What is said of the first: its message, and the errors behind it.
    pub message: String,
    /// What to do next about the first.
    pub hint: Option<String>,
    /// The messages that there are, but for the paths of the databases, as numbers.
    messages: BTreeSet<u64>,
}

impl FailureGroup {
    /// How many different messages the databases have, whatever their paths.
    #[must_use]
    pub fn messages(&self) -> usize {
        self.messages.len()
    }

    /// Whatever the order in which entries come, the same are the first.
    fn add(&mut self, n: usize, path: PathBuf, error: &ErrorText) {
        self.count += 1;
        let words = [&error.message].into_iter().chain(&error.causes);
        let message = words.map(String::as_str).collect::<Vec<_>>().join(": ");
        let mut hasher = DefaultHasher::new();
        message.replace(&*path.to_string_lossy(), "").hash(&mut hasher);
        self.messages.insert(hasher.finish());
        if self.first.keys().next().is_none_or(|first| n < *first) {
            self.message = message;
            self.hint.clone_from(&error.hint);
        }
        self.first.insert(n, path);
        if self.first.len() > NAMED {
            self.first.pop_last();
        }
    }
}

impl Summary {
    /// Adds an entry.
    pub fn add(&mut self, entry: &Entry) {
        self.count_one(entry.state, entry.to.as_ref());
        if let Some(error) = &entry.error {
            let path = entry.path().unwrap_or_default();
            self.fail(entry.n, path, entry.state, entry.migration.as_ref(), error);
        }
    }

    /// Adds what reports say last about the database `n` of `plan`.
    pub fn add_found(&mut self, plan: &FleetPlan, n: usize, found: &Found) {
        self.count_one(found.state, found.to.as_ref());
        if let Some(failure) = &found.failure {
            let path = plan.tenants()[n].path.clone();
            self.fail(n, path, found.state, failure.migration.as_ref(), &failure.error);
        }
    }

    fn count_one(&mut self, state: State, to: Option<&MigrationId>) {
        *self.states.entry(state).or_default() += 1;
        if let Some(version) = to {
            *self.versions.entry(version.clone()).or_default() += 1;
        }
    }

    fn fail(
        &mut self,
        n: usize,
        path: PathBuf,
        state: State,
        migration: Option<&MigrationId>,
        error: &ErrorText,
    ) {
        // What was never begun has failed at nothing.
        if state != State::Skipped {
            let kind = FailureKind { state, code: error.code, migration: migration.cloned() };
            self.failures.entry(kind).or_default().add(n, path, error);
        }
    }

    /// How many entries there are.
    #[must_use]
    pub fn total(&self) -> usize {
        self.states.values().sum()
    }

    /// How many are in `state`.
    #[must_use]
    pub fn count(&self, state: State) -> usize {
        self.states.get(&state).copied().unwrap_or(0)
    }

    /// The exit code, by the worst that occurs: 4, then 1, 3 and 75; 0: every database is at the target.
    /// What is in one of the states `allowed` counts as if it were.
    #[must_use]
    pub fn exit(&self, allowed: &[State]) -> Exit {
        const WORST_FIRST: [Exit; 4] = [Exit::Damaged, Exit::Failed, Exit::Refused, Exit::TryAgain];
        let counted = || self.states.keys().filter(|state| !allowed.contains(state));
        let unwritten = self.unwritten.as_ref().map(|it| it.error.exit);
        let occurs =
            |exit: &Exit| unwritten == Some(*exit) || counted().any(|state| state.exit() == *exit);
        WORST_FIRST.into_iter().find(occurs).or(unwritten).unwrap_or(Exit::Done)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(states: &[State]) -> Summary {
        let states = states.iter().map(|state| (*state, 1)).collect();
        Summary { states, ..Summary::default() }
    }

    #[test]
    fn the_exit_code_is_that_of_the_worst_state() {
        use State::*;
        for (states, exit) in [
            (&[][..], Exit::Done),
            (&[Applied, Already, Newer, Reverted], Exit::Done),
            (&[Applied, Busy, Full, Skipped], Exit::TryAgain),
            (&[Busy, Refused], Exit::Refused),
            (&[Refused, Missing], Exit::Failed),
            (&[Crashed, Damaged], Exit::Damaged),
        ] {
            assert_eq!(of(states).exit(&[]), exit, "{states:?}");
        }
        assert_eq!(of(&[Missing, Empty]).exit(&[Missing, Empty]), Exit::Done);
        assert_eq!(of(&[Missing, Empty]).exit(&[Missing]), Exit::Failed);
    }
}
