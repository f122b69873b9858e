//! Empties tables in pieces, and drops them when nothing is left: DROP TABLE reads all pages of a table and writes
//! most of them, under the lock.

use rusqlite::{Connection, OptionalExtension as _, params_from_iter};

use super::Result;
use super::budget::Spending;
use super::key::{self, Key, KeyColumn, Side};
use super::parents;
use super::plan::Plan;
use super::state::{Position, Stage};

/// Whether a table is empty by now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Left {
    Nothing,
    Rows,
}

/// Deletes rows of the table `name`, which are found by `key`, as far as `spending` lets it.
pub(super) fn empty(
    connection: &Connection,
    name: &str,
    key: &Key,
    spending: &mut Spending<'_>,
) -> Result<Left> {
    if !exists(connection, name)? {
        return Ok(Left::Nothing);
    }
    loop {
        let limit = spending.batch();
        let count = delete(connection, name, key, limit)?;
        spending.spend(count);
        if count < limit {
            return Ok(Left::Nothing);
        }
        if spending.is_over() {
            return Ok(Left::Rows);
        }
    }
}

/// Empties the table and drops it at once when it is.
pub(super) fn remove(
    connection: &Connection,
    name: &str,
    key: &Key,
    spending: &mut Spending<'_>,
) -> Result<Left> {
    let left = empty(connection, name, key, spending)?;
    if left == Left::Nothing {
        connection.execute_batch(&format!("DROP TABLE IF EXISTS main.{name}"))?;
    }
    Ok(left)
}

/// Removes the old table, and what was made to follow it.
pub(super) fn tidy(
    connection: &Connection,
    plan: &Plan,
    position: &mut Position,
    spending: &mut Spending<'_>,
) -> Result<Left> {
    let all_gone = remove(connection, &plan.names.aside, &plan.key, spending)? == Left::Nothing
        && remove_notes(connection, plan, spending)? == Left::Nothing;
    position.made = plan.names.made(connection)?;
    if all_gone {
        position.stage = Stage::Done;
        return Ok(Left::Nothing);
    }
    Ok(Left::Rows)
}

/// Removes the notes and the tables that hold one row.
pub(super) fn remove_notes(
    connection: &Connection,
    plan: &Plan,
    spending: &mut Spending<'_>,
) -> Result<Left> {
    let key = Key { columns: vec![KeyColumn::rowid("rowid")] };
    let names = &plan.names;
    let mut tables = vec![names.notes.clone(), names.old_row.clone(), names.new_row.clone()];
    tables.extend(parents::tables(plan).flat_map(|(notes, row)| [notes, row]));
    for table in tables {
        if remove(connection, &table, &key, spending)? == Left::Rows {
            return Ok(Left::Rows);
        }
    }
    Ok(Left::Nothing)
}

/// Deletes the first rows in the order of the key, at most `limit`.
fn delete(connection: &Connection, name: &str, key: &Key, limit: u64) -> Result<u64> {
    let access = key.access(connection, name)?;
    let last = format!(
        "SELECT {} FROM main.{name} {access} ORDER BY {} LIMIT 1 OFFSET {}",
        key.columns_of(name),
        key.order(name),
        limit - 1
    );
    let width = key.columns.len();
    let last = connection.query_row(&last, [], |row| key::values(row, 0, width)).optional()?;
    let Some(last) = last else {
        // SQLite takes the pages of a whole table without looking at its rows.
        return Ok(connection.execute(&format!("DELETE FROM main.{name}"), [])? as u64);
    };
    let mut ranges = key.ranges(name, Side::Before);
    ranges.push((key.is_given(name), width));
    let mut count = 0;
    for (condition, given) in ranges {
        let sql = format!("DELETE FROM main.{name} {access} WHERE {condition}");
        count += connection.execute(&sql, params_from_iter(&last[..given]))? as u64;
    }
    Ok(count)
}

fn exists(connection: &Connection, name: &str) -> rusqlite::Result<bool> {
    connection.query_row(
        "SELECT EXISTS (SELECT 1 FROM main.sqlite_schema WHERE type = 'table' AND name = ?1)",
        [name],
        |row| row.get(0),
    )
}
