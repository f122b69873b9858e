//! What the runs of a report applied to a database: what they may take back, and what they may not.

use std::path::Path;

use super::report::Entry;
use super::state::State;
use crate::fleet_plan::FleetError;
use crate::id::MigrationId;
use crate::plan::Target;

/// What the runs of a report applied to a database.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Applied {
    /// The last migration applied before them: it stays, whatever is taken back. `None`: there was none.
    pub from: Option<MigrationId>,
    /// The last one that they applied. `None`: it is not known, since the runner was killed.
    pub to: Option<MigrationId>,
}

impl Applied {
    /// Whether taking it back to `target` may revert anything.
    #[must_use]
    pub fn reaches_beyond(&self, target: &MigrationId) -> bool {
        self.to.as_ref().is_none_or(|to| to > target && Some(to) > self.from.as_ref())
    }

    /// The way back to `target` for the database at `path`, to which `applied` is, oldest first. `None`: it is
    /// there.
    ///
    /// # Errors
    /// Another runner has applied something on top.
    pub(super) fn way_back(
        &self,
        target: &Target,
        applied: &[MigrationId],
        path: &Path,
    ) -> Result<Option<Target>, FleetError> {
        let lowest = match target {
            Target::BackTo(id) => Some(id),
            Target::Zero => None,
            _ => return Ok(Some(target.clone())),
        };
        let stays = lowest.max(self.from.as_ref());
        if applied.last() <= stays {
            return Ok(None);
        }
        let is_other = |id: &&MigrationId| self.to.as_ref().is_some_and(|to| *id > to);
        if let Some(id) = applied.iter().find(is_other) {
            return Err(FleetError::AppliedByAnother { path: path.to_owned(), id: id.clone() });
        }
        Ok(Some(stays.map_or(Target::Zero, |id| Target::BackTo(id.clone()))))
    }
}

/// The last migration applied; `None`: none is.
type Version = Option<MigrationId>;

/// A database as the lines of a report saw it, one after the other.
#[derive(Debug, Default)]
pub(super) struct Trail {
    /// The versions before and after what the runs applied.
    span: Option<(Version, Version)>,
    /// The version when a run began on it of which no end is known yet.
    begun: Option<Version>,
}

impl Trail {
    /// Follows the next line; `known` are the migrations of the bundle, oldest first.
    pub(super) fn follow(&mut self, entry: &Entry, known: &[MigrationId]) {
        let Entry { from, to, by_others, .. } = entry;
        if entry.state == State::Begun {
            self.found_at(from);
            self.begun = Some(from.clone());
            return;
        }
        if from.is_none() && to.is_none() && entry.migration.is_none() {
            // It was not looked at, or is not there.
            return;
        }
        self.found_at(from);
        if by_others.is_empty() {
            self.moved(from.clone(), to.clone());
        } else if let Some(own) = last_own(entry, known) {
            self.span = Some(own);
        }
    }

    /// It was found with the version `at`.
    fn found_at(&mut self, at: &Version) {
        match self.begun.take() {
            // Nobody noted how the run ended that had begun on it: what it was about to do is done.
            Some(begun) => self.moved(begun, at.clone()),
            None => self.cut(at),
        }
    }

    /// A run brought it `from` one version `to` another.
    fn moved(&mut self, from: Version, to: Version) {
        if to <= from {
            self.cut(&to);
            return;
        }
        self.span = match self.span.take() {
            Some((start, end)) if end == from => Some((start, to)),
            // Others applied something in between, which stays, and so does what is below it.
            _ => Some((from, to)),
        };
    }

    /// What was applied after the version `at` is applied no more.
    fn cut(&mut self, at: &Version) {
        self.span = match self.span.take() {
            Some((start, end)) => {
                let end = end.min(at.clone());
                (end > start).then_some((start, end))
            }
            None => None,
        };
    }

    /// What the runs applied; `None`: nothing that is still there.
    pub(super) fn applied(self) -> Option<Applied> {
        match (self.begun, self.span) {
            (Some(begun), Some((start, end))) if end == begun => {
                Some(Applied { from: start, to: None })
            }
            (Some(begun), _) => Some(Applied { from: begun, to: None }),
            (None, Some((from, to))) => Some(Applied { from, to }),
            (None, None) => None,
        }
    }
}

/// The versions before and after the last migrations that the run of `entry` applied itself, where another runner
/// applied some too: what lies below one of those cannot be taken back without it.
fn last_own(entry: &Entry, known: &[MigrationId]) -> Option<(Version, Version)> {
    let Entry { from, to, by_others, .. } = entry;
    let is_here = |id: &&MigrationId| Some(*id) > from.as_ref() && Some(*id) <= to.as_ref();
    let mut latest_first =
        known.iter().rev().filter(is_here).skip_while(|id| by_others.contains(id));
    let last = latest_first.next()?;
    let below = latest_first.find(|id| by_others.contains(id));
    Some((below.or(from.as_ref()).cloned(), Some(last.clone())))
}

#[cfg(test)]
mod tests {
    use super::super::queue::Turn;
    use super::*;
    use crate::fleet_plan::{FleetPlan, Tenant};

    fn id(letter: char) -> MigrationId {
        format!("20250101_000000_{letter}").parse().unwrap()
    }

    /// What lines such as `applied a c` come to; `-`: no migration, after `/`: those of others.
    fn applied(lines: &[&str]) -> Option<String> {
        let version = |text: &str| text.chars().next().filter(|it| *it != '-').map(id);
        let tenant = Tenant { path: "/srv/a.db".into(), bytes: 1, canary: false };
        let plan = FleetPlan::of_tenants("0a".into(), id('z'), None, [tenant]).unwrap();
        let mut trail = Trail::default();
        for line in lines {
            let (line, others) = line.split_once('/').unwrap_or((line, ""));
            let words: Vec<&str> = line.split_whitespace().collect();
            let state = State::ALL.into_iter().find(|it| it.name() == words[0]).unwrap();
            let mut entry = Entry::of(&plan, None, Turn::first(0), state);
            entry.from = version(words[1]);
            entry.to = version(words[2]);
            entry.by_others = others.chars().map(id).collect();
            trail.follow(&entry, &['a', 'b', 'c', 'd'].map(id));
        }
        let name = |version: &Version| version.as_ref().map_or("?", MigrationId::name).to_owned();
        trail.applied().map(|it| format!("{}-{}", name(&it.from), name(&it.to)))
    }

    #[test]
    fn what_runs_applied_is_what_lies_between_the_versions_that_they_noted() {
        for (lines, expected) in [
            (&["applied a c"][..], Some("a-c")),
            (&["already c c"], None),
            (&["failed a b", "applied b c"], Some("a-c")),
            (&["applied a b", "already b b", "skipped - -", "busy - -"], Some("a-b")),
            // Another runner was here in between.
            (&["applied a b", "applied c d"], Some("c-d")),
            (&["applied a b", "already c c"], Some("a-b")),
            (&["applied a c", "already b b"], Some("a-b")),
            (&["applied a c", "already a a"], None),
            (&["applied a d/bc"], Some("c-d")),
            (&["busy a c/c"], Some("a-b")),
            (&["already a c/bc"], None),
            (&["applied a b", "already b c/c"], Some("a-b")),
            (&["applied - d/bd"], Some("b-c")),
            // A run back.
            (&["applied a c", "reverted c b"], Some("a-b")),
            (&["applied a c", "begun c c", "reverted c a"], None),
            (&["reverted c a"], None),
            // A runner that was killed.
            (&["begun a a", "applied a c"], Some("a-c")),
            (&["begun a a", "already c c"], Some("a-c")),
            (&["begun a a", "already a a"], None),
            (&["begun a a", "begun b b", "applied b c"], Some("a-c")),
            (&["begun a a"], Some("a-?")),
            (&["begun a a", "busy - -"], Some("a-?")),
            (&["applied a b", "begun b b"], Some("a-?")),
            (&["applied a b", "begun c c"], Some("c-?")),
            (&["applied a c", "begun c c", "already a a"], None),
        ] {
            assert_eq!(applied(lines).as_deref(), expected, "{lines:?}");
        }
    }
}
