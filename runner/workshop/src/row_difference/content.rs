//! Compares the rows of a table before and after by all that is in them, where nothing else says which row is which.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use rusqlite::types::ValueRef;
use rusqlite::{Connection, Row};

use super::column_pairs::ColumnPairs;
use super::difference::{ColumnDifference, ColumnFate, Sample};
use super::listing::TableShape;
use super::walk::{stopped, text};

/// What was seen of a table.
#[derive(Debug)]
pub(super) struct Contents {
    pub(super) rows_before: u64,
    pub(super) rows_after: u64,
    pub(super) gone: Sample<String>,
    pub(super) new: Sample<String>,
    pub(super) columns: Vec<ColumnDifference>,
}

/// Counts the rows of each content, by a sum of 128 bits over the columns that both have.
pub(super) fn compare(
    (old, new): (&TableShape, &TableShape),
    pairs: &ColumnPairs,
    (before, after): &(Connection, Connection),
    is_stopped: &(dyn Fn() -> bool + Sync),
) -> rusqlite::Result<Contents> {
    let columns = |shape: &TableShape, places: Vec<usize>| -> Vec<String> {
        places.into_iter().map(|place| shape.columns[place].clone()).collect()
    };
    let of_old = old.select(&columns(old, pairs.same.iter().map(|pair| pair.0).collect()));
    let of_new = new.select(&columns(new, pairs.same.iter().map(|pair| pair.1).collect()));
    let mut counts: HashMap<u128, i64> = HashMap::new();
    let rows_before = each(before, &of_old, is_stopped, &mut |sum, _| {
        *counts.entry(sum).or_default() += 1;
        Ok(())
    })?;
    let rows_after = each(after, &of_new, is_stopped, &mut |sum, _| {
        *counts.entry(sum).or_default() -= 1;
        Ok(())
    })?;
    let (mut gone, mut added) = (Sample::default(), Sample::default());
    if counts.values().any(|count| *count > 0) {
        each(before, &of_old, is_stopped, &mut |sum, row| {
            count(&mut counts, sum, 1, row, &mut gone)
        })?;
    }
    if counts.values().any(|count| *count < 0) {
        each(after, &of_new, is_stopped, &mut |sum, row| {
            count(&mut counts, sum, -1, row, &mut added)
        })?;
    }
    let mut columns = Vec::new();
    for place in &pairs.gone {
        let name = old.columns[*place].clone();
        let values = old.count_values(before, &name)?;
        columns.push(ColumnDifference { name, fate: ColumnFate::Dropped { values } });
    }
    for place in &pairs.new {
        let name = new.columns[*place].clone();
        columns.push(ColumnDifference { name, fate: ColumnFate::Added });
    }
    Ok(Contents { rows_before, rows_after, gone, new: added, columns })
}

/// Counts a row of `sign` whose content is there more often than on the other side, as long as it is.
fn count(
    counts: &mut HashMap<u128, i64>,
    sum: u128,
    sign: i64,
    row: &Row<'_>,
    sample: &mut Sample<String>,
) -> rusqlite::Result<()> {
    let Some(left) = counts.get_mut(&sum).filter(|left| **left * sign > 0) else { return Ok(()) };
    *left -= sign;
    let width = row.as_ref().column_count();
    let values: Vec<_> =
        (0..width).map(|place| Ok(text(row.get_ref(place)?))).collect::<rusqlite::Result<_>>()?;
    sample.add(|| format!("({})", values.join(", ")));
    Ok(())
}

/// Shows each row, with the sum of what is in it, to `see`, and counts them.
fn each(
    connection: &Connection,
    sql: &str,
    is_stopped: &(dyn Fn() -> bool + Sync),
    see: &mut dyn FnMut(u128, &Row<'_>) -> rusqlite::Result<()>,
) -> rusqlite::Result<u64> {
    const LOOKS: u64 = 1 << 12;
    let mut statement = connection.prepare(sql)?;
    let width = statement.column_count();
    let mut rows = statement.query([])?;
    let mut count = 0;
    while let Some(row) = rows.next()? {
        if u64::is_multiple_of(count, LOOKS) && is_stopped() {
            return Err(stopped());
        }
        count += 1;
        see(sum(row, width)?, row)?;
    }
    Ok(count)
}

fn sum(row: &Row<'_>, width: usize) -> rusqlite::Result<u128> {
    let (mut one, mut other) = (DefaultHasher::new(), DefaultHasher::new());
    1_u8.hash(&mut other);
    for place in 0..width {
        let value = row.get_ref(place)?;
        for sum in [&mut one, &mut other] {
            match value {
                ValueRef::Null => 0_u8.hash(sum),
                ValueRef::Integer(number) => (1_u8, number).hash(sum),
                ValueRef::Real(number) => (2_u8, number.to_bits()).hash(sum),
                ValueRef::Text(text) => (3_u8, text).hash(sum),
                ValueRef::Blob(bytes) => (4_u8, bytes).hash(sum),
            }
        }
    }
    Ok(u128::from(one.finish()) << 64 | u128::from(other.finish()))
}
