//! Replays notes: takes the rows anew whose keys were noted, as they are now.

use std::collections::HashSet;

use rusqlite::{Connection, params_from_iter};

use super::Result;
use super::budget::Spending;
use super::check::Checker;
use super::key::{self, Key, KeyColumn, KeyValue, KeyValues, Side};
use super::notes::columns;
use super::plan::Plan;
use super::state::{Position, Stage};
use super::take::Taker;

/// Replays the notes. Gives whether none is left: nobody else makes one before the caller commits.
pub(super) fn replay_all(
    connection: &Connection,
    plan: &Plan,
    position: &Position,
    taker: &mut Taker<'_>,
    spending: &mut Spending<'_>,
) -> Result<bool> {
    let behind = match position.stage {
        Stage::Copying => Behind::This(position.cursor.as_ref()),
        _ => Behind::Nothing,
    };
    let mut checker = match position.stage {
        // They are checked when all are copied.
        Stage::Copying => None,
        _ => Some(Checker::new(connection, plan)?),
    };
    loop {
        let limit = spending.batch();
        let Replayed { notes, keys } = replay(connection, plan, taker, behind, limit)?;
        if let Some(checker) = &mut checker {
            checker.check_taken(&keys)?;
        }
        spending.spend(notes);
        if notes < limit {
            return Ok(true);
        }
        if spending.is_over() {
            return Ok(left(connection, plan)? == 0);
        }
    }
}

/// Notes that were replayed.
struct Replayed {
    notes: u64,
    /// The keys of the rows that were taken.
    keys: Vec<KeyValues>,
}

/// Replays the oldest notes, at most `limit`, and removes them. Rows behind `cursor` are still to be copied and are left
/// to that.
fn replay(
    connection: &Connection,
    plan: &Plan,
    taker: &mut Taker<'_>,
    cursor: Behind<'_>,
    limit: u64,
) -> Result<Replayed> {
    let notes = &plan.names.notes;
    let width = plan.key.columns.len();
    let (is_left, given) = cursor.leaves(plan);
    // A key that holds NULL was refused, by OR IGNORE, after it was noted: no row has it.
    let sql = format!(
        "SELECT rowid, ({is_left}) IS TRUE, {} FROM main.{notes} ORDER BY rowid LIMIT {limit}",
        columns(width)
    );
    let mut statement = connection.prepare(&sql)?;
    let rows = statement.query_map(params_from_iter(given), |row| {
        Ok((row.get(0)?, row.get(1)?, key::values(row, 2, width)?))
    })?;
    let (mut last, mut count) = (None, 0);
    let (mut keys, mut seen) = (Vec::new(), HashSet::new());
    for row in rows {
        let (number, is_left, key): (i64, bool, KeyValues) = row?;
        (last, count) = (Some(number), count + 1);
        if !is_left && seen.insert(key.clone()) {
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
enum Behind<'k> {
    /// At the end.
    Nothing,
    /// Behind this key; before the first row, if there is none.
    This(Option<&'k KeyValues>),
}

impl<'k> Behind<'k> {
    /// That the row of a note is behind it, in SQL, with the parameters for that.
    fn leaves(self, plan: &Plan) -> (String, &'k [KeyValue]) {
        match self {
            Self::Nothing => ("0".to_owned(), &[]),
            Self::This(None) => ("1".to_owned(), &[]),
            Self::This(Some(cursor)) => {
                let columns = plan.key.columns.iter().enumerate();
                let columns = columns
                    .map(|(at, column)| KeyColumn { name: format!("k{at}"), ..column.clone() });
                let noted = Key { columns: columns.collect() };
                let ranges = noted.ranges(&plan.names.notes, Side::Behind);
                let ranges: Vec<_> =
                    ranges.into_iter().map(|(condition, _)| format!("({condition})")).collect();
                (format!("({})", ranges.join(" OR ")), cursor)
            }
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
