//! Compares the rows of two databases with one schema, table by table, without holding a table in memory.

use std::cmp::Ordering;

use rusqlite::types::Value;
use rusqlite::{Connection, Row, Rows};

use super::table::Table;

/// A difference between the rows of two tables.
pub(crate) enum Difference {
    /// A row is not there any more.
    Gone { key: Vec<Value> },
    /// A row was not there.
    New { key: Vec<Value> },
    /// A row holds another value.
    Changed { key: Vec<Value>, column: String, before: Value, after: Value },
}

/// Shows every difference between `table` in `before` and in `after` to `see`.
///
/// Rows are matched by their primary key. Where there is none, the same rows in another order are no
/// difference; others are matched by their order.
pub(crate) fn compare(
    table: &Table,
    before: &Connection,
    after: &Connection,
    see: &mut dyn FnMut(Difference) -> rusqlite::Result<()>,
) -> rusqlite::Result<()> {
    compare_renamed((table, before), (table, after), see)
}

/// As [`compare`], between a table and what it is called now: key and columns of both stand in the same order. The
/// names in what is seen are the first ones.
pub(super) fn compare_renamed(
    (table, before): (&Table, &Connection),
    (now, after): (&Table, &Connection),
    see: &mut dyn FnMut(Difference) -> rusqlite::Result<()>,
) -> rusqlite::Result<()> {
    if table.key.is_empty() && has_same_rows((table, before), (now, after))? {
        return Ok(());
    }
    let mut old = before.prepare(&table.select(&table.columns))?;
    let mut new = after.prepare(&now.select(&now.columns))?;
    let mut old = Walk::new(table, old.query([])?)?;
    let mut new = Walk::new(now, new.query([])?)?;
    loop {
        let order = match (&old.row, &new.row) {
            (None, None) => return Ok(()),
            (Some(_), None) => Ordering::Less,
            (None, Some(_)) => Ordering::Greater,
            (Some(old), Some(new)) => by_key(&old.key, &new.key),
        };
        let of = match order {
            Ordering::Less => old.row.take().map(|row| Difference::Gone { key: row.key }),
            Ordering::Greater => new.row.take().map(|row| Difference::New { key: row.key }),
            Ordering::Equal => None,
        };
        match (of, &old.row, &new.row) {
            (Some(difference), ..) => see(difference)?,
            (None, Some(old), Some(new)) => changes(table, old, new, see)?,
            _ => {}
        }
        if order != Ordering::Greater {
            old.advance()?;
        }
        if order != Ordering::Less {
            new.advance()?;
        }
    }
}

/// A row with its key.
struct Keyed {
    key: Vec<Value>,
    values: Vec<Value>,
}

/// A walk over the rows of a table, in the order of their keys.
struct Walk<'t, 's> {
    table: &'t Table,
    rows: Rows<'s>,
    row: Option<Keyed>,
    walked: i64,
}

impl<'t, 's> Walk<'t, 's> {
    fn new(table: &'t Table, rows: Rows<'s>) -> rusqlite::Result<Self> {
        let mut walk = Self { table, rows, row: None, walked: 0 };
        walk.advance()?;
        Ok(walk)
    }

    fn advance(&mut self) -> rusqlite::Result<()> {
        let width = self.table.key.len();
        let place = self.walked;
        self.walked += 1;
        self.row = match self.rows.next()? {
            None => None,
            Some(row) => {
                let mut key = values(row, 0, width)?;
                if width == 0 {
                    key.push(Value::Integer(place));
                }
                Some(Keyed { key, values: values(row, width, self.table.columns.len())? })
            }
        };
        Ok(())
    }
}

fn values(row: &Row<'_>, start: usize, count: usize) -> rusqlite::Result<Vec<Value>> {
    (start..start + count).map(|place| value(row, place)).collect()
}

/// A value as it is: a text that is no UTF-8 is one of bytes.
pub(crate) fn value(row: &Row<'_>, place: usize) -> rusqlite::Result<Value> {
    let found = row.get_ref(place)?;
    Ok(Value::try_from(found)
        .unwrap_or_else(|_| Value::Blob(found.as_bytes().unwrap_or_default().to_vec())))
}

fn changes(
    table: &Table,
    old: &Keyed,
    new: &Keyed,
    see: &mut dyn FnMut(Difference) -> rusqlite::Result<()>,
) -> rusqlite::Result<()> {
    for (column, (before, after)) in table.columns.iter().zip(old.values.iter().zip(&new.values)) {
        if !is_same(before, after) {
            see(Difference::Changed {
                key: old.key.clone(),
                column: column.clone(),
                before: before.clone(),
                after: after.clone(),
            })?;
        }
    }
    Ok(())
}

fn has_same_rows(
    (table, one): (&Table, &Connection),
    (now, other): (&Table, &Connection),
) -> rusqlite::Result<bool> {
    let mut one = one.prepare(&table.select_by_values())?;
    let mut other = other.prepare(&now.select_by_values())?;
    let (mut one, mut other) = (one.query([])?, other.query([])?);
    let width = table.columns.len();
    loop {
        match (one.next()?, other.next()?) {
            (None, None) => return Ok(true),
            (Some(one), Some(other)) => {
                let (one, other) = (values(one, 0, width)?, values(other, 0, width)?);
                if !one.iter().zip(&other).all(|(one, other)| is_same(one, other)) {
                    return Ok(false);
                }
            }
            _ => return Ok(false),
        }
    }
}

/// Whether two values are the same to the bit.
pub(crate) fn is_same(one: &Value, other: &Value) -> bool {
    match (one, other) {
        (Value::Real(one), Value::Real(other)) => one.to_bits() == other.to_bits(),
        _ => one == other,
    }
}

/// Whether `after` is `before`, but for how it is stored: the type of its column may be another.
pub(super) fn is_left(before: &Value, after: &Value) -> bool {
    let text = |value: &Value| match value {
        Value::Integer(number) => Some(number.to_string()),
        Value::Real(number) => Some(number.to_string()),
        Value::Text(text) => Some(text.clone()),
        _ => None,
    };
    is_same(before, after) || text(before).is_some_and(|before| Some(before) == text(after))
}

/// The order that SQLite gives values (<https://sqlite.org/datatype3.html#comparisons>).
fn by_key(one: &[Value], other: &[Value]) -> Ordering {
    let orders = one.iter().zip(other).map(|(one, other)| by_value(one, other));
    orders.into_iter().find(|order| order.is_ne()).unwrap_or(Ordering::Equal)
}

fn by_value(one: &Value, other: &Value) -> Ordering {
    // Numbers that are so near that a float is the same are the same key here.
    let number = |value: &Value| match value {
        Value::Integer(number) => Some(*number as f64),
        Value::Real(number) => Some(*number),
        _ => None,
    };
    let rank = |value: &Value| match value {
        Value::Null => 0,
        Value::Integer(_) | Value::Real(_) => 1,
        Value::Text(_) => 2,
        Value::Blob(_) => 3,
    };
    match (one, other) {
        (Value::Integer(one), Value::Integer(other)) => one.cmp(other),
        (Value::Text(one), Value::Text(other)) => one.cmp(other),
        (Value::Blob(one), Value::Blob(other)) => one.cmp(other),
        _ => match (number(one), number(other)) {
            (Some(one), Some(other)) => one.total_cmp(&other),
            _ => rank(one).cmp(&rank(other)),
        },
    }
}
