//! Copies the next rows of the old table, in the order of their key.

use rusqlite::{Connection, Statement};

use super::budget::Spending;
use super::key::{Key, KeyValue, KeyValues, as_rowid};
use super::plan::Plan;
use super::state::{Position, Stage};
use super::take::Taker;
use super::{Result, not_online};
use crate::perform::sqlite_error::Blame;
use crate::schema::name::quote;

/// Copies rows, as far as `spending` lets it.
pub(super) fn copy(
    connection: &Connection,
    plan: &Plan,
    position: &mut Position,
    taker: &mut Taker<'_>,
    spending: &mut Spending<'_>,
) -> Result {
    let mut copier = Copier::new(connection, plan)?;
    loop {
        let limit = spending.batch();
        let batch = copier.batch(position.cursor.as_ref(), limit, taker)?;
        spending.spend(batch.rows);
        position.rows_done += batch.rows;
        if let Some(last) = batch.last {
            position.cursor = Some(last);
        }
        if batch.rows < limit {
            let is_checked = plan.new_keys.is_empty();
            position.stage = if is_checked { Stage::Replaying } else { Stage::Checking };
            return Ok(());
        }
        if spending.is_over() {
            return Ok(());
        }
    }
}

/// Copies batches of rows.
struct Copier<'c> {
    connection: &'c Connection,
    plan: &'c Plan,
    /// Copies the rows between two numbers in one statement. `None`: the key is no number.
    range: Option<Range<'c>>,
}

struct Range<'c> {
    end: Statement<'c>,
    insert: Statement<'c>,
}

/// Rows that were copied.
struct Batch {
    rows: u64,
    /// The key of the last one, if there is one.
    last: Option<KeyValues>,
}

impl<'c> Copier<'c> {
    fn new(connection: &'c Connection, plan: &'c Plan) -> Result<Self> {
        let range = if plan.key.is_rowid() { Some(Range::new(connection, plan)?) } else { None };
        Ok(Self { connection, plan, range })
    }

    /// Copies the rows behind `cursor`, at most `limit`: fewer at the end.
    fn batch(
        &mut self,
        cursor: Option<&KeyValues>,
        limit: u64,
        taker: &mut Taker<'_>,
    ) -> Result<Batch> {
        if let Some(range) = &mut self.range
            && let Some(batch) = range.copy(cursor, limit)?
        {
            return Ok(batch);
        }
        let plan = self.plan;
        let mut keys = plan.key.next(self.connection, &plan.table, cursor, limit)?;
        taker.take(&keys)?;
        Ok(Batch { rows: keys.len() as u64, last: keys.pop() })
    }
}

impl<'c> Range<'c> {
    fn new(connection: &'c Connection, plan: &'c Plan) -> Result<Self> {
        let (table, called) = (quote(&plan.table), quote(&plan.called));
        let number = &plan.key.columns[0].name;
        let end = format!(
            "SELECT count(*), max({number}) FROM (SELECT {number} FROM main.{table} NOT INDEXED \
             WHERE {number} >= ?1 ORDER BY {number} LIMIT ?2)"
        );
        let insert = format!(
            "INSERT OR ABORT INTO main.{} ({}) SELECT {} FROM main.{table} AS {called} NOT INDEXED \
             WHERE {called}.{number} BETWEEN ?1 AND ?2",
            plan.names.shadow,
            plan.into.join(", "),
            plan.from.join(", "),
        );
        Ok(Self { end: connection.prepare(&end)?, insert: connection.prepare(&insert)? })
    }

    /// `None`: one of the rows cannot be taken as it is, and each has to be looked at.
    fn copy(&mut self, cursor: Option<&KeyValues>, limit: u64) -> Result<Option<Batch>> {
        let first = match cursor.and_then(|key| as_rowid(key)) {
            None => i64::MIN,
            Some(i64::MAX) => return Ok(Some(Batch { rows: 0, last: None })),
            Some(cursor) => cursor + 1,
        };
        let (rows, last): (u64, Option<i64>) =
            self.end.query_row((first, limit as i64), |row| {
                Ok((row.get::<_, i64>(0)? as u64, row.get(1)?))
            })?;
        let Some(last) = last else { return Ok(Some(Batch { rows: 0, last: None })) };
        // Nothing in the shadow came from these rows yet: notes about rows behind the cursor are left to this.
        match self.insert.execute((first, last)) {
            Ok(_) => Ok(Some(Batch { rows, last: Some(vec![KeyValue::Integer(last)]) })),
            Err(error) if Blame::of(&error) == Blame::Row => Ok(None),
            // An expression fails for one of them.
            Err(error) if Blame::of(&error) == Blame::Statement => Ok(None),
            Err(error) => Err(error.into()),
        }
    }
}

/// About how many rows the old table has, from what costs nothing to look at.
pub(super) fn estimate(connection: &Connection, plan: &Plan) -> Result<Option<u64>> {
    if !plan.key.is_rowid() {
        return Ok(None);
    }
    let (first, last) = ends(connection, &plan.table, &plan.key)?;
    let (Some(first), Some(last)) = (first, last) else { return Ok(Some(0)) };
    Ok(u64::try_from(i128::from(last) - i128::from(first) + 1).ok())
}

/// Refuses other rows in the shadow than in the old table, once none is left to be copied or noted: as far as the first
/// and the last one tell, which costs nothing to look at.
pub(super) fn require_same_ends(connection: &Connection, plan: &Plan) -> Result {
    if !plan.key.is_rowid() || !plan.key_in_shadow.is_rowid() {
        return Ok(());
    }
    let old = ends(connection, &plan.table, &plan.key)?;
    if old == ends(connection, &plan.names.shadow, &plan.key_in_shadow)? {
        return Ok(());
    }
    Err(not_online(
        &plan.table,
        "rows of it were changed by a connection that fires no triggers, which cannot be followed; abandon the \
         change, and begin it again while there is none",
    ))
}

/// The first and the last number of the rows of a table.
fn ends(connection: &Connection, table: &str, key: &Key) -> Result<(Option<i64>, Option<i64>)> {
    let (table, rowid) = (quote(table), &key.columns[0].name);
    let sql = format!(
        "SELECT (SELECT min({rowid}) FROM main.{table}), (SELECT max({rowid}) FROM main.{table})"
    );
    Ok(connection.query_row(&sql, [], |row| Ok((row.get(0)?, row.get(1)?)))?)
}
