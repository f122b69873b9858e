//! Decides whether drift blocks a plan.

use super::Drift;
use crate::direction::Direction;
use crate::explain::Code;
use crate::hint::{Action, Hint};
use crate::plan::{Plan, Target};

/// Whether migrations are applied that are older than the last applied.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Order {
    /// They are refused: they were written and tried without what is applied already.
    #[default]
    Strict,
    /// They are applied.
    Any,
}

/// Refuses a plan that drift blocks.
///
/// The way forward, even one without steps, promises that the database becomes what the code says:
/// everything counts, and what is out of order if the plan applies it and `order` is strict.
///
/// The way back, or back and forward again, builds on no other migration than its own. It is how an
/// edited migration is taken back and tried again, so edits and missing crates do not count: a crate
/// that the way back needs is the business of [`plan`](crate::plan::plan). A changed schema counts,
/// since the step would note it down as its own, and so does what has not finished, or is half done
/// and not to be gone on with as it is.
///
/// # Errors
/// The drift that blocks it, each finding once.
pub fn refuse(
    drift: &[Drift],
    target: &Target,
    plan: &Plan,
    order: Order,
) -> Result<(), DriftError> {
    let forward = target.direction() == Direction::Forward;
    let prevents = |drift: &&Drift| match drift {
        Drift::SchemaChanged { .. }
        | Drift::Unfinished { .. }
        | Drift::EditedHalfDone { .. }
        | Drift::MissingHalfDone { .. } => true,
        Drift::OutOfOrder { id, .. } => {
            forward && order == Order::Strict && plan.steps.iter().any(|step| step.id == *id)
        }
        // Where there is nothing to do, and it was said that this is enough, it is.
        Drift::NewerDatabase { usable, .. } => forward && !(*usable && plan.steps.is_empty()),
        Drift::Edited { .. }
        | Drift::Missing { .. }
        | Drift::Renamed { .. }
        | Drift::PartlyReplaced { .. } => forward,
    };
    let found: Vec<Drift> = drift.iter().filter(prevents).cloned().collect();
    if found.is_empty() { Ok(()) } else { Err(DriftError { found }) }
}

/// Why nothing was done: the drift that blocks a plan.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}", listed(found))]
pub struct DriftError {
    /// What was found, at least one thing.
    pub found: Vec<Drift>,
}

/// A single finding is shown as it is, several as a list.
fn listed(found: &[Drift]) -> String {
    match found {
        [one] => one.to_string(),
        several => several.iter().fold(
            format!("{} things are not as the last run left them:", several.len()),
            |text, drift| text + "\n  - " + &drift.to_string().replace('\n', "\n  "),
        ),
    }
}

impl DriftError {
    /// Its code, for `runner explain`.
    #[must_use]
    pub fn code(&self) -> Code {
        match self.found.as_slice() {
            [one] => one.code(),
            _ => Code::SeveralDrifts,
        }
    }

    /// What to do next.
    #[must_use]
    pub fn hint(&self) -> Option<Hint> {
        Some(match self.found.as_slice() {
            [one] => Hint::either(one.ways_out()),
            _ => Hint::from("nothing was changed; ")
                .and(Action::ShowRepairs)
                .and(" shows the way out of each"),
        })
    }
}

#[cfg(test)]
mod examples {
    use super::*;
    use crate::messages::Examples;

    impl Examples for DriftError {
        fn examples() -> Vec<Self> {
            let all = Drift::examples();
            let alone = all.iter().map(|drift| Self { found: vec![drift.clone()] });
            alone.chain([Self { found: all.clone() }]).collect()
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;
    use crate::drift::find;
    use crate::id::MigrationId;
    use crate::plan::plan;
    use crate::record::Record;

    fn id(number: u8) -> MigrationId {
        format!("20250101_0000{number:02}_m").parse().unwrap()
    }

    fn ids() -> impl Strategy<Value = Vec<MigrationId>> {
        proptest::collection::btree_set(0u8..12, 0..8)
            .prop_map(|numbers| numbers.into_iter().map(id).collect())
    }

    /// What is found where some of `known` are edited and the schema may be.
    fn drift(
        known: &[MigrationId],
        applied: &[MigrationId],
        edited: u8,
        schema: &str,
    ) -> Vec<Drift> {
        let history: Vec<Record> =
            applied.iter().map(|id| Record::example(id.clone(), "a", "schema")).collect();
        let digest = |id: &MigrationId| if *id < self::id(edited) { "b" } else { "a" };
        let sources: BTreeMap<_, _> =
            known.iter().map(|id| (id.clone(), digest(id).to_owned())).collect();
        let left = history.last().map(|newest| newest.schema_digest.as_str());
        find(known, &history, &sources, (schema, left))
    }

    proptest! {
        #[test]
        fn a_plan_forward_passes_only_where_nothing_has_drifted(
            known in ids(), applied in ids(), edited in 0u8..12, steps in 0usize..4, any: bool
        ) {
            let drift = drift(&known, &applied, edited, "schema");
            let target = Target::Next(steps);
            let plan = plan(&known, &applied, &target).unwrap();
            let order = if any { Order::Any } else { Order::Strict };
            let late = plan.steps.iter().any(|step| applied.last().is_some_and(|l| step.id < *l));
            let other = drift.iter().any(|drift| !matches!(drift, Drift::OutOfOrder { .. }));
            prop_assert_eq!(
                refuse(&drift, &target, &plan, order).is_err(),
                other || (late && order == Order::Strict)
            );
        }

        /// Above, something else has drifted most often.
        #[test]
        fn late_migrations_stand_in_the_way_where_the_plan_takes_them_and_order_is_strict(
            known in ids(), applied in ids(), steps in 0usize..4, any: bool, back: bool
        ) {
            let applied: Vec<_> = applied.into_iter().filter(|id| known.contains(id)).collect();
            let drift = drift(&known, &applied, 0, "schema");
            let target = if back { Target::Redo(steps) } else { Target::Next(steps) };
            let plan = plan(&known, &applied, &target).unwrap();
            let order = if any { Order::Any } else { Order::Strict };
            let is_late = |id: &MigrationId| {
                plan.steps.iter().any(|step| step.id == *id) && Some(id) < applied.last()
            };
            let late: Vec<_> = known
                .iter()
                .filter(|id| !applied.contains(id) && is_late(id) && !any && !back)
                .map(|id| Drift::OutOfOrder { id: id.clone(), last: applied.last().unwrap().clone() })
                .collect();
            let refused = refuse(&drift, &target, &plan, order).err().map(|error| error.found);
            prop_assert_eq!(refused.unwrap_or_default(), late);
        }

        #[test]
        fn a_plan_back_passes_whatever_was_edited_and_never_over_a_changed_schema(
            known in ids(), applied in ids(), edited in 0u8..12, redo: bool
        ) {
            let target = if redo { Target::Redo(1) } else { Target::Back(1) };
            let Ok(plan) = plan(&known, &applied, &target) else { return Ok(()) };
            prop_assume!(!plan.steps.is_empty());
            let same = drift(&known, &applied, edited, "schema");
            prop_assert_eq!(refuse(&same, &target, &plan, Order::Strict), Ok(()));
            let changed = drift(&known, &applied, edited, "other");
            let found = refuse(&changed, &target, &plan, Order::Strict).unwrap_err().found;
            let only_schema = matches!(found.as_slice(), [Drift::SchemaChanged { .. }]);
            prop_assert!(only_schema);
        }

        #[test]
        fn what_has_not_finished_stands_in_every_way(known in ids(), applied in ids(), back: bool) {
            let target = if back { Target::Zero } else { Target::Latest };
            let Ok(plan) = plan(&known, &applied, &target) else { return Ok(()) };
            let started_at = jiff::Timestamp::UNIX_EPOCH;
            let (recorded, edited) = ("a".to_owned(), "b".to_owned());
            for found in [
                Drift::Unfinished { id: id(3), direction: Direction::Forward, started_at },
                Drift::EditedHalfDone { id: id(3), recorded, found: edited },
                Drift::MissingHalfDone { id: id(3) },
            ] {
                let refused = refuse(std::slice::from_ref(&found), &target, &plan, Order::Any);
                prop_assert_eq!(refused, Err(DriftError { found: vec![found] }));
            }
        }

        #[test]
        fn a_newer_database_may_be_used_as_it_is_where_it_says_so(
            usable: bool, steps in 0u8..3, back: bool
        ) {
            let (known, target) = match back {
                true => (0..steps, Target::Zero),
                false => (0..steps, Target::Latest),
            };
            let known: Vec<_> = known.map(id).collect();
            let applied = if back { known.as_slice() } else { &[] };
            let plan = plan(&known, applied, &target).unwrap();
            let newer = [Drift::NewerDatabase { ids: vec![id(9)], usable }];
            let passes = back || (usable && steps == 0);
            prop_assert_eq!(refuse(&newer, &target, &plan, Order::Strict).is_ok(), passes);
        }

        #[test]
        fn each_finding_is_told_once(known in ids(), applied in ids(), edited in 0u8..12) {
            let drift = drift(&known, &applied, edited, "other");
            let refused = refuse(&drift, &Target::Latest, &Plan::default(), Order::Strict);
            if let Err(error) = refused {
                for found in &error.found {
                    prop_assert_eq!(error.to_string().matches(&found.to_string()).count(), 1);
                }
            }
        }
    }
}
