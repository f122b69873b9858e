//! The premise of a plan: the history and the file that it was made from. It is checked again before each
//! step. Pure.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::database::Identity;
use crate::direction::Direction;
use crate::explain::Code;
use crate::hint::{Action, Hint};
use crate::id::MigrationId;
use crate::load::BuiltStep;

/// The applied migrations, each with the digest of its source in the history.
pub type AppliedSources = BTreeMap<MigrationId, String>;

/// What a plan was made from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Premise {
    /// The file of the database; `None` if there was none yet.
    pub file: Option<Identity>,
    /// What was applied.
    pub applied: AppliedSources,
    /// The batched migration that was half done.
    #[serde(default)]
    pub half_done: Option<MigrationId>,
}

/// How many steps of a plan the history shows, compared with one of them.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Progress {
    /// The steps before this one are taken, and no other.
    NotTaken,
    /// Another runner, with the same plan, has taken this step and perhaps more.
    Taken,
    /// The history is not one of those between the steps of the plan.
    OffPlan(Change),
}

impl Premise {
    /// Compares the history as it is `now` with those that `steps` give one after the other; the steps before
    /// `next` are taken. The history must be that of the plan, changed by the first of the steps and by nothing
    /// else.
    pub(crate) fn progress(
        &self,
        steps: &[BuiltStep],
        next: usize,
        now: &AppliedSources,
    ) -> Progress {
        let (taken, left) = steps.split_at(next.min(steps.len()));
        let mut expected: BTreeMap<&MigrationId, &str> =
            self.applied.iter().map(|(id, source)| (id, source.as_str())).collect();
        taken.iter().for_each(|step| take(&mut expected, step));
        let differs = |expected: &BTreeMap<&MigrationId, &str>, id: &MigrationId| {
            expected.get(id).copied() != now.get(id).map(String::as_str)
        };
        let all = expected.keys().copied().chain(now.keys());
        let different: Vec<MigrationId> = {
            let mut ids: Vec<_> = all.filter(|id| differs(&expected, id)).cloned().collect();
            ids.sort();
            ids.dedup();
            ids
        };
        if different.is_empty() {
            return Progress::NotTaken;
        }
        // How many differences are left is counted along the way, so that a thousand steps on a
        // thousand rows are no million comparisons.
        let (mut at, mut count) = (expected.clone(), different.len());
        for step in left {
            let id = &step.artifact.id;
            let before = usize::from(differs(&at, id));
            take(&mut at, step);
            count = count + usize::from(differs(&at, id)) - before;
            if count == 0 {
                return Progress::Taken;
            }
        }
        Progress::OffPlan(Change::of(&different, left, &expected, now))
    }
}

/// Applies a step to `history` alone.
fn take<'a>(history: &mut BTreeMap<&'a MigrationId, &'a str>, step: &'a BuiltStep) {
    let artifact = &step.artifact;
    match step.direction {
        Direction::Forward => history.insert(&artifact.id, &artifact.source_digest),
        Direction::Backward => history.remove(&artifact.id),
    };
}

/// What has changed since the plan was made.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Change {
    /// A migration is applied that was not.
    Applied(MigrationId),
    /// A migration was reverted or forgotten.
    NotApplied(MigrationId),
    /// A batched migration was begun, and is half done.
    HalfDone(MigrationId),
    /// A migration is recorded with another source.
    OtherSource(MigrationId),
    /// The schema is not as the runner left it.
    Schema,
    /// The database is another file.
    Replaced(PathBuf),
    /// There is no database any more.
    Gone(PathBuf),
    /// There is a database now, which something else than a runner has made.
    Made(PathBuf),
}

impl Change {
    /// The change that says most, of the migrations that are `different`: one that the steps which are
    /// left have nothing to do with.
    fn of(
        different: &[MigrationId],
        left: &[BuiltStep],
        expected: &BTreeMap<&MigrationId, &str>,
        now: &AppliedSources,
    ) -> Self {
        let is_foreign = |id: &&MigrationId| left.iter().all(|step| step.artifact.id != **id);
        let id = different.iter().find(is_foreign).unwrap_or(&different[0]);
        match (expected.contains_key(id), now.contains_key(id)) {
            (true, true) => Self::OtherSource(id.clone()),
            (true, false) => Self::NotApplied(id.clone()),
            (false, _) => Self::Applied(id.clone()),
        }
    }
}

/// A plan that is out of date.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the plan is no longer true: since it was made, {}", words(change))]
pub struct StalePlan {
    /// What has changed.
    pub change: Change,
}

fn words(change: &Change) -> String {
    match change {
        Change::Applied(id) => format!("`{id}` was applied by somebody else"),
        Change::NotApplied(id) => {
            format!("`{id}` was reverted by somebody else, or a backup without it restored")
        }
        Change::HalfDone(id) => format!("`{id}` was begun by somebody else, and is half done"),
        Change::OtherSource(id) => format!("`{id}` was recorded with another source"),
        Change::Schema => "the schema was changed by something else than the runner".to_owned(),
        Change::Replaced(path) => {
            format!("the database `{}` was replaced by another file", path.display())
        }
        Change::Gone(path) => format!("the database `{}` was removed", path.display()),
        Change::Made(path) => {
            format!("the database `{}` was made by another program", path.display())
        }
    }
}

impl StalePlan {
    /// What `runner explain` has to say about it.
    #[must_use]
    pub fn code(&self) -> Code {
        Code::StalePlan
    }

    /// What to do next.
    #[must_use]
    pub fn hint(&self) -> Option<Hint> {
        Some(match self.change {
            Change::Gone(_) => Hint::from("nothing was made in its place. If it is to come back, ")
                .and(Action::Restore)
                .and("; ")
                .and(Action::MigrateNewDatabase)
                .and(" makes a new one"),
            _ => Hint::from(Action::ShowStatus)
                .and(" shows how things are; if it is still to be done, run the command again"),
        })
    }
}

#[cfg(test)]
mod examples {
    use super::*;
    use crate::messages::{self, Examples, each_variant};

    impl Examples for StalePlan {
        fn examples() -> Vec<Self> {
            let changes = each_variant!(Change:
                NotApplied(messages::id()),
                HalfDone(messages::id()),
                Applied(messages::id()),
                OtherSource(messages::id()),
                Schema,
                Replaced("/srv/game/data/app.db".into()),
                Gone("/srv/game/data/app.db".into()),
                Made("/srv/game/data/app.db".into()),
            );
            changes.into_iter().map(|change| Self { change }).collect()
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;
    use crate::load::Artifact;
    use crate::plan::{Target, plan};

    fn id(number: u8) -> MigrationId {
        format!("20250101_0000{number:02}_m").parse().unwrap()
    }

    fn numbers() -> impl Strategy<Value = BTreeSet<u8>> {
        proptest::collection::btree_set(0u8..12, 0..10)
    }

    fn target() -> impl Strategy<Value = Target> {
        prop_oneof![
            Just(Target::Latest),
            (1usize..4).prop_map(Target::Next),
            (1usize..4).prop_map(Target::Back),
            Just(Target::Zero),
            (1usize..4).prop_map(Target::Redo),
        ]
    }

    fn history(numbers: &BTreeSet<u8>) -> AppliedSources {
        numbers.iter().map(|number| (id(*number), "source".to_owned())).collect()
    }

    /// The steps to `target`, and the history before and after each of them.
    fn way(
        known: &BTreeSet<u8>,
        applied: &BTreeSet<u8>,
        target: &Target,
    ) -> (Premise, Vec<BuiltStep>, Vec<AppliedSources>) {
        let ids = |numbers: &BTreeSet<u8>| numbers.iter().map(|n| id(*n)).collect::<Vec<_>>();
        let plan = plan(&ids(known), &ids(applied), target).unwrap_or_default();
        let build = |step: crate::plan::Step| BuiltStep {
            direction: step.direction,
            artifact: Artifact {
                id: step.id,
                library: PathBuf::new().into(),
                source_digest: "source".to_owned(),
                source: None,
            },
        };
        let steps: Vec<_> = plan.steps.into_iter().map(build).collect();
        let mut states = vec![history(applied)];
        for step in &steps {
            let mut state = states.last().unwrap().clone();
            match step.direction {
                Direction::Forward => drop(state.insert(step.artifact.id.clone(), "source".into())),
                Direction::Backward => drop(state.remove(&step.artifact.id)),
            }
            states.push(state);
        }
        (Premise { file: None, applied: history(applied), half_done: None }, steps, states)
    }

    proptest! {
        #[test]
        fn a_step_is_taken_where_all_before_it_are_and_nothing_else_happened(
            known in numbers(), applied in numbers(), target in target()
        ) {
            let (premise, steps, states) = way(&known, &applied, &target);
            for (next, state) in states.iter().enumerate().take(steps.len()) {
                prop_assert_eq!(premise.progress(&steps, next, state), Progress::NotTaken);
            }
        }

        #[test]
        fn what_others_did_of_the_same_plan_is_passed_over(
            known in numbers(), applied in numbers(), target in target()
        ) {
            let (premise, steps, states) = way(&known, &applied, &target);
            for next in 0..steps.len() {
                for state in &states[next + 1..] {
                    let progress = premise.progress(&steps, next, state);
                    // On the way back and forth again, a state comes twice.
                    let expected =
                        if *state == states[next] { Progress::NotTaken } else { Progress::Taken };
                    prop_assert_eq!(progress, expected);
                }
            }
        }

        #[test]
        fn any_other_history_is_told_and_nothing_is_taken(
            known in numbers(), applied in numbers(), target in target(), now in numbers(),
            edited in 0u8..24
        ) {
            let (premise, steps, states) = way(&known, &applied, &target);
            let mut now = history(&now);
            if let Some(source) = now.get_mut(&id(edited)) {
                *source = "another".to_owned();
            }
            for next in 0..steps.len() {
                let progress = premise.progress(&steps, next, &now);
                let is_on_the_way = states[next..].contains(&now);
                let Progress::OffPlan(change) = progress else {
                    prop_assert!(is_on_the_way);
                    continue;
                };
                prop_assert!(!is_on_the_way);
                let before = &states[next];
                let is_true = match &change {
                    Change::Applied(id) => now.contains_key(id) && !before.contains_key(id),
                    Change::NotApplied(id) => !now.contains_key(id) && before.contains_key(id),
                    Change::OtherSource(id) => now.get(id) != before.get(id),
                    _ => false,
                };
                prop_assert!(is_true, "{:?}", change);
            }
        }
    }

    #[test]
    fn a_thousand_steps_on_a_thousand_rows_take_no_million_comparisons() {
        let name = |n: u16| -> MigrationId { format!("20250101_00{n:04}_m").parse().unwrap() };
        let minutes = |n: u16| n / 60 * 100 + n % 60;
        let applied = (0..1000).map(|n| (name(minutes(n)), "source".to_owned())).collect();
        let premise = Premise { file: None, applied, half_done: None };
        let back = |n| BuiltStep {
            direction: Direction::Backward,
            artifact: Artifact {
                id: name(minutes(n)),
                library: PathBuf::new().into(),
                source_digest: String::new(),
                source: None,
            },
        };
        let steps: Vec<_> = (0..1000).rev().map(back).collect();
        assert_eq!(premise.progress(&steps, 0, &AppliedSources::new()), Progress::Taken);
    }
}
