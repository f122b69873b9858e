//! Lets go of what was kept: what a person asks for, and what is over the limits.

use jiff::{SignedDuration, Timestamp};
use rusqlite::Connection;

use super::failure::KeptError;
use super::keep_lost::Retention;
use super::set::{self, KeptSet};
use super::values::{Layout, RowKey};
use crate::record;

/// Removes those of the sets that `is_to_go` says, in a transaction of the caller, and writes that to the log. A file
/// that values were kept in stays. Gives the sets that went.
///
/// # Errors
/// SQLite's error; a row that is none of ours.
pub fn purge(
    connection: &Connection,
    is_to_go: impl Fn(&KeptSet) -> bool,
) -> Result<Vec<KeptSet>, KeptError> {
    let mut sets = set::read(connection)?;
    sets.retain(is_to_go);
    for set in &sets {
        set.remove(connection)?;
        record::log_purge(connection, &format!("{set}, kept of {}", set.id))?;
    }
    Ok(sets)
}

/// Removes what is over the limits of `retention`, the oldest first; what `is_new`, by its number, stays.
///
/// # Errors
/// As [`purge`].
pub(crate) fn apply_retention(
    connection: &Connection,
    retention: Retention,
    is_new: impl Fn(i64) -> bool,
) -> Result<Vec<KeptSet>, KeptError> {
    if retention.is_for_ever() {
        return Ok(Vec::new());
    }
    let oldest = retention.days.map(|days| Timestamp::now() - days_of(days));
    let sets = set::read(connection)?;
    let in_the_database = sets.iter().rev().filter(|set| set.file.is_none());
    let mut bytes: u64 = 0;
    let mut numbers = Vec::new();
    for set in in_the_database {
        bytes = bytes.saturating_add(set.bytes);
        let is_too_old = oldest.is_some_and(|oldest| set.kept_at < oldest);
        let is_too_much = retention.bytes.is_some_and(|limit| bytes > limit);
        if (is_too_old || is_too_much) && !is_new(set.number) {
            numbers.push(set.number);
        }
    }
    if numbers.is_empty() {
        return Ok(Vec::new());
    }
    purge(connection, |set| numbers.contains(&set.number))
}

/// So many days.
pub(super) fn days_of(days: u32) -> SignedDuration {
    SignedDuration::from_hours(24 * i64::from(days))
}

/// The first rows of `set`, each as its key and its values in words.
///
/// # Errors
/// SQLite's error; a file that cannot be read.
pub fn shown(
    connection: &Connection,
    set: &KeptSet,
    rows: usize,
) -> Result<Vec<(String, Vec<String>)>, KeptError> {
    let file = super::keep_file::KeptFile::of(set, None)?;
    let (source, there) = match &file {
        Some(file) => (&file.connection, &file.set),
        None => (connection, set),
    };
    let layout = Layout::of(&set.key, &set.columns);
    let mut statement = source.prepare(&format!("{} LIMIT {rows}", layout.select(there)))?;
    let mut found = statement.query([])?;
    let mut all = Vec::new();
    while let Some(row) = found.next()? {
        let key = RowKey { row, places: &layout.key };
        let value = |place: usize| RowKey { row, places: &[place] }.in_words();
        all.push((key.in_words(), layout.values.clone().map(value).collect()));
    }
    Ok(all)
}
