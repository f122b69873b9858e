//! Replays notes: takes the rows anew whose keys were noted, as they are now.

use std::collections::HashSet;

use rusqlite::Connection;

use super::Result;
use super::key::{self, KeyValues, as_rowid};
use super::notes::columns;
use super::plan::Plan;
use super::take::Taker;

/// Notes that were replayed.
pub(super) struct Replayed {
    pub(super) notes: u64,
    /// The keys of the rows that were taken.
    pub(super) keys: Vec<KeyValues>,
}

/// Replays the oldest notes, at most `limit`, and removes them. Rows behind `cursor` are still to be copied and are left
/// to that.
pub(super) fn replay(
    connection: &Connection,
    plan: &Plan,
    taker: &mut Taker<'_>,
    cursor: Behind<'_>,
    limit: u64,
) -> Result<Replayed> {
    let notes = &plan.names.notes;
    let sql = format!(
        "SELECT rowid, {} FROM main.{notes} ORDER BY rowid LIMIT {limit}",
        columns(plan.key.columns.len())
    );
    let mut statement = connection.prepare(&sql)?;
    let width = plan.key.columns.len();
    let rows = statement.query_map([], |row| Ok((row.get(0)?, key::values(row, 1, width)?)))?;
    let (mut last, mut count) = (None, 0);
    let (mut keys, mut seen) = (Vec::new(), HashSet::new());
    for row in rows {
        let (number, key): (i64, KeyValues) = row?;
        (last, count) = (Some(number), count + 1);
        if !cursor.leaves(&key) && seen.insert(key.clone()) {
            keys.push(key);
        }
    }
    taker.take(&keys)?;
    if let Some(last) = last {
        let sql = format!("DELETE FROM main.{notes} WHERE rowid <= ?1");
        connection.execute(&sql, [last])?;
    }
    Ok(Replayed { notes: count, keys })
}

/// Where copying is, as far as notes are concerned.
#[derive(Clone, Copy)]
pub(super) enum Behind<'k> {
    /// At the end.
    Nothing,
    /// Behind this key; before the first row, if there is none.
    This(Option<&'k KeyValues>),
}

impl Behind<'_> {
    fn leaves(self, key: &KeyValues) -> bool {
        match self {
            Self::Nothing => false,
            Self::This(None) => true,
            // Other keys are compared by SQLite alone, and taken anew by copying.
            Self::This(Some(cursor)) => match (as_rowid(key), as_rowid(cursor)) {
                (Some(key), Some(cursor)) => key > cursor,
                _ => false,
            },
        }
    }
}

/// About how many notes there are: they are numbered one after the other.
pub(super) fn left(connection: &Connection, plan: &Plan) -> Result<u64> {
    let notes = &plan.names.notes;
    let sql = format!(
        "SELECT coalesce((SELECT max(rowid) FROM main.{notes}) \
         - (SELECT min(rowid) FROM main.{notes}) + 1, 0)"
    );
    let count: i64 = connection.query_row(&sql, [], |row| row.get(0))?;
    Ok(u64::try_from(count).unwrap_or(0))
}
