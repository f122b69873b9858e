//! The premise of a plan: the history and the file that it was made from. It is checked again before each
//! step. Pure.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::database::Identity;
use crate::direction::Direction;
use crate::explain::Code;
use crate::hint::{Action, Hint};
use crate::id::MigrationId;
use crate::load::{Artifact, BuiltStep};
use crate::squash::{Replacements, replaces_it};

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
    /// Those of the applied ones that replace others, with these.
    #[serde(default, skip_serializing_if = "Replacements::is_empty")]
    pub squashes: Replacements,
    /// The digest that the schema must have before the first step, whoever left it so; `None`: as the runner left it
    /// will do.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub schema_digest: Option<String>,
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
        let mut expected = Course::before(self, steps);
        for step in taken {
            let touched = expected.touched(step);
            expected.take(step, &touched);
        }
        let different: BTreeSet<&MigrationId> = {
            let all = expected.applied.keys().copied().chain(now.keys());
            all.filter(|id| expected.differs(id, now)).collect()
        };
        if different.is_empty() {
            return Progress::NotTaken;
        }
        let different: Vec<MigrationId> = different.into_iter().cloned().collect();
        // How many differences are left is counted along the way, so that a thousand steps on a
        // thousand rows are no million comparisons.
        let (mut at, mut count) = (expected.clone(), different.len());
        for step in left {
            let touched = at.touched(step);
            let differing =
                |at: &Course<'_>| touched.iter().filter(|id| at.differs(id, now)).count();
            let before = differing(&at);
            at.take(step, &touched);
            count = count + differing(&at) - before;
            if count == 0 {
                return Progress::Taken;
            }
        }
        Progress::OffPlan(Change::of(&different, left, &expected.applied, now))
    }
}

/// A history, as the steps of a plan change it.
#[derive(Clone)]
struct Course<'a> {
    applied: BTreeMap<&'a MigrationId, &'a str>,
    /// Those that replace others, with these: what was applied before the plan, and its steps.
    squashes: BTreeMap<&'a MigrationId, &'a Vec<MigrationId>>,
}

impl<'a> Course<'a> {
    /// The history before `steps`.
    fn before(premise: &'a Premise, steps: &'a [BuiltStep]) -> Self {
        let of_steps = steps.iter().map(|step| (&step.artifact.id, &step.artifact.replaces));
        Self {
            applied: premise.applied.iter().map(|(id, source)| (id, source.as_str())).collect(),
            squashes: premise.squashes.iter().chain(of_steps).collect(),
        }
    }

    /// The migrations whose rows `step` changes.
    fn touched(&self, step: &'a BuiltStep) -> Vec<&'a MigrationId> {
        let Artifact { id, replaces, .. } = &step.artifact;
        let mut touched = vec![id];
        if step.direction == Direction::Forward && !replaces.is_empty() {
            let is_replaced = |other: &&&MigrationId| {
                replaces_it(id, replaces, other, self.squashes.get(**other).copied())
            };
            touched.extend(self.applied.keys().filter(is_replaced));
        }
        touched
    }

    /// Takes `step`, which changes the rows of those that are `touched`.
    fn take(&mut self, step: &'a BuiltStep, touched: &[&'a MigrationId]) {
        for id in touched {
            self.applied.remove(id);
        }
        if step.direction == Direction::Forward {
            self.applied.insert(&step.artifact.id, &step.artifact.source_digest);
        }
    }

    fn differs(&self, id: &MigrationId, now: &AppliedSources) -> bool {
        self.applied.get(id).copied() != now.get(id).map(String::as_str)
    }
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
                text: None,
                replaces: Vec::new(),
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
        let premise = Premise {
            file: None,
            applied: history(applied),
            half_done: None,
            squashes: Replacements::new(),
            schema_digest: None,
        };
        (premise, steps, states)
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
        let squashes = Replacements::new();
        let premise =
            Premise { file: None, applied, half_done: None, squashes, schema_digest: None };
        let back = |n| BuiltStep {
            direction: Direction::Backward,
            artifact: Artifact {
                id: name(minutes(n)),
                library: PathBuf::new().into(),
                source_digest: String::new(),
                source: None,
                text: None,
                replaces: Vec::new(),
            },
        };
        let steps: Vec<_> = (0..1000).rev().map(back).collect();
        assert_eq!(premise.progress(&steps, 0, &AppliedSources::new()), Progress::Taken);
    }

    #[test]
    fn what_is_recorded_in_the_place_of_others_takes_them_out_of_the_history() {
        let id = |n: u8| -> MigrationId { format!("20250101_0000{n:02}_m").parse().unwrap() };
        let forward = |n: u8, replaces: &[u8]| BuiltStep {
            direction: Direction::Forward,
            artifact: Artifact {
                id: id(n),
                library: PathBuf::new().into(),
                source_digest: "source".into(),
                source: None,
                text: None,
                replaces: replaces.iter().map(|n| id(*n)).collect(),
            },
        };
        let history = |numbers: &[u8]| -> AppliedSources {
            numbers.iter().map(|n| (id(*n), "source".to_owned())).collect()
        };
        // 3 replaces 1 and 2, and 5 replaces 1 to 4; at first 4 and 3 are not there.
        let premise = Premise {
            file: None,
            applied: history(&[1, 2, 9]),
            half_done: None,
            squashes: Replacements::new(),
            schema_digest: None,
        };
        let steps = [forward(3, &[1, 2]), forward(4, &[]), forward(5, &[1, 2, 4])];
        let states: [&[u8]; 4] = [&[1, 2, 9], &[3, 9], &[3, 4, 9], &[5, 9]];
        for (place, now) in states.iter().enumerate() {
            for next in 0..steps.len() {
                let progress = premise.progress(&steps, next, &history(now));
                match next.cmp(&place) {
                    std::cmp::Ordering::Equal => assert_eq!(progress, Progress::NotTaken),
                    std::cmp::Ordering::Less => assert_eq!(progress, Progress::Taken),
                    std::cmp::Ordering::Greater => {
                        assert!(matches!(progress, Progress::OffPlan(_)), "{place} {next}");
                    }
                }
            }
        }
        // What was recorded before the plan is known by its row.
        let squashes = Replacements::from([(id(3), vec![id(1), id(2)])]);
        let premise = Premise { applied: history(&[3, 4, 9]), squashes, ..premise };
        let progress = premise.progress(&steps[2..], 0, &history(&[5, 9]));
        assert_eq!(progress, Progress::Taken);
    }
}
