//! Whether the schema is what it was at the beginning.

use rusqlite::{Connection, OptionalExtension as _};

use super::names::IS_OWN;
use super::plan::Plan;
use super::state::{Object, Position};
use super::{Result, not_online};
use crate::operation::Refusal;

/// What becomes of the rows that were copied.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Copied {
    Keep,
    /// The keys may be those of other rows.
    Forget,
}

/// The table with its indexes and triggers, and what was made for it.
pub(super) fn objects(connection: &Connection, plan: &Plan) -> rusqlite::Result<Vec<Object>> {
    let sql = format!(
        "SELECT type, name, sql FROM main.sqlite_schema \
         WHERE tbl_name = ?2 COLLATE NOCASE OR {IS_OWN} ORDER BY type, name"
    );
    connection
        .prepare(&sql)?
        .query_map([&plan.names.shadow, &plan.table], |row| {
            Ok(Object { kind: row.get(0)?, name: row.get(1)?, sql: row.get(2)? })
        })?
        .collect()
}

pub(super) fn schema_version(connection: &Connection) -> rusqlite::Result<i64> {
    connection.query_row("PRAGMA main.schema_version", [], |row| row.get(0))
}

/// The page where the table begins; 0 if it is gone.
pub(super) fn root_page(connection: &Connection, plan: &Plan) -> rusqlite::Result<i64> {
    let page = connection.query_row(
        "SELECT rootpage FROM main.sqlite_schema WHERE type = 'table' AND name = ?1",
        [&plan.table],
        |row| row.get(0),
    );
    Ok(page.optional()?.unwrap_or(0))
}

/// Compares the schema with the beginning.
///
/// # Errors
/// The table, or what belongs to it, is another.
pub(super) fn compare(
    connection: &Connection,
    plan: &Plan,
    position: &mut Position,
) -> Result<Copied> {
    const MOST_RESTARTS: u32 = 3;
    let version = schema_version(connection)?;
    if version == position.schema_version {
        return Ok(Copied::Keep);
    }
    let now = objects(connection, plan)?;
    if now != position.objects {
        let (table, what) = (plan.table.clone(), difference(&position.objects, &now));
        return Err(Refusal::ChangedMeanwhile { table, what });
    }
    let page = root_page(connection, plan)?;
    // VACUUM numbers the rows anew unless they have an INTEGER PRIMARY KEY, and leaves no other trace
    // (<https://sqlite.org/lang_vacuum.html>). A table on another page may be another one of the same text.
    let are_other_rows = plan.is_renumbered_by_vacuum || page != position.root_page;
    (position.schema_version, position.root_page) = (version, page);
    if !are_other_rows {
        return Ok(Copied::Keep);
    }
    position.restarts += 1;
    if position.restarts > MOST_RESTARTS {
        return Err(not_online(
            &plan.table,
            "the schema changes again and again, and each time its rows may have other numbers; change it \
             while nothing else changes the schema, or in a step",
        ));
    }
    Ok(Copied::Forget)
}

/// The first object that is not as it was, in words.
fn difference(before: &[Object], now: &[Object]) -> String {
    let other = before
        .iter()
        .find(|object| !now.contains(object))
        .or_else(|| now.iter().find(|object| !before.contains(object)));
    other.map_or("the schema".to_owned(), |object| format!("{} `{}`", object.kind, object.name))
}
