//! Walks over the rows of a table before and after at once, in the order of their keys, without holding a table in
//! memory.

use std::cmp::Ordering;

use rusqlite::types::{Value, ValueRef};
use rusqlite::{Connection, Row, Rows, ffi};

use super::column_pairs::ColumnPairs;
use super::difference::{ColumnDifference, ColumnFate, Sample, ValueChange};
use super::listing::TableShape;
use crate::trial::table::show;

/// Two tables whose rows are compared.
pub(super) struct Walk<'w> {
    pub(super) before: &'w TableShape,
    pub(super) after: &'w TableShape,
    pub(super) columns: &'w ColumnPairs,
    /// Whether somebody asked for the end.
    pub(super) is_stopped: &'w (dyn Fn() -> bool + Sync),
}

/// What a walk has seen.
#[derive(Debug, Default)]
pub(super) struct Tally {
    pub(super) rows_before: u64,
    pub(super) rows_after: u64,
    pub(super) gone: Sample<String>,
    pub(super) new: Sample<String>,
    /// Of each pair of columns.
    changed: Vec<Sample<ValueChange>>,
    /// Of each column that is gone, how many values it held.
    values: Vec<u64>,
    /// Of each column that is gone and each new one, whether they are the same so far.
    is_renamed: Vec<bool>,
}

impl Tally {
    fn of(columns: &ColumnPairs) -> Self {
        Self {
            changed: columns.same.iter().map(|_| Sample::default()).collect(),
            values: vec![0; columns.gone.len()],
            is_renamed: vec![true; columns.gone.len() * columns.new.len()],
            ..Self::default()
        }
    }

    /// Adds what was seen of the rows that come after.
    pub(super) fn append(&mut self, other: Self) {
        self.rows_before += other.rows_before;
        self.rows_after += other.rows_after;
        self.gone.append(other.gone);
        self.new.append(other.new);
        for (own, other) in self.changed.iter_mut().zip(other.changed) {
            own.append(other);
        }
        for (own, other) in self.values.iter_mut().zip(other.values) {
            *own += other;
        }
        for (own, other) in self.is_renamed.iter_mut().zip(other.is_renamed) {
            *own &= other;
        }
    }

    /// The columns that are not as they were.
    pub(super) fn columns(
        self,
        before: &TableShape,
        after: &TableShape,
        pairs: &ColumnPairs,
    ) -> Vec<ColumnDifference> {
        let mut columns = Vec::new();
        for ((place, _), sample) in pairs.same.iter().zip(self.changed) {
            if !sample.is_empty() {
                let name = before.columns[*place].clone();
                columns.push(ColumnDifference { name, fate: ColumnFate::Changed(sample) });
            }
        }
        let mut taken = vec![false; pairs.new.len()];
        for (index, place) in pairs.gone.iter().enumerate() {
            let values = self.values[index];
            let flags = &self.is_renamed[index * pairs.new.len()..][..pairs.new.len()];
            let to = (0..pairs.new.len())
                .find(|to| values > 0 && flags[*to] && !taken[*to])
                // A column without a value is as good as dropped.
                .inspect(|to| taken[*to] = true);
            let fate = match to {
                Some(to) => ColumnFate::Renamed { to: after.columns[pairs.new[to]].clone() },
                None => ColumnFate::Dropped { values },
            };
            columns.push(ColumnDifference { name: before.columns[*place].clone(), fate });
        }
        for (index, place) in pairs.new.iter().enumerate().filter(|(index, _)| !taken[*index]) {
            let _ = index;
            let name = after.columns[*place].clone();
            columns.push(ColumnDifference { name, fate: ColumnFate::Added });
        }
        columns
    }
}

impl Walk<'_> {
    /// Matches the rows whose rowids are in `range` by these. `None`: two rows of one rowid differ in the columns
    /// `key`, so that rowids match nothing.
    pub(super) fn by_rowid(
        &self,
        (before, after): &(Connection, Connection),
        range: (i64, i64),
        key: &[(usize, usize)],
    ) -> rusqlite::Result<Option<Tally>> {
        let (Some(old), Some(new)) = (self.before.select_by_rowid(), self.after.select_by_rowid())
        else {
            return Ok(None);
        };
        let (mut old, mut new) = (before.prepare(&old)?, after.prepare(&new)?);
        let (old, new) = (old.query([range.0, range.1])?, new.query([range.0, range.1])?);
        let places: Vec<usize> = key.iter().map(|(place, _)| 1 + place).collect();
        let after_places: Vec<usize> = key.iter().map(|(_, place)| 1 + place).collect();
        let shown = if key.is_empty() { (vec![0], vec![0]) } else { (places, after_places) };
        self.merge(old, new, 1, key, &shown)
    }

    /// Matches the rows by the columns of `key`, which both have.
    pub(super) fn by_key(
        &self,
        (before, after): &(Connection, Connection),
        key: &[String],
    ) -> rusqlite::Result<Tally> {
        let (mut old, mut new) = (
            before.prepare(&self.before.select_by_key(key))?,
            after.prepare(&self.after.select_by_key(key))?,
        );
        let (old, new) = (old.query([])?, new.query([])?);
        let shown: Vec<usize> = (0..key.len()).collect();
        let tally = self.merge(old, new, key.len(), &[], &(shown.clone(), shown))?;
        Ok(tally.unwrap_or_default())
    }

    /// Merges rows that are in the order of their first `width` values. Where they are the same, the columns `same`
    /// must be, too. Rows are shown by the values in the places `shown`, before and after.
    fn merge(
        &self,
        mut before: Rows<'_>,
        mut after: Rows<'_>,
        width: usize,
        same: &[(usize, usize)],
        shown: &(Vec<usize>, Vec<usize>),
    ) -> rusqlite::Result<Option<Tally>> {
        const LOOKS: u64 = 1 << 12;
        let mut tally = Tally::of(self.columns);
        let (mut old, mut new) = (before.next()?, after.next()?);
        loop {
            if (tally.rows_before + tally.rows_after).is_multiple_of(LOOKS) && (self.is_stopped)() {
                return Err(stopped());
            }
            let order = match (old, new) {
                (None, None) => return Ok(Some(tally)),
                (Some(_), None) => Ordering::Less,
                (None, Some(_)) => Ordering::Greater,
                (Some(old), Some(new)) => by_key(old, new, width)?,
            };
            match (order, old, new) {
                (Ordering::Less, Some(row), _) => {
                    tally.rows_before += 1;
                    self.count_values(row, width, &mut tally)?;
                    let is_shown = tally.gone.examples.len() < 3;
                    let text = if is_shown { title(row, &shown.0)? } else { String::new() };
                    tally.gone.add(|| text);
                }
                (Ordering::Greater, _, Some(row)) => {
                    tally.rows_after += 1;
                    let is_shown = tally.new.examples.len() < 3;
                    let text = if is_shown { title(row, &shown.1)? } else { String::new() };
                    tally.new.add(|| text);
                }
                (_, Some(old), Some(new)) => {
                    tally.rows_before += 1;
                    tally.rows_after += 1;
                    for (own, other) in same {
                        if !is_same(old.get_ref(width + own)?, new.get_ref(width + other)?) {
                            return Ok(None);
                        }
                    }
                    self.compare(old, new, width, &shown.0, &mut tally)?;
                }
                _ => {}
            }
            if order != Ordering::Greater {
                old = before.next()?;
            }
            if order != Ordering::Less {
                new = after.next()?;
            }
        }
    }

    fn compare(
        &self,
        old: &Row<'_>,
        new: &Row<'_>,
        width: usize,
        shown: &[usize],
        tally: &mut Tally,
    ) -> rusqlite::Result<()> {
        let same = self.columns.same.iter().enumerate();
        for (index, (own, other)) in same.filter(|(index, _)| self.columns.rowid != Some(*index)) {
            let (was, is) = (old.get_ref(width + own)?, new.get_ref(width + other)?);
            if !is_same(was, is) {
                let sample = &mut tally.changed[index];
                let key =
                    if sample.examples.len() < 3 { title(old, shown)? } else { String::new() };
                sample.add(|| ValueChange { key, before: text(was), after: text(is) });
            }
        }
        self.count_values(old, width, tally)?;
        for (index, place) in self.columns.gone.iter().enumerate() {
            let was = old.get_ref(width + place)?;
            for (to, place) in self.columns.new.iter().enumerate() {
                let flag = &mut tally.is_renamed[index * self.columns.new.len() + to];
                *flag = *flag && is_same(was, new.get_ref(width + place)?);
            }
        }
        Ok(())
    }

    fn count_values(&self, row: &Row<'_>, width: usize, tally: &mut Tally) -> rusqlite::Result<()> {
        for (index, place) in self.columns.gone.iter().enumerate() {
            tally.values[index] += u64::from(row.get_ref(width + place)? != ValueRef::Null);
        }
        Ok(())
    }
}

/// The end was asked for.
pub(super) fn stopped() -> rusqlite::Error {
    rusqlite::Error::SqliteFailure(ffi::Error::new(ffi::SQLITE_INTERRUPT), None)
}

/// A value as SQL writes it, not at full length.
pub(super) fn text(value: ValueRef<'_>) -> String {
    // A text that is no UTF-8 is one of bytes.
    let owned = Value::try_from(value)
        .unwrap_or_else(|_| Value::Blob(value.as_bytes().unwrap_or_default().to_vec()));
    show(&owned)
}

fn title(row: &Row<'_>, places: &[usize]) -> rusqlite::Result<String> {
    let texts = places.iter().map(|place| Ok(text(row.get_ref(*place)?)));
    Ok(texts.collect::<rusqlite::Result<Vec<_>>>()?.join(", "))
}

/// Whether two values are the same to the bit.
fn is_same(one: ValueRef<'_>, other: ValueRef<'_>) -> bool {
    match (one, other) {
        (ValueRef::Real(one), ValueRef::Real(other)) => one.to_bits() == other.to_bits(),
        _ => one == other,
    }
}

/// The order that SQLite gives values (<https://sqlite.org/datatype3.html#comparisons>).
fn by_key(one: &Row<'_>, other: &Row<'_>, width: usize) -> rusqlite::Result<Ordering> {
    for place in 0..width {
        let order = by_value(one.get_ref(place)?, other.get_ref(place)?);
        if order.is_ne() {
            return Ok(order);
        }
    }
    Ok(Ordering::Equal)
}

fn by_value(one: ValueRef<'_>, other: ValueRef<'_>) -> Ordering {
    // Numbers that are so near that a float is the same are the same key here.
    let number = |value: ValueRef<'_>| match value {
        ValueRef::Integer(number) => Some(number as f64),
        ValueRef::Real(number) => Some(number),
        _ => None,
    };
    let rank = |value: ValueRef<'_>| match value {
        ValueRef::Null => 0,
        ValueRef::Integer(_) | ValueRef::Real(_) => 1,
        ValueRef::Text(_) => 2,
        ValueRef::Blob(_) => 3,
    };
    match (one, other) {
        (ValueRef::Integer(one), ValueRef::Integer(other)) => one.cmp(&other),
        (ValueRef::Text(one), ValueRef::Text(other))
        | (ValueRef::Blob(one), ValueRef::Blob(other)) => one.cmp(other),
        _ => match (number(one), number(other)) {
            (Some(one), Some(other)) => one.total_cmp(&other),
            _ => rank(one).cmp(&rank(other)),
        },
    }
}
