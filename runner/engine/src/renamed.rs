//! Applied migrations whose crate has another name now.

use std::collections::BTreeSet;

use serde::Serialize;

use crate::id::{MigrationId, among};
use crate::record::Record;
use crate::squash::Counting;

/// An applied migration without a crate, and the crate that it seems to have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Renamed {
    /// The migration, as the history knows it.
    pub id: MigrationId,
    /// The migration that has a crate and is not applied.
    pub to: MigrationId,
    /// Why it seems so.
    pub evidence: Evidence,
}

/// Why two names seem to be of one migration.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Evidence {
    /// Under the old name, the source has the digest that is in the history.
    SameSource,
    /// They have one timestamp, which no two migrations have.
    SameTimestamp,
}

/// How many pairs of names are compared by their sources. There are more where the crates are looked for
/// in the wrong folder; then only those are compared that share a timestamp or a title.
const MOST_PAIRS: usize = 1000;

/// The migrations in `history`, in ascending order, that seem to have another name among those that are `counting`. `has_source` says whether the source of a known migration, under the name of the row,
/// has the digest of the row.
///
/// # Errors
/// Those of `has_source`.
pub(crate) fn find<E>(
    counting: &Counting,
    history: &[Record],
    mut has_source: impl FnMut(&MigrationId, &Record) -> Result<bool, E>,
) -> Result<Vec<Renamed>, E> {
    let known = &counting.known;
    let mut is_known = among(known);
    let gone: Vec<&Record> = history
        .iter()
        .filter(|record| !is_known(&record.id) && !counting.knows_otherwise(record))
        .collect();
    if gone.is_empty() {
        return Ok(Vec::new());
    }
    let mut is_applied = among(history.iter().map(|record| &record.id));
    let new: Vec<&MigrationId> = known.iter().filter(|id| !is_applied(id)).collect();
    let compares_all = gone.len().saturating_mul(new.len()) <= MOST_PAIRS;
    let mut taken = BTreeSet::new();
    let mut renamed = Vec::new();
    for record in &gone {
        let old = &record.id;
        // What is most alike comes first: a crate may be there twice.
        let mut candidates: Vec<_> = new
            .iter()
            .filter(|id| !taken.contains(**id))
            .map(|id| (id.stamp() != old.stamp(), id.name() != old.name(), *id))
            .filter(|(other_stamp, other_name, _)| compares_all || !(*other_stamp && *other_name))
            .collect();
        candidates.sort();
        for (_, _, to) in candidates {
            if has_source(to, record)? {
                taken.insert(to);
                let evidence = Evidence::SameSource;
                renamed.push(Renamed { id: old.clone(), to: to.clone(), evidence });
                break;
            }
        }
    }
    for record in gone {
        let is_found = renamed.iter().any(|found| found.id == record.id);
        let namesake = new.iter().find(|id| id.stamp() == record.id.stamp());
        if let Some(to) = namesake.filter(|to| !is_found && !taken.contains(**to)) {
            let evidence = Evidence::SameTimestamp;
            renamed.push(Renamed { id: record.id.clone(), to: (*to).clone(), evidence });
        }
    }
    Ok(renamed)
}
