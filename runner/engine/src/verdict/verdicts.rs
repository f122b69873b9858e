//! The verdicts of many migrations.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::found::Verdict;
use crate::id::MigrationId;

/// The verdicts of migrations. Each is of one source of its migration: of another one nothing is known.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Verdicts {
    /// Of each migration, the newest first.
    by_id: BTreeMap<MigrationId, Vec<OfSource>>,
}

/// The verdict of one source.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct OfSource {
    source_digest: String,
    #[serde(flatten)]
    verdict: Verdict,
}

impl Verdicts {
    /// Of each migration so many are kept: a few edits may be taken back.
    const OF_EACH: usize = 8;

    /// So many are kept in all, the newest.
    const IN_ALL: usize = 10_000;

    /// Adds what was `found` of migrations, each with the digest of its source, in the place of what was found the same
    /// way before. One that did not see all that there is to see takes nothing back: what was lost before is lost still.
    /// The oldest verdicts go, where there are too many.
    pub fn extend(&mut self, found: impl IntoIterator<Item = (MigrationId, String, Verdict)>) {
        for (id, source_digest, verdict) in found {
            let kept = self.by_id.entry(id).or_default();
            let found_by = verdict.found_by;
            let is_before = |it: &OfSource| {
                it.source_digest == source_digest && it.verdict.found_by == found_by
            };
            let verdict = match kept.iter().find(|it| is_before(it)) {
                Some(before) => verdict.after(&before.verdict),
                None => verdict,
            };
            kept.retain(|it| !is_before(it));
            kept.insert(0, OfSource { source_digest, verdict });
            kept.truncate(Self::OF_EACH);
        }
        if self.by_id.values().map(Vec::len).sum::<usize>() > Self::IN_ALL {
            self.remove_oldest();
        }
    }

    fn remove_oldest(&mut self) {
        let times = self.by_id.values().flatten().map(|it| it.verdict.found_at);
        let mut times: Vec<_> = times.collect();
        times.sort_unstable_by_key(|time| Reverse(*time));
        let oldest = times[Self::IN_ALL / 2];
        self.by_id.values_mut().for_each(|kept| kept.retain(|it| it.verdict.found_at > oldest));
        self.by_id.retain(|_, kept| !kept.is_empty());
    }

    /// Whether nothing is known of any migration.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.by_id.is_empty()
    }

    /// Whether something is known of `id`, be it with another source.
    #[must_use]
    pub fn knows(&self, id: &MigrationId) -> bool {
        self.by_id.contains_key(id)
    }

    /// What is known of `id` with this source: at most one verdict of each that [finds](super::FoundBy) some.
    pub fn of(&self, id: &MigrationId, source_digest: &str) -> impl Iterator<Item = &Verdict> {
        let kept = self.by_id.get(id).into_iter().flatten();
        kept.filter(move |it| it.source_digest == source_digest).map(|it| &it.verdict)
    }

    /// The same as one verdict: what any of them has seen. Who found it, and when, is that of the newest.
    #[must_use]
    pub fn joined(&self, id: &MigrationId, source_digest: &str) -> Option<Verdict> {
        let mut all = self.of(id, source_digest);
        let mut joined = all.next()?.clone();
        for older in all {
            joined.failed |= older.failed;
            joined.exempt |= older.exempt;
            joined.add(older);
        }
        Some(joined)
    }

    /// The same, with nothing to declare for all up to `last`.
    #[must_use]
    pub fn exempt_up_to(mut self, last: &MigrationId) -> Self {
        let old = self.by_id.iter_mut().filter(|(id, _)| *id <= last);
        old.flat_map(|(_, kept)| kept).for_each(|it| it.verdict.exempt = true);
        self
    }

    /// Those of `sources`, without the times at which they were found.
    pub fn timeless<'s>(
        &self,
        sources: impl IntoIterator<Item = (&'s MigrationId, &'s str)>,
    ) -> Self {
        let mut chosen = Self::default();
        for (id, source_digest) in sources {
            let mut of_it: Vec<_> = self.of(id, source_digest).cloned().collect();
            of_it.sort_by_key(|verdict| verdict.found_by);
            let of_it = of_it.into_iter().map(|verdict| OfSource {
                source_digest: source_digest.to_owned(),
                verdict: Verdict { found_at: None, ..verdict },
            });
            let of_it: Vec<_> = of_it.collect();
            if !of_it.is_empty() {
                chosen.by_id.insert(id.clone(), of_it);
            }
        }
        chosen
    }
}

#[cfg(test)]
mod tests {
    use jiff::{Timestamp, ToSpan as _};

    use super::*;
    use crate::loss_name::LossName;
    use crate::verdict::{FoundBy, LossKind, Lost, WayBack};

    fn id(number: usize) -> MigrationId {
        format!("20250101_{:02}{:02}{:02}_a", number / 3600, number / 60 % 60, number % 60)
            .parse()
            .unwrap()
    }

    fn lost(name: &str, loses: &[LossName]) -> Lost {
        let name: LossName = name.parse().unwrap();
        let kind = if name.column().is_some() { LossKind::Column } else { LossKind::Table };
        Lost::of(name, kind, loses)
    }

    fn verdict(way_back: WayBack, losses: &[&str]) -> Verdict {
        let losses = losses.iter().map(|name| lost(name, &[])).collect();
        Verdict::now(FoundBy::Test, way_back, losses)
    }

    #[test]
    fn a_verdict_says_in_few_words_what_is_lost() {
        use WayBack::*;
        for (way_back, losses, words) in [
            (Works, &[][..], "reversible"),
            (NotTried, &[], "way back not tried"),
            (DeclaredMissing, &[], "irreversible"),
            (Works, &["player.note", "Old", "player.NOTE"], "loses Old, player.note"),
            (NotTried, &["old"], "loses old"),
            (Works, &["a", "b", "c", "d", "e.f"], "loses a, b, c and 2 more"),
            (Missing, &["old", "player.note"], "irreversible, loses old, player.note"),
        ] {
            assert_eq!(verdict(way_back, losses).to_string(), words);
        }
        let failed = Verdict { failed: true, ..verdict(Works, &[]) };
        assert_eq!(failed.to_string(), "failed");
    }

    #[test]
    fn what_is_declared_or_need_not_be_is_not_undeclared() {
        let loses = ["OLD".parse().unwrap()];
        let losses = vec![lost("old", &loses), lost("player.note", &loses)];
        let verdict = Verdict::now(FoundBy::Rehearsal, WayBack::Works, losses);
        assert!(verdict.is_undeclared());
        let names: Vec<_> = verdict.undeclared().map(ToString::to_string).collect();
        assert_eq!(names, ["player.note"]);
        assert!(!Verdict { exempt: true, ..verdict }.is_undeclared());
        assert!(self::verdict(WayBack::Missing, &[]).is_undeclared());
        assert!(!self::verdict(WayBack::DeclaredMissing, &[]).is_undeclared());
    }

    #[test]
    fn a_source_has_one_verdict_of_each_kind_and_an_edited_one_has_none() {
        let mut verdicts = Verdicts::default();
        let rehearsed = Verdict::now(FoundBy::Rehearsal, WayBack::NotTried, vec![]);
        verdicts.extend([
            (id(1), "a".into(), verdict(WayBack::Works, &["old"])),
            (id(1), "a".into(), verdict(WayBack::Works, &["player.note"])),
            (id(1), "a".into(), rehearsed),
        ]);
        assert_eq!(verdicts.of(&id(1), "a").count(), 2);
        assert_eq!(verdicts.joined(&id(1), "a").unwrap().to_string(), "loses player.note");
        assert!(verdicts.joined(&id(1), "b").is_none() && verdicts.knows(&id(1)));
        assert!(verdicts.joined(&id(2), "a").is_none() && !verdicts.knows(&id(2)));
        let text = serde_json::to_string(&verdicts).unwrap();
        assert_eq!(serde_json::from_str::<Verdicts>(&text).unwrap(), verdicts);
    }

    #[test]
    fn what_was_lost_is_not_forgotten_by_a_look_that_does_not_see_as_much() {
        let mut verdicts = Verdicts::default();
        let mut shown_after = |verdict: Verdict| {
            verdicts.extend([(id(1), "a".into(), verdict)]);
            let joined = verdicts.joined(&id(1), "a").unwrap();
            (joined.to_string(), joined.is_undeclared())
        };
        let not_tried = || verdict(WayBack::NotTried, &[]);
        shown_after(verdict(WayBack::Works, &["old"]));
        assert_eq!(shown_after(not_tried()), ("loses old".to_owned(), true));
        let failed = Verdict { failed: true, ..not_tried() };
        assert_eq!(shown_after(failed), ("failed".to_owned(), true));
        assert_eq!(shown_after(not_tried()), ("failed".to_owned(), true));
        assert_eq!(shown_after(verdict(WayBack::Works, &[])), ("reversible".to_owned(), false));
    }

    #[test]
    fn the_oldest_go_where_there_are_too_many() {
        let mut verdicts = Verdicts::default();
        let found = |number: usize| {
            let found_at = Some(Timestamp::UNIX_EPOCH + (number as i64).seconds());
            (id(number), "a".into(), Verdict { found_at, ..verdict(WayBack::Works, &[]) })
        };
        verdicts.extend((0..=Verdicts::IN_ALL).map(found));
        assert!(!verdicts.knows(&id(0)) && verdicts.knows(&id(Verdicts::IN_ALL)));
        let edited = |edit: usize| (id(0), edit.to_string(), verdict(WayBack::Works, &[]));
        verdicts.extend((0..100).map(edited));
        assert!(verdicts.joined(&id(0), "99").is_some());
        assert!(verdicts.joined(&id(0), "1").is_none());
    }

    #[test]
    fn in_a_bundle_they_are_the_same_whenever_they_were_found() {
        let mut verdicts = Verdicts::default();
        verdicts.extend([
            (id(1), "a".into(), verdict(WayBack::Works, &[])),
            (id(1), "b".into(), verdict(WayBack::Works, &["old"])),
        ]);
        let packed = verdicts.timeless([(&id(1), "a"), (&id(2), "a")]);
        assert_eq!(packed.joined(&id(1), "a").unwrap().found_at, None);
        assert!(!packed.knows(&id(2)) && packed.of(&id(1), "b").next().is_none());
    }
}
