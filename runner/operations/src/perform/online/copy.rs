//! Copies the next rows of the old table, in the order of their key.

use rusqlite::{Connection, ParamsFromIter, Statement, params_from_iter};

use super::budget::Spending;
use super::key::{self, Key, KeyValue, KeyValues, Side};
use super::plan::Plan;
use super::state::{Position, Stage};
use super::take::Taker;
use super::{Result, not_online};
use crate::operation::Refusal;
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
    /// From the first row on.
    all: [Range<'c>; 1],
    /// Behind a key: one after the other.
    behind: Vec<Range<'c>>,
}

/// Rows of the old table that are next to each other in its key.
struct Range<'c> {
    /// Of how many columns of the key it is given.
    given: usize,
    insert: Statement<'c>,
    key: Statement<'c>,
}

/// Rows that were copied.
struct Batch {
    rows: u64,
    /// The key of the last one, if there is one.
    last: Option<KeyValues>,
}

impl<'c> Copier<'c> {
    fn new(connection: &'c Connection, plan: &'c Plan) -> Result<Self> {
        let behind = plan.key.ranges(&plan.called, Side::Behind);
        let behind =
            behind.iter().map(|(condition, given)| Range::new(connection, plan, condition, *given));
        Ok(Self {
            connection,
            plan,
            all: [Range::new(connection, plan, "1", 0)?],
            behind: behind.collect::<Result<_>>()?,
        })
    }

    /// Copies the rows behind `cursor`, at most `limit`: fewer at the end.
    fn batch(
        &mut self,
        cursor: Option<&KeyValues>,
        limit: u64,
        taker: &mut Taker<'_>,
    ) -> Result<Batch> {
        match self.at_once(cursor, limit) {
            Err(Refusal::Sqlite(error)) if Blame::of(&error) != Blame::Circumstances => {}
            batch => return batch,
        }
        // A row collides with another, does not fit, or has no value by an expression: each is looked at.
        let plan = self.plan;
        let mut keys = plan.key.next(self.connection, &plan.table, cursor, limit)?;
        taker.take(&keys)?;
        Ok(Batch { rows: keys.len() as u64, last: keys.pop() })
    }

    /// Copies them by few statements. Nothing in the shadow comes from these rows yet, since notes about rows behind the
    /// cursor are left to this.
    fn at_once(&mut self, cursor: Option<&KeyValues>, limit: u64) -> Result<Batch> {
        let mut batch = Batch { rows: 0, last: None };
        let (ranges, cursor) = match cursor {
            None => (&mut self.all[..], &[][..]),
            Some(cursor) => (&mut self.behind[..], &cursor[..]),
        };
        for range in ranges {
            let left = limit - batch.rows;
            if left == 0 {
                break;
            }
            let count = range.insert.execute(range.parameters(cursor, left))? as u64;
            if let Some(before) = count.checked_sub(1) {
                let width = self.plan.key.columns.len();
                let given = range.parameters(cursor, before);
                let last = range.key.query_row(given, |row| key::values(row, 0, width))?;
                batch = Batch { rows: batch.rows + count, last: Some(last) };
            }
        }
        Ok(batch)
    }
}

impl<'c> Range<'c> {
    fn new(
        connection: &'c Connection,
        plan: &'c Plan,
        condition: &str,
        given: usize,
    ) -> Result<Self> {
        let called = &plan.called;
        let rows = format!(
            "FROM main.{} AS {} {} WHERE {condition} ORDER BY {} LIMIT",
            quote(&plan.table),
            quote(called),
            plan.key.access(connection, &plan.table)?,
            plan.key.order(called)
        );
        let insert = format!(
            "INSERT OR ABORT INTO main.{} ({}) SELECT {} {rows} ?{}",
            plan.names.shadow,
            plan.into.join(", "),
            plan.from.join(", "),
            given + 1
        );
        let key = format!("SELECT {} {rows} 1 OFFSET ?{}", plan.key.columns_of(called), given + 1);
        Ok(Self { given, insert: connection.prepare(&insert)?, key: connection.prepare(&key)? })
    }

    /// The columns of the key that it is given, and a number of rows.
    fn parameters(&self, cursor: &[KeyValue], rows: u64) -> ParamsFromIter<KeyValues> {
        let mut parameters = cursor[..self.given].to_vec();
        parameters.push(KeyValue::Integer(rows as i64));
        params_from_iter(parameters)
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
