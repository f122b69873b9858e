//! Which migrations a squash replaces, and what it is called.

use std::path::PathBuf;

use jiff::Timestamp;

use super::SquashError;
use crate::discover::DiscoverError;
use crate::error::Error;
use crate::scaffold::{Name, ScaffoldError, stamp_after};
use runner_engine::MigrationId;
use runner_engine::squash::Replacements;

/// Which migrations a squash replaces, and what it is called.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Replaced {
    /// The id of the squash.
    pub id: MigrationId,
    /// What it is about, as its name says it.
    pub(super) name: Name,
    /// The crates that it makes unnecessary, oldest first; older squashes too.
    pub crates: Vec<MigrationId>,
    /// The migrations that its `REPLACES` names, oldest first: those of an older squash in its place.
    pub leaves: Vec<MigrationId>,
}

impl Replaced {
    /// The last migration that it replaces.
    #[must_use]
    pub fn last(&self) -> &MigrationId {
        self.crates.last().unwrap_or(&self.id)
    }

    /// All of the `known` migrations, oldest first, up to `to`, or to the newest. `replacements` are the older
    /// squashes, each with what it replaces. The squash is called `name`, or after its last migration.
    ///
    /// # Errors
    /// There are not two; one of them is replaced by a squash that is not among them; no second is free before the next
    /// migration; a name that is none.
    pub(super) fn plan(
        known: &[MigrationId],
        replacements: &Replacements,
        to: Option<&MigrationId>,
        name: Option<&str>,
    ) -> Result<Self, Error> {
        let is_in = |id: &&MigrationId| to.is_none_or(|to| *id <= to);
        let crates: Vec<MigrationId> = known.iter().filter(is_in).cloned().collect();
        let replaces = |id: &MigrationId| replacements.get(id).filter(|ids| !ids.is_empty());
        let mut leaves: Vec<MigrationId> = crates
            .iter()
            .flat_map(|id| replaces(id).cloned().unwrap_or_else(|| vec![id.clone()]))
            .collect();
        leaves.sort();
        leaves.dedup();
        let is_replaced = |id: &MigrationId| {
            let by = known.iter().filter(|by| !crates.contains(by));
            by.into_iter().find(|by| replaces(by).is_some_and(|ids| ids.contains(id)))
        };
        if let Some((id, by)) = leaves.iter().find_map(|id| Some((id, is_replaced(id)?))) {
            return Err(SquashError::ReplacedAlready { id: id.clone(), by: by.clone() }.into());
        }
        let new = crates.iter().filter(|id| replaces(id).is_none());
        let (Some(last), true) = (crates.last(), has_something_to_do(new, replacements)) else {
            return Err(SquashError::NothingToDo { found: crates }.into());
        };
        let stamp = stamp_after(Some(last.stamp()), Timestamp::UNIX_EPOCH);
        let next = known.iter().find(|id| *id > last);
        if let Some(next) = next.filter(|next| next.stamp() <= stamp.as_str()) {
            let (last, next) = (last.clone(), next.clone());
            return Err(SquashError::NoTimestamp { last, next }.into());
        }
        let name = match name {
            Some(name) => Name::parse(name).map_err(ScaffoldError::from)?,
            None => Name::parse(&default_name(last)).map_err(ScaffoldError::from)?,
        };
        let text = format!("{stamp}_{}", name.as_str());
        let id = text
            .parse()
            .map_err(|source| DiscoverError::BadName { folder: PathBuf::from(&text), source })?;
        Ok(Self { id, name, crates, leaves })
    }
}

/// Whether two migrations become one: `new` are those that no squash replaces and that are none.
fn has_something_to_do<'i>(
    new: impl Iterator<Item = &'i MigrationId>,
    replacements: &Replacements,
) -> bool {
    let is_left = |id: &&MigrationId| !replacements.values().any(|ids| ids.contains(id));
    let squashes = usize::from(replacements.values().any(|ids| !ids.is_empty()));
    let new = new.filter(is_left).count();
    new > 0 && new + squashes > 1
}

/// The name of a squash of a squash does not grow.
fn default_name(last: &MigrationId) -> String {
    const BEGIN: &str = "squashed_up_to_";
    const LONGEST: usize = 100;
    let name = last.name();
    let name = name.strip_prefix(BEGIN).unwrap_or(name);
    let end = LONGEST.saturating_sub(BEGIN.len()).min(name.len());
    format!("{BEGIN}{}", &name[..end])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(second: u8) -> MigrationId {
        format!("20250101_0000{second:02}_m{second}").parse().unwrap()
    }

    fn plan(
        known: &[u8],
        squashes: &[(u8, &[u8])],
        to: Option<u8>,
    ) -> Result<(String, Vec<MigrationId>), String> {
        let ids = |seconds: &[u8]| seconds.iter().map(|second| id(*second)).collect::<Vec<_>>();
        let squashes = squashes.iter().map(|(by, of)| (id(*by), ids(of))).collect();
        let to = to.map(id);
        Replaced::plan(&ids(known), &squashes, to.as_ref(), None)
            .map(|replaced| (replaced.id.to_string(), replaced.leaves))
            .map_err(|error| error.to_string())
    }

    #[test]
    fn it_comes_one_second_after_the_last_that_it_replaces() {
        let (name, leaves) = plan(&[1, 3, 5], &[], None).unwrap();
        assert_eq!(name, "20250101_000006_squashed_up_to_m5");
        assert_eq!(leaves, [id(1), id(3), id(5)]);
        let (name, leaves) = plan(&[1, 3, 5], &[], Some(3)).unwrap();
        assert_eq!(name, "20250101_000004_squashed_up_to_m3");
        assert_eq!(leaves, [id(1), id(3)]);
    }

    #[test]
    fn a_squash_stands_for_what_it_replaces_whether_or_not_that_is_still_there() {
        for known in [&[1, 3, 4, 5][..], &[4, 5]] {
            let (_, leaves) = plan(known, &[(4, &[1, 3])], None).unwrap();
            assert_eq!(leaves, [id(1), id(3), id(5)], "{known:?}");
        }
        let outcome = plan(&[1, 3, 4, 5], &[(4, &[1, 3])], Some(3));
        assert!(outcome.unwrap_err().contains("is replaced by"));
    }

    #[test]
    fn there_must_be_something_to_squash_and_a_free_second() {
        for (known, squashes) in [
            (&[][..], &[][..]),
            (&[1], &[]),
            (&[1, 3, 4], &[(4, &[1, 3][..])]),
            (&[4], &[(4, &[1, 3])]),
        ] {
            assert!(plan(known, squashes, None).unwrap_err().contains("nothing to squash"));
        }
        assert!(plan(&[1, 2, 3], &[], Some(2)).unwrap_err().contains("20250101_000003_m3"));
        plan(&[1, 2, 4], &[], Some(2)).unwrap();
    }

    #[test]
    fn the_name_of_a_squash_of_a_squash_is_no_longer_than_that_of_a_squash() {
        let name = |last: &str| default_name(&format!("20250101_000000_{last}").parse().unwrap());
        assert_eq!(name("squashed_up_to_a"), "squashed_up_to_a");
        assert_eq!(name(&"a".repeat(100)).len(), 100);
    }
}
