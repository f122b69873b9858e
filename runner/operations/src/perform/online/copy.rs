//! Copies the next rows of the old table, in the order of their key.

use rusqlite::{Connection, params_from_iter};

use super::Result;
use super::key::{self, KeyValues};
use super::plan::Plan;
use crate::schema::name::quote;

/// The keys of the next rows behind `cursor`, at most `limit` of them; none at the end.
pub(super) fn next_keys(
    connection: &Connection,
    plan: &Plan,
    cursor: Option<&KeyValues>,
    limit: u64,
) -> Result<Vec<KeyValues>> {
    let Some(cursor) = cursor else { return keys(connection, plan, "", &[], limit) };
    let mut found = Vec::new();
    for (condition, given) in plan.key.behind(&plan.table) {
        let left = limit - found.len() as u64;
        if left == 0 {
            break;
        }
        let condition = format!(" WHERE {condition}");
        found.extend(keys(connection, plan, &condition, &cursor[..given], left)?);
    }
    Ok(found)
}

fn keys(
    connection: &Connection,
    plan: &Plan,
    condition: &str,
    cursor: &[key::KeyValue],
    limit: u64,
) -> Result<Vec<KeyValues>> {
    let sql = format!(
        "SELECT {} FROM main.{}{condition} ORDER BY {} LIMIT {limit}",
        plan.key.columns_of(&plan.table),
        quote(&plan.table),
        plan.key.order(&plan.table)
    );
    let mut statement = connection.prepare(&sql)?;
    let width = plan.key.columns.len();
    let rows = statement.query_map(params_from_iter(cursor), |row| key::values(row, 0, width))?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// About how many rows the old table has, from what costs nothing to look at.
pub(super) fn estimate(connection: &Connection, plan: &Plan) -> Result<Option<u64>> {
    if !plan.key.is_rowid() {
        return Ok(None);
    }
    let (table, rowid) = (quote(&plan.table), &plan.key.columns[0].name);
    let sql = format!(
        "SELECT (SELECT max({rowid}) FROM main.{table}), (SELECT min({rowid}) FROM main.{table})"
    );
    let ends: (Option<i64>, Option<i64>) =
        connection.query_row(&sql, [], |row| Ok((row.get(0)?, row.get(1)?)))?;
    let (Some(last), Some(first)) = ends else { return Ok(Some(0)) };
    Ok(u64::try_from(i128::from(last) - i128::from(first) + 1).ok())
}
