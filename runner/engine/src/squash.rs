//! Migrations that replace others: which of all that are known count on a database, by what is applied there. Pure.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use crate::id::MigrationId;
use crate::record::{Record, Replaced};

/// The migrations that replace others, each with those, oldest first.
pub type Replacements = BTreeMap<MigrationId, Vec<MigrationId>>;

/// What is applied in a database, by its own rows or by one that replaces it: in ascending order.
#[derive(Debug, Default)]
pub(crate) struct Covered<'h>(Vec<&'h MigrationId>);

impl<'h> Covered<'h> {
    /// By the rows of `history` and those that were `replaced` since.
    pub(crate) fn of(history: &'h [Record], replaced: &'h [Replaced]) -> Self {
        let own = history.iter().map(|record| &record.id);
        let within = history.iter().flat_map(|record| &record.replaces);
        Self(ascending(own.chain(within).chain(replaced.iter().map(|row| &row.id))))
    }

    /// Whether `id` is applied, or was.
    pub(crate) fn contains(&self, id: &MigrationId) -> bool {
        self.0.binary_search(&id).is_ok()
    }

    /// How one that replaces `replaces` stands here.
    pub(crate) fn standing(&self, replaces: &[MigrationId]) -> Standing {
        let missing: Vec<_> = replaces.iter().filter(|id| !self.contains(id)).cloned().collect();
        if missing.is_empty() {
            Standing::Covered
        } else if missing.len() == replaces.len() {
            Standing::Fresh
        } else {
            Standing::Partly { missing }
        }
    }
}

/// How a migration that replaces others, and is not applied, stands in a database.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Standing {
    /// All that it replaces is applied: it is recorded, and not run.
    Covered,
    /// Nothing that it replaces is applied: it runs.
    Fresh,
    /// Some of what it replaces is applied, and the rest has to be before it can be recorded.
    Partly {
        /// What is not applied.
        missing: Vec<MigrationId>,
    },
}

/// The migrations that count on a database.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Counting {
    /// Those that are applied, or are to be, oldest first: without what is replaced.
    pub(crate) known: Vec<MigrationId>,
    /// What each replaces that replaces others, applied or not.
    replacements: Replacements,
    /// How these stand.
    pub(crate) standing: BTreeMap<MigrationId, Standing>,
    /// Of those that can neither run nor be recorded: what is not applied, and has no crate.
    pub(crate) lacking: BTreeMap<MigrationId, Vec<MigrationId>>,
    /// All that is known, and what any of it replaces, in ascending order.
    pub(crate) within: Vec<MigrationId>,
}

impl Counting {
    /// Those of the `known`, in ascending order, that count on a database with this `history` in which these were
    /// `replaced`. `replacements` are those of all known ones that are neither applied nor replaced, at least.
    pub(crate) fn of(
        known: &[MigrationId],
        replacements: &Replacements,
        history: &[Record],
        replaced: &[Replaced],
    ) -> Self {
        let is_plain = |record: &Record| record.replaces.is_empty();
        if replacements.is_empty() && replaced.is_empty() && history.iter().all(is_plain) {
            let known = known.to_vec();
            return Self { within: known.clone(), known, ..Self::default() };
        }
        let within = within(known, replacements, history);
        let covered = Covered::of(history, replaced);
        let applied: BTreeSet<_> = history.iter().map(|record| &record.id).collect();
        // One that an applied squash replaces has no row where its own migrations never had one, either.
        let applied_squashes: Vec<_> = history.iter().filter(|row| !is_plain(row)).collect();
        let is_within_an_applied_one = |id: &MigrationId| {
            let within = replacements.get(id);
            applied_squashes.iter().any(|row| replaces_it(&row.id, &row.replaces, id, within))
        };
        let counts = |id: &&MigrationId| {
            applied.contains(id) || !covered.contains(id) && !is_within_an_applied_one(id)
        };
        let mut known: BTreeSet<MigrationId> = known.iter().filter(counts).cloned().collect();
        let mut standing = BTreeMap::new();
        // The one that replaces most comes first: those within it are then not needed.
        let mut pending: Vec<_> =
            replacements.iter().filter(|(id, _)| !applied.contains(id)).collect();
        pending.sort_by_key(|(id, replaces)| Reverse((replaces.len(), *id)));
        for (id, replaces) in pending {
            if !known.contains(id) {
                continue;
            }
            let stands = covered.standing(replaces);
            if !matches!(stands, Standing::Partly { .. }) {
                let is_replaced =
                    |other: &_| replaces_it(id, replaces, other, replacements.get(other));
                known.retain(|other| applied.contains(other) || !is_replaced(other));
            }
            standing.insert(id.clone(), stands);
        }
        let lacking = lacking(&known, replacements, &standing);
        let by_rows = applied_squashes.iter().map(|row| (row.id.clone(), row.replaces.clone()));
        let replacements = replacements.clone().into_iter().chain(by_rows).collect();
        Self { known: known.into_iter().collect(), replacements, standing, lacking, within }
    }

    /// Whether the row of `record`, which this code does not have as such, needs no crate: a known one replaces it, or
    /// all that it replaced is known.
    pub(crate) fn knows_otherwise(&self, record: &Record) -> bool {
        let is_within = |id: &MigrationId| self.has(id);
        match record.replaces.as_slice() {
            [] => is_within(&record.id),
            replaces => replaces.iter().all(is_within),
        }
    }

    /// Whether whoever has what is known has all that `id` did: it is among it, or replaced by one of it.
    pub(crate) fn has(&self, id: &MigrationId) -> bool {
        self.within.binary_search(id).is_ok()
    }

    /// How many others `id` replaces.
    pub(crate) fn replaces(&self, id: &MigrationId) -> usize {
        self.replacements.get(id).map_or(0, Vec::len)
    }

    /// Those that replace others, applied or not, each with these.
    pub(crate) fn squashes(&self) -> &Replacements {
        &self.replacements
    }

    /// Whether one that `is_applied` replaces `id`.
    pub(crate) fn is_replaced_by_one_of(
        &self,
        id: &MigrationId,
        is_applied: impl Fn(&MigrationId) -> bool,
    ) -> bool {
        let mut applied = self.replacements.iter().filter(|(squash, _)| is_applied(squash));
        applied
            .any(|(squash, replaces)| replaces_it(squash, replaces, id, self.replacements.get(id)))
    }

    /// Whether `id` may be recorded although newer ones are applied: it changes nothing.
    pub(crate) fn is_recorded(&self, id: &MigrationId) -> bool {
        matches!(self.standing.get(id), Some(Standing::Covered | Standing::Partly { .. }))
    }
}

/// Each of `ids` once, in ascending order. They are a few lists that ascend, which a sort joins in one walk.
fn ascending<'i>(ids: impl Iterator<Item = &'i MigrationId>) -> Vec<&'i MigrationId> {
    let mut all: Vec<&MigrationId> = ids.collect();
    all.sort();
    all.dedup();
    all
}

/// The `known`, in ascending order, and what any of them replaces, by its source or by its row in the `history`.
fn within(
    known: &[MigrationId],
    replacements: &Replacements,
    history: &[Record],
) -> Vec<MigrationId> {
    let is_known = |record: &&Record| known.binary_search(&record.id).is_ok();
    let by_rows = history.iter().filter(is_known).flat_map(|record| &record.replaces);
    let all = known.iter().chain(replacements.values().flatten()).chain(by_rows);
    ascending(all).into_iter().cloned().collect()
}

/// What has to be applied before one of the `known` can be recorded, and is not known, nor replaced by another.
fn lacking(
    known: &BTreeSet<MigrationId>,
    replacements: &Replacements,
    standing: &BTreeMap<MigrationId, Standing>,
) -> BTreeMap<MigrationId, Vec<MigrationId>> {
    let mut all = BTreeMap::new();
    for (id, standing) in standing {
        let Standing::Partly { missing } = standing else { continue };
        let of_others = |wanted: &MigrationId| {
            let others =
                replacements.iter().filter(|(other, _)| *other != id && known.contains(*other));
            others.into_iter().any(|(_, replaces)| replaces.binary_search(wanted).is_ok())
        };
        let lacks = |wanted: &&MigrationId| !known.contains(*wanted) && !of_others(wanted);
        let lacking: Vec<_> = missing.iter().filter(lacks).cloned().collect();
        if !lacking.is_empty() {
            all.insert(id.clone(), lacking);
        }
    }
    all
}

/// Whether `id`, which replaces `replaces`, replaces the `other`, which replaces `within` itself.
pub(crate) fn replaces_it(
    id: &MigrationId,
    replaces: &[MigrationId],
    other: &MigrationId,
    within: Option<&Vec<MigrationId>>,
) -> bool {
    if id == other {
        return false;
    }
    match within.map(Vec::as_slice) {
        None | Some([]) => replaces.binary_search(other).is_ok(),
        Some(within) => within.iter().all(|id| replaces.binary_search(id).is_ok()),
    }
}

/// Those of the `known`, in ascending order, that an empty database gets.
#[must_use]
pub fn on_an_empty_database(
    known: &[MigrationId],
    replacements: &Replacements,
) -> Vec<MigrationId> {
    Counting::of(known, replacements, &[], &[]).known
}

/// The rows of `history` that `id` replaces, which is to be recorded and replaces `replaces`.
pub(crate) fn rows_replaced(
    history: &[Record],
    id: &MigrationId,
    replaces: &[MigrationId],
) -> BTreeSet<MigrationId> {
    let is_replaced =
        |record: &&Record| replaces_it(id, replaces, &record.id, Some(&record.replaces));
    history.iter().filter(is_replaced).map(|record| record.id.clone()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(name: &str) -> MigrationId {
        let stamp = name.bytes().next().unwrap() - b'a';
        let half = u32::from(name.len() > 1) * 5;
        format!("20250101_0000{:02}_{name}", u32::from(stamp) + half).parse().unwrap()
    }

    fn ids(names: &str) -> Vec<MigrationId> {
        let mut ids: Vec<_> = names.split_whitespace().map(id).collect();
        ids.sort();
        ids
    }

    fn row(name: &str, replaces: &str) -> Record {
        Record { replaces: ids(replaces), ..Record::example(id(name), "source", "schema") }
    }

    /// The names that count, where `squashes` are `name = names`.
    fn counting(
        known: &str,
        squashes: &[(&str, &str)],
        history: &[Record],
        gone: &str,
    ) -> Counting {
        let replacements = squashes.iter().map(|(name, of)| (id(name), ids(of))).collect();
        let replaced: Vec<_> =
            ids(gone).into_iter().map(|id| Replaced { by: id.clone(), id }).collect();
        Counting::of(&ids(known), &replacements, history, &replaced)
    }

    fn names(counting: &Counting) -> String {
        counting.known.iter().map(MigrationId::name).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn an_empty_database_gets_the_squash_and_not_what_it_replaces() {
        let found = counting("a b s t", &[("s", "a b")], &[], "");
        assert_eq!(names(&found), "s t");
        assert_eq!(found.standing[&id("s")], Standing::Fresh);
        // Two of them: the one that replaces more.
        let found = counting("a b c s t", &[("s", "a b"), ("t", "a b c")], &[], "");
        assert_eq!(names(&found), "t");
    }

    #[test]
    fn where_all_are_applied_it_is_recorded_and_where_some_are_the_rest_comes_first() {
        let full = [row("a", ""), row("b", "")];
        let found = counting("s t", &[("s", "a b")], &full, "");
        assert_eq!(found.standing[&id("s")], Standing::Covered);
        assert!(full.iter().all(|row| found.knows_otherwise(row)));

        let found = counting("a b s t", &[("s", "a b")], &full[..1], "");
        assert_eq!(found.standing[&id("s")], Standing::Partly { missing: ids("b") });
        assert_eq!(names(&found), "a b s t");
    }

    #[test]
    fn once_it_is_recorded_nothing_that_it_replaces_is_pending() {
        let found = counting("a b s t", &[], &[row("s", "a b")], "a b");
        assert_eq!(names(&found), "s t");
        // It ran, so the others have no rows.
        let found = counting("a b s t", &[], &[row("s", "a b")], "");
        assert_eq!(names(&found), "s t");
        // Nor has an older squash, whose folder is still there.
        let found = counting("a b c s t u", &[("s", "a b")], &[row("t", "a b c")], "");
        assert_eq!(names(&found), "t u");
        let found = counting("a b c s t u", &[("s", "a b")], &[row("t", "a b c")], "a b c");
        assert_eq!(names(&found), "t u");
    }

    #[test]
    fn a_squash_of_a_squash_takes_the_place_of_the_first_one_wherever_that_stands() {
        let second = [("t", "a b c")];
        for (history, gone) in [
            (vec![row("a", ""), row("b", ""), row("c", "")], ""),
            (vec![row("s", "a b"), row("c", "")], "a b"),
            (vec![row("s", "a b"), row("c", "")], ""),
        ] {
            let found = counting("t u", &second, &history, gone);
            assert_eq!(found.standing[&id("t")], Standing::Covered);
            assert_eq!(names(&found), "t u");
            assert!(history.iter().all(|row| found.knows_otherwise(row)));
            let rows = rows_replaced(&history, &id("t"), &ids("a b c"));
            assert_eq!(rows.len(), history.len());
        }
        let found = counting("c s t u", &[("s", "a b"), second[0]], &[row("s", "a b")], "a b");
        assert_eq!(found.standing[&id("t")], Standing::Partly { missing: ids("c") });
        assert_eq!(names(&found), "c s t u");
        // Once it is recorded, the first one is not pending: its row is replaced.
        assert!(found.is_replaced_by_one_of(&id("s"), |it| *it == id("t")));
        assert!(!found.is_replaced_by_one_of(&id("s"), |_| false));
    }

    #[test]
    fn an_older_application_has_the_squash_by_all_that_it_replaces() {
        let found = counting("a b", &[], &[row("s", "a b")], "a b");
        assert!(names(&found).is_empty());
        assert!(found.knows_otherwise(&row("s", "a b")));
        assert!(!found.knows_otherwise(&row("s", "a b c")));
    }

    #[test]
    fn whoever_has_a_squash_has_all_that_it_replaces() {
        for history in [vec![row("a", ""), row("b", "")], vec![row("s", "a b")], Vec::new()] {
            // What is applied has no source that is read: its row says what it replaces.
            let is_applied = history.iter().any(|row| row.id == id("s"));
            let squashes: &[_] = if is_applied { &[] } else { &[("s", "a b")] };
            let found = counting("s t", squashes, &history, "");
            assert!(found.has(&id("a")) && found.has(&id("s")) && !found.has(&id("c")));
        }
    }
}
