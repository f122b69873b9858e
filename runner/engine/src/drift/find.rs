//! Finding drift.

use std::collections::BTreeMap;

use super::Drift;
use crate::id::{MigrationId, among};
use crate::record::Record;
use crate::renamed::Renamed;
use crate::squash::{Counting, Replacements};

/// Compares the crates there are, of which none replaces others, with the history, both in ascending order.
///
/// `sources` are the digests of the crates that are applied; one that is not given is not compared.
/// `schema` is the digest of the schema. It is compared with the digest of the schema as the runner `left` it; an empty
/// history knows of no schema.
#[must_use]
pub fn find(
    known: &[MigrationId],
    history: &[Record],
    sources: &BTreeMap<MigrationId, String>,
    schema: (&str, Option<&str>),
) -> Vec<Drift> {
    find_among(&Counting::of(known, &Replacements::new(), history, &[]), history, sources, schema)
}

/// As [`find`], of the migrations that are `counting`.
pub(crate) fn find_among(
    counting: &Counting,
    history: &[Record],
    sources: &BTreeMap<MigrationId, String>,
    (schema, left): (&str, Option<&str>),
) -> Vec<Drift> {
    let changed = left.filter(|left| *left != schema).map(|left| Drift::SchemaChanged {
        recorded: left.to_owned(),
        found: schema.to_owned(),
        changes: Vec::new(),
        left_at: None,
    });
    let Some(newest) = history.last() else { return changed.into_iter().collect() };
    let mut found = Vec::new();
    for (place, record) in history.iter().enumerate() {
        let Some(source) = sources.get(&record.id) else { continue };
        if *source != record.source_digest {
            found.push(Drift::Edited {
                id: record.id.clone(),
                recorded: record.source_digest.clone(),
                found: source.clone(),
                steps_back: history.len() - place,
            });
        }
    }
    found.extend(without_crate(counting, history));
    let mut is_applied = among(history.iter().map(|record| &record.id));
    let older = counting.known.iter().take_while(|id| **id < newest.id);
    // What is only recorded changes nothing, so it is never late.
    let late = older.filter(|id| !is_applied(id) && !counting.is_recorded(id));
    found.extend(late.map(|id| Drift::OutOfOrder { id: id.clone(), last: newest.id.clone() }));
    found.extend(
        counting.lacking.iter().map(|(id, missing)| Drift::PartlyReplaced {
            id: id.clone(),
            missing: missing.clone(),
        }),
    );
    found.extend(changed);
    found
}

/// The applied migrations that have no crate. If there are no crates at all, the folder is more likely
/// wrong than the code old.
fn without_crate(counting: &Counting, history: &[Record]) -> Vec<Drift> {
    let mut is_known = among(&counting.known);
    let unknown: Vec<&Record> = history
        .iter()
        .filter(|record| !is_known(&record.id) && !counting.knows_otherwise(record))
        .collect();
    let ids: Vec<MigrationId> = unknown.iter().map(|record| record.id.clone()).collect();
    match (ids.first(), counting.within.last()) {
        (Some(oldest), Some(last)) if oldest > last => {
            // Also what one of them replaces: an application that has that one has all of it.
            let is_known = |id: &MigrationId| counting.has(id);
            let is_usable = |record: &&Record| record.usable_since.as_ref().is_some_and(is_known);
            let usable = unknown.iter().all(is_usable);
            vec![Drift::NewerDatabase { ids, usable }]
        }
        _ => ids.into_iter().map(|id| Drift::Missing { id }).collect(),
    }
}

/// Replaces, in what was `found`, the missing crate and the late crate of a migration that was renamed
/// by the one finding that it was.
pub(crate) fn naming(found: Vec<Drift>, renamed: &[Renamed]) -> Vec<Drift> {
    if renamed.is_empty() {
        return found;
    }
    let is_old = |id: &MigrationId| renamed.iter().any(|one| one.id == *id);
    let is_new = |id: &MigrationId| renamed.iter().any(|one| one.to == *id);
    let rest = found.into_iter().filter_map(|drift| match drift {
        Drift::Missing { id } if is_old(&id) => None,
        Drift::OutOfOrder { id, .. } if is_new(&id) => None,
        Drift::NewerDatabase { mut ids, usable } => {
            ids.retain(|id| !is_old(id));
            (!ids.is_empty()).then_some(Drift::NewerDatabase { ids, usable })
        }
        other => Some(other),
    });
    let named = renamed.iter().map(|Renamed { id, to, evidence }| Drift::Renamed {
        id: id.clone(),
        to: to.clone(),
        evidence: *evidence,
    });
    named.chain(rest).collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;
    use crate::renamed::Evidence;

    fn id(number: u8) -> MigrationId {
        format!("20250101_0000{number:02}_m").parse().unwrap()
    }

    fn ids(numbers: &BTreeSet<u8>) -> Vec<MigrationId> {
        numbers.iter().map(|number| id(*number)).collect()
    }

    fn history(numbers: &BTreeSet<u8>) -> Vec<Record> {
        ids(numbers).into_iter().map(|id| Record::example(id, "source", "schema")).collect()
    }

    /// The digest in the newest row.
    fn left(applied: &BTreeSet<u8>) -> Option<&'static str> {
        (!applied.is_empty()).then_some("schema")
    }

    fn numbers() -> impl Strategy<Value = BTreeSet<u8>> {
        proptest::collection::btree_set(0u8..20, 0..16)
    }

    fn sources(known: &BTreeSet<u8>, edited: &BTreeSet<u8>) -> BTreeMap<MigrationId, String> {
        let digest = |number: &u8| if edited.contains(number) { "edited" } else { "source" };
        known.iter().map(|number| (id(*number), digest(number).to_owned())).collect()
    }

    /// The migrations that `wanted` takes out of the findings.
    fn named(drift: &[Drift], wanted: fn(&Drift) -> Vec<MigrationId>) -> Vec<MigrationId> {
        drift.iter().flat_map(wanted).collect()
    }

    proptest! {
        #[test]
        fn every_difference_is_found_once_and_nothing_else(
            known in numbers(), applied in numbers(), edited in numbers(), changed: bool
        ) {
            let schema = if changed { "other" } else { "schema" };
            let found =
                find(&ids(&known), &history(&applied), &sources(&known, &edited), (schema, left(&applied)));
            let both: BTreeSet<u8> = known.intersection(&applied).copied().collect();
            let is_edited = named(&found, |drift| match drift {
                Drift::Edited { id, .. } => vec![id.clone()],
                _ => Vec::new(),
            });
            prop_assert_eq!(is_edited, ids(&both.intersection(&edited).copied().collect()));
            for drift in &found {
                if let Drift::Edited { id, steps_back, .. } = drift {
                    let back = applied.iter().nth_back(steps_back - 1).unwrap();
                    prop_assert_eq!(id, &self::id(*back));
                }
            }
            let gone = named(&found, |drift| match drift {
                Drift::Missing { id } => vec![id.clone()],
                Drift::NewerDatabase { ids, .. } => ids.clone(),
                _ => Vec::new(),
            });
            prop_assert_eq!(&gone, &ids(&applied.difference(&known).copied().collect()));
            let without_crate = named(&found, |drift| drift.without_crate().to_vec());
            prop_assert_eq!(without_crate, gone);
            let late = named(&found, |drift| match drift {
                Drift::OutOfOrder { id, .. } => vec![id.clone()],
                _ => Vec::new(),
            });
            let older = |number: &u8| applied.last().is_some_and(|last| number < last);
            let expected = known.difference(&applied).copied().filter(older).collect();
            prop_assert_eq!(late, ids(&expected));
            let schemas = found.iter().filter(|drift| matches!(drift, Drift::SchemaChanged { .. }));
            prop_assert_eq!(schemas.count(), usize::from(changed && !applied.is_empty()));
        }

        #[test]
        fn a_database_is_newer_only_if_all_it_has_more_comes_after_all_that_is_known(
            known in numbers(), applied in numbers()
        ) {
            let found =
                find(&ids(&known), &history(&applied), &BTreeMap::new(), ("schema", left(&applied)));
            let newer = found.iter().any(|drift| matches!(drift, Drift::NewerDatabase { .. }));
            let more: BTreeSet<u8> = applied.difference(&known).copied().collect();
            let after_all = match (more.first(), known.last()) {
                (Some(first), Some(last)) => first > last,
                _ => false,
            };
            prop_assert_eq!(newer, after_all);
        }

        #[test]
        fn a_newer_database_is_usable_if_all_that_is_newer_says_so(
            known in 1u8..10, more in 1u8..5, since in proptest::collection::vec(0u8..12, 5)
        ) {
            let codes: Vec<_> = (0..known).map(id).collect();
            let mut history = history(&(0..known + more).collect());
            for (record, since) in history[usize::from(known)..].iter_mut().zip(&since) {
                record.usable_since = (*since < 11).then(|| id(*since));
            }
            let found = find(&codes, &history, &BTreeMap::new(), ("schema", Some("schema")));
            let usable = since.iter().take(usize::from(more)).all(|since| *since < known);
            let ids = (known..known + more).map(id).collect();
            prop_assert_eq!(found, vec![Drift::NewerDatabase { ids, usable }]);
        }

        #[test]
        fn a_new_name_takes_the_place_of_the_old_one_and_all_else_stays(
            known in numbers(), applied in numbers(), old in 0u8..20, new in 0u8..20
        ) {
            let found = find(&ids(&known), &history(&applied), &BTreeMap::new(), ("other", left(&applied)));
            prop_assert_eq!(naming(found.clone(), &[]), found.clone());
            let renamed = Renamed { id: id(old), to: id(new), evidence: Evidence::SameSource };
            let named = naming(found.clone(), std::slice::from_ref(&renamed));
            let Renamed { id: from, to, evidence } = renamed;
            let expected = found.into_iter().filter_map(|drift| match drift {
                Drift::Missing { id } => (id != from).then_some(Drift::Missing { id }),
                Drift::OutOfOrder { id, last } => {
                    (id != to).then_some(Drift::OutOfOrder { id, last })
                }
                Drift::NewerDatabase { ids, usable } => {
                    let rest: Vec<_> = ids.into_iter().filter(|id| *id != from).collect();
                    (!rest.is_empty()).then_some(Drift::NewerDatabase { ids: rest, usable })
                }
                other => Some(other),
            });
            let first = Drift::Renamed { id: from.clone(), to: to.clone(), evidence };
            prop_assert_eq!(first.without_crate(), std::slice::from_ref(&from));
            prop_assert_eq!(named, std::iter::once(first).chain(expected).collect::<Vec<_>>());
        }

        #[test]
        fn what_agrees_has_no_drift(applied in numbers()) {
            let found = find(
                &ids(&applied), &history(&applied), &sources(&applied, &BTreeSet::new()),
                ("schema", left(&applied))
            );
            prop_assert_eq!(found, []);
        }
    }
}
