//! Stage 2: the steps from what is applied to a target. Pure: no file, no clock.

pub use crate::direction::Direction;
use crate::explain::Code;
use crate::hint::{Action, Hint};
use crate::id::{MigrationId, among};
use crate::premise::Premise;
use crate::repeatable::Change;

/// What is to be applied or reverted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Target {
    /// Apply everything pending.
    Latest,
    /// Apply what is pending up to and including this migration.
    UpTo(MigrationId),
    /// Apply the next so many pending migrations.
    Next(usize),
    /// Revert the last so many applied migrations.
    Back(usize),
    /// Revert what is applied after this migration, which itself stays.
    BackTo(MigrationId),
    /// Revert this migration alone, whatever was applied beside it.
    Revert(MigrationId),
    /// Revert everything.
    Zero,
    /// Revert the last so many applied migrations and apply them again.
    Redo(usize),
}

impl Target {
    /// Whether it means the same migrations whatever the history is. A number of steps does not, nor does the
    /// migration that was applied last.
    #[must_use]
    pub fn is_fixed(&self) -> bool {
        match self {
            Self::Latest | Self::UpTo(_) | Self::BackTo(_) | Self::Zero => true,
            Self::Next(_) | Self::Back(_) | Self::Revert(_) | Self::Redo(_) => false,
        }
    }

    /// The direction of its first step.
    #[must_use]
    pub fn direction(&self) -> Direction {
        match self {
            Self::Latest | Self::UpTo(_) | Self::Next(_) => Direction::Forward,
            Self::Back(_) | Self::BackTo(_) | Self::Revert(_) | Self::Zero | Self::Redo(_) => {
                Direction::Backward
            }
        }
    }
}

/// One migration in one direction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// The migration.
    pub id: MigrationId,
    /// Its direction.
    pub direction: Direction,
}

/// The steps to take, in order. Empty: nothing to do.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Plan {
    /// The steps.
    pub steps: Vec<Step>,
    /// What must still hold when they are taken; `None`: they fit any history.
    pub premise: Option<Premise>,
    /// The views and triggers that are to be made anew after the last step, as far as that can be seen before; `None`:
    /// the plan leaves migrations pending, and the files wait for them.
    pub repeatable: Option<Vec<Change>>,
}

impl Plan {
    /// Whether there is nothing to do.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.steps.is_empty() && self.repeatable.as_ref().is_none_or(Vec::is_empty)
    }

    /// Whether it may replace a plan that is out of date: there is a database. One that was removed meanwhile is
    /// not made anew unasked.
    #[must_use]
    pub fn may_follow_a_stale_one(&self) -> bool {
        self.premise.as_ref().is_some_and(|premise| premise.file.is_some())
    }
}

/// Plans the steps to `target`.
///
/// `known` are the migrations that have a crate and `applied` those in the history, both in
/// ascending order. What is pending is the difference of the two, never "newer than the newest": a
/// migration that arrived late from another branch is planned like any other, and
/// [`drift`](crate::drift) decides whether it may be applied. Steps forward are in ascending order, steps
/// backward in descending order.
///
/// # Errors
/// A migration that is to be reverted has no crate; the target of a way back is not applied.
pub fn plan(
    known: &[MigrationId],
    applied: &[MigrationId],
    target: &Target,
) -> Result<Plan, PlanError> {
    let pending = || {
        let mut is_applied = among(applied);
        known.iter().filter(move |id| !is_applied(id))
    };
    let latest_first = || applied.iter().rev();
    let steps = match target {
        Target::Latest => forward(pending()),
        Target::UpTo(last) => forward(pending().take_while(|id| *id <= last)),
        Target::Next(count) => forward(pending().take(*count)),
        Target::Back(count) => backward(known, latest_first().take(*count))?,
        Target::BackTo(stays) => {
            if applied.binary_search(stays).is_err() {
                return Err(PlanError::NotApplied { id: stays.clone() });
            }
            backward(known, latest_first().take_while(|id| *id > stays))?
        }
        Target::Revert(id) => {
            let found = applied.binary_search(id).map(|at| &applied[at]);
            let id = found.map_err(|_| PlanError::NotApplied { id: id.clone() })?;
            backward(known, std::iter::once(id))?
        }
        Target::Zero => backward(known, latest_first())?,
        Target::Redo(count) => {
            let mut steps = backward(known, latest_first().take(*count))?;
            let again: Vec<Step> = steps
                .iter()
                .rev()
                .map(|step| Step { id: step.id.clone(), direction: Direction::Forward })
                .collect();
            steps.extend(again);
            steps
        }
    };
    Ok(Plan { steps, premise: None, repeatable: None })
}

/// As [`plan`], from a database in which a batched migration may be `half_done`, with its direction. It comes first: no
/// other step is taken beside it. On the way back, what is half applied counts as applied.
///
/// # Errors
/// As [`plan`]; it is half way back, and the target is forward.
pub fn plan_from(
    known: &[MigrationId],
    applied: &[MigrationId],
    half_done: Option<&(MigrationId, Direction)>,
    target: &Target,
) -> Result<Plan, PlanError> {
    let Some((id, direction)) = half_done else { return plan(known, applied, target) };
    let mut plan = match (direction, target.direction()) {
        (Direction::Backward, Direction::Forward) => {
            return Err(PlanError::HalfWayBack { id: id.clone() });
        }
        (Direction::Forward, Direction::Backward) => {
            let mut applied = applied.to_vec();
            if let Err(at) = applied.binary_search(id) {
                applied.insert(at, id.clone());
            }
            plan(known, &applied, target)?
        }
        _ => plan(known, applied, target)?,
    };
    // The first of its steps: it may also be redone.
    if let Some(at) = plan.steps.iter().position(|step| step.id == *id) {
        let step = plan.steps.remove(at);
        plan.steps.insert(0, step);
    }
    Ok(plan)
}

fn forward<'i>(ids: impl Iterator<Item = &'i MigrationId>) -> Vec<Step> {
    ids.map(|id| Step { id: id.clone(), direction: Direction::Forward }).collect()
}

fn backward<'i>(
    known: &[MigrationId],
    ids: impl Iterator<Item = &'i MigrationId>,
) -> Result<Vec<Step>, PlanError> {
    ids.map(|id| match known.binary_search(id) {
        Ok(_) => Ok(Step { id: id.clone(), direction: Direction::Backward }),
        Err(_) => Err(PlanError::Gone { id: id.clone() }),
    })
    .collect()
}

/// Why there is no plan for a target.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PlanError {
    /// The crate that would revert the migration is gone.
    #[error("`{id}` is applied, but its crate is gone, so it cannot be reverted")]
    Gone {
        /// The migration.
        id: MigrationId,
    },
    /// The crate that would revert the migration seems to have another name.
    #[error("`{id}` is applied, and seems to be called `{to}` now, so it cannot be reverted")]
    Renamed {
        /// The migration, as the history knows it.
        id: MigrationId,
        /// What it is called now.
        to: MigrationId,
    },
    /// The migration to be reverted was recorded in the place of others, and never run.
    #[error(
        "`{id}` cannot be reverted: it was recorded in the place of {replaced} migrations that were applied before it, \
         and never run here"
    )]
    OnlyRecorded {
        /// The migration.
        id: MigrationId,
        /// How many it replaced here.
        replaced: usize,
    },
    /// A batched migration is half way back, and the target is forward.
    #[error("the batched migration `{id}` is half way back")]
    HalfWayBack {
        /// The migration.
        id: MigrationId,
    },
    /// The target of a way back is not applied.
    #[error("cannot go back to `{id}`: it is not applied")]
    NotApplied {
        /// The migration.
        id: MigrationId,
    },
}

impl PlanError {
    /// What `runner explain` has to say about it.
    #[must_use]
    pub fn code(&self) -> Code {
        match self {
            Self::Gone { .. } | Self::Renamed { .. } => Code::MigrationGone,
            Self::OnlyRecorded { .. } => Code::OnlyRecorded,
            Self::HalfWayBack { .. } => Code::HalfDone,
            Self::NotApplied { .. } => Code::NotApplied,
        }
    }

    /// What to do next.
    #[must_use]
    pub fn hint(&self) -> Option<Hint> {
        Some(match self {
            Self::Renamed { id, to } => Hint::from("nothing was reverted; record the new name: ")
                .and(Action::RecordRename { id: id.clone(), to: to.clone() }),
            Self::Gone { id } => {
                format!(
                    "nothing was reverted; bring the folder `{id}` back from version control, or use a bundle that has it"
                ).into()
            }
            Self::HalfWayBack { .. } => Hint::from("finish its way back first: ").and(Action::RevertLast),
            Self::OnlyRecorded { id, .. } => Hint::from("nothing was reverted. To go back further, bring the folders of those back, take its own away, and ")
                .and(Action::Forget(id.clone()))
                .and(": then they count as applied again"),
            Self::NotApplied { .. } => Hint::from(Action::ShowStatus).and(" shows what is applied"),
        })
    }
}

#[cfg(test)]
mod examples {
    use super::*;
    use crate::messages::{self, Examples, each_variant};

    impl Examples for PlanError {
        fn examples() -> Vec<Self> {
            each_variant!(PlanError:
                Gone { id: messages::id() },
                Renamed { id: messages::id(), to: messages::other_id() },
                OnlyRecorded { id: messages::id(), replaced: 12 },
                HalfWayBack { id: messages::id() },
                NotApplied { id: messages::id() },
            )
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use proptest::prelude::*;

    use super::*;

    fn id(number: u8) -> MigrationId {
        format!("20250101_0000{number:02}_m").parse().unwrap()
    }

    fn ids(numbers: &BTreeSet<u8>) -> Vec<MigrationId> {
        numbers.iter().map(|number| id(*number)).collect()
    }

    fn numbers() -> impl Strategy<Value = BTreeSet<u8>> {
        proptest::collection::btree_set(0u8..20, 0..16)
    }

    fn target() -> impl Strategy<Value = Target> {
        prop_oneof![
            Just(Target::Latest),
            (0u8..20).prop_map(|number| Target::UpTo(id(number))),
            (0usize..20).prop_map(Target::Next),
            (0usize..20).prop_map(Target::Back),
            (0u8..20).prop_map(|number| Target::BackTo(id(number))),
            Just(Target::Zero),
            (0usize..20).prop_map(Target::Redo),
        ]
    }

    /// The history after the steps; every step must change it.
    fn walk(applied: &[MigrationId], plan: &Plan) -> BTreeSet<MigrationId> {
        let mut history: BTreeSet<_> = applied.iter().cloned().collect();
        for step in &plan.steps {
            let changed = match step.direction {
                Direction::Forward => history.insert(step.id.clone()),
                Direction::Backward => history.remove(&step.id),
            };
            assert!(changed, "a step without effect: {step:?}");
        }
        history
    }

    proptest! {
        #[test]
        fn every_step_changes_the_history_and_has_a_crate(
            known in numbers(), applied in numbers(), target in target()
        ) {
            let (known, applied) = (ids(&known), ids(&applied));
            if let Ok(plan) = plan(&known, &applied, &target) {
                walk(&applied, &plan);
                prop_assert!(plan.steps.iter().all(|step| known.contains(&step.id)));
            }
        }

        #[test]
        fn forward_goes_up_and_backward_goes_down(
            known in numbers(), applied in numbers(), target in target()
        ) {
            if let Ok(plan) = plan(&ids(&known), &ids(&applied), &target) {
                for pair in plan.steps.windows(2) {
                    match (pair[0].direction, pair[1].direction) {
                        (Direction::Forward, Direction::Forward) => {
                            prop_assert!(pair[0].id < pair[1].id);
                        }
                        (Direction::Backward, Direction::Backward) => {
                            prop_assert!(pair[0].id > pair[1].id);
                        }
                        (Direction::Backward, Direction::Forward) => {
                            prop_assert_eq!(&pair[0].id, &pair[1].id);
                        }
                        (Direction::Forward, Direction::Backward) => {
                            prop_assert!(false, "back after forward");
                        }
                    }
                }
            }
        }

        #[test]
        fn the_first_step_goes_the_way_of_the_target(
            known in numbers(), applied in numbers(), target in target()
        ) {
            let plan = plan(&ids(&known), &ids(&applied), &target).unwrap_or_default();
            if let Some(first) = plan.steps.first() {
                prop_assert_eq!(first.direction, target.direction());
            }
        }

        #[test]
        fn latest_applies_all_that_is_known_however_old(known in numbers(), applied in numbers()) {
            let plan = plan(&ids(&known), &ids(&applied), &Target::Latest).unwrap();
            let all: BTreeSet<_> = known.union(&applied).map(|number| id(*number)).collect();
            prop_assert_eq!(walk(&ids(&applied), &plan), all);
        }

        #[test]
        fn the_way_to_a_migration_takes_all_that_is_pending_up_to_it_and_nothing_else(
            known in numbers(), applied in numbers(), last in 0u8..20
        ) {
            let plan = plan(&ids(&known), &ids(&applied), &Target::UpTo(id(last))).unwrap();
            let pending = known.difference(&applied).copied().filter(|number| *number <= last);
            let taken: Vec<_> = plan.steps.into_iter().map(|step| step.id).collect();
            prop_assert_eq!(taken, ids(&pending.collect()));
        }

        #[test]
        fn the_way_back_to_a_migration_reverts_all_that_came_after_it_and_nothing_else(
            applied in numbers(), stays in 0u8..20
        ) {
            let history = ids(&applied);
            let expected = if applied.contains(&stays) {
                Ok(ids(&applied.into_iter().filter(|number| *number > stays).collect()))
            } else {
                Err(PlanError::NotApplied { id: id(stays) })
            };
            let plan = plan(&history, &history, &Target::BackTo(id(stays)));
            let taken = plan.map(|plan| plan.steps.into_iter().rev().map(|step| step.id).collect());
            prop_assert_eq!(taken, expected);
        }

        #[test]
        fn a_second_plan_to_the_same_place_is_empty(
            known in numbers(), applied in numbers(), number in 0u8..20
        ) {
            for target in [Target::Latest, Target::UpTo(id(number)), Target::BackTo(id(number)), Target::Zero] {
                if let Ok(first) = plan(&ids(&known), &ids(&applied), &target) {
                    let after: Vec<_> = walk(&ids(&applied), &first).into_iter().collect();
                    prop_assert_eq!(plan(&ids(&known), &after, &target), Ok(Plan::default()));
                }
            }
        }

        #[test]
        fn steps_count(known in numbers(), applied in numbers(), count in 0usize..20) {
            let (known, applied) = (ids(&known), ids(&applied));
            let pending = known.iter().filter(|id| !applied.contains(id)).count();
            let next = plan(&known, &applied, &Target::Next(count)).unwrap();
            prop_assert_eq!(next.steps.len(), count.min(pending));
            if let Ok(back) = plan(&known, &applied, &Target::Back(count)) {
                prop_assert_eq!(back.steps.len(), count.min(applied.len()));
            }
        }

        #[test]
        fn zero_leaves_nothing_or_names_a_crate_that_is_gone(known in numbers(), applied in numbers()) {
            match plan(&ids(&known), &ids(&applied), &Target::Zero) {
                Ok(plan) => prop_assert!(walk(&ids(&applied), &plan).is_empty()),
                Err(PlanError::Gone { id }) => prop_assert!(!ids(&known).contains(&id)),
                Err(other) => prop_assert!(false, "{other}"),
            }
        }

        #[test]
        fn redo_comes_back_to_where_it_began(applied in numbers(), count in 0usize..20) {
            let applied = ids(&applied);
            let plan = plan(&applied, &applied, &Target::Redo(count)).unwrap();
            prop_assert_eq!(plan.steps.len(), 2 * count.min(applied.len()));
            prop_assert_eq!(walk(&applied, &plan), applied.into_iter().collect());
        }
    }

    #[test]
    fn a_target_is_fixed_if_a_new_plan_on_the_way_ends_where_the_first_one_would() {
        let known: Vec<_> = (1..8).map(id).collect();
        for target in [
            Target::Latest,
            Target::UpTo(id(6)),
            Target::Next(2),
            Target::Back(2),
            Target::BackTo(id(1)),
            Target::Zero,
            Target::Redo(1),
        ] {
            let applied = &known[..4];
            let first = plan(&known, applied, &target).unwrap();
            let on_the_way = Plan { steps: vec![first.steps[0].clone()], ..Plan::default() };
            let half_way: Vec<_> = walk(applied, &on_the_way).into_iter().collect();
            let second = plan(&known, &half_way, &target).unwrap();
            let same_end = walk(&half_way, &second) == walk(applied, &first);
            assert_eq!(same_end, target.is_fixed(), "{target:?}");
        }
    }

    #[test]
    fn a_stale_plan_is_made_anew_only_where_there_was_a_database() {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(&file, "something").unwrap();
        let identity = crate::Database::at(file.path()).identity();
        let made_from = |file| Plan {
            premise: Some(Premise {
                file,
                applied: BTreeMap::new(),
                half_done: None,
                squashes: BTreeMap::new(),
                schema_digest: None,
            }),
            ..Plan::default()
        };
        assert!(!Plan::default().may_follow_a_stale_one());
        assert!(!made_from(None).may_follow_a_stale_one());
        assert!(made_from(identity).may_follow_a_stale_one());
    }

    #[test]
    fn what_is_half_done_comes_first_and_can_be_taken_back() {
        let (known, applied) = ([id(1), id(2), id(3)], [id(2)]);
        let half = |direction| (id(3), direction);
        let steps = |half_done: &(MigrationId, Direction), target: &Target| -> Vec<_> {
            let plan = plan_from(&known, &applied, Some(half_done), target).unwrap();
            plan.steps.into_iter().map(|step| (step.id, step.direction)).collect()
        };
        let (forward, backward) = (half(Direction::Forward), half(Direction::Backward));
        let (ahead, back) = (Direction::Forward, Direction::Backward);
        assert_eq!(steps(&forward, &Target::Latest), [(id(3), ahead), (id(1), ahead)]);
        assert_eq!(steps(&forward, &Target::Back(1)), [(id(3), back)]);
        assert_eq!(steps(&forward, &Target::Zero), [(id(3), back), (id(2), back)]);
        let error = plan_from(&known, &known, Some(&backward), &Target::Latest).unwrap_err();
        assert!(matches!(error, PlanError::HalfWayBack { .. }), "{error}");
        let plan = plan_from(&known, &known, Some(&backward), &Target::Back(2)).unwrap();
        assert_eq!(plan.steps[0].id, id(3));
    }

    #[test]
    fn going_back_over_a_missing_crate_is_refused_by_name() {
        let error = plan(&[id(1)], &[id(1), id(2)], &Target::Back(1)).unwrap_err();
        assert_eq!(
            error.to_string(),
            "`20250101_000002_m` is applied, but its crate is gone, so it cannot be reverted"
        );
    }

    #[test]
    fn going_back_to_what_is_not_applied_is_refused() {
        let error = plan(&[id(1)], &[], &Target::BackTo(id(1))).unwrap_err();
        assert_eq!(error.to_string(), "cannot go back to `20250101_000001_m`: it is not applied");
    }
}
