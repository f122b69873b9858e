//! Finds which tables before and after are the same ones, and compares them, several at once.

use std::collections::{BTreeMap, BTreeSet};
use std::num::NonZero;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;

use rusqlite::Connection;

use super::column_pairs::ColumnPairs;
use super::difference::TableDifference;
use super::listing::{Listing, TableShape};
use super::pair::{Found, Pair, dropped, made};
use super::sides::Sides;

/// The tables that were written to, by their names then, in lower case.
#[derive(Debug, Clone, Default)]
pub(crate) struct Writes {
    /// Those whose rows were inserted, updated or deleted.
    pub(crate) tables: BTreeSet<String>,
    /// How many statements altered each table.
    pub(crate) altered: BTreeMap<String, u64>,
}

impl Writes {
    /// Adds those of another step.
    pub(crate) fn extend(&mut self, other: &Self) {
        self.tables.extend(other.tables.iter().cloned());
        for (table, times) in &other.altered {
            *self.altered.entry(table.clone()).or_default() += times;
        }
    }
}

/// Compares the tables that differ in their schema, or that were written to, in the order of their names. A table that
/// is there before and after is not read where its rows were not written, and each statement that altered it made a
/// column that is new.
///
/// # Errors
/// SQLite's; `is_stopped` said that the end was asked for.
pub(crate) fn compare(
    sides: &Sides,
    writes: &Writes,
    is_stopped: &(dyn Fn() -> bool + Sync),
) -> rusqlite::Result<Vec<TableDifference>> {
    let connections = sides.open()?;
    let plan = Plan::of(&connections, writes)?;
    let found: BTreeMap<usize, Mutex<Vec<(usize, Found)>>> =
        plan.pairs.iter().enumerate().map(|(place, _)| (place, Mutex::default())).collect();
    let parts = plan.parts();
    let next = AtomicUsize::new(0);
    let work = |connections: &(Connection, Connection)| -> rusqlite::Result<()> {
        while let Some(part) = parts.get(next.fetch_add(1, Ordering::Relaxed)) {
            let seen = plan.pairs[part.pair].compare(connections, part.range, is_stopped);
            let seen = match seen {
                // A virtual table may not be readable here, and is no reason to give up.
                Err(error) if plan.pairs[part.pair].is_virtual() && !is_stopped() => {
                    Found::Unread(error.to_string())
                }
                seen => seen?,
            };
            if let Some(all) = found.get(&part.pair) {
                all.lock().unwrap_or_else(PoisonError::into_inner).push((part.number, seen));
            }
        }
        Ok(())
    };
    let threads = thread::available_parallelism().map_or(1, NonZero::get).min(parts.len());
    thread::scope(|scope| {
        let others: Vec<_> = (1..threads)
            .map(|_| scope.spawn(|| sides.open().and_then(|connections| work(&connections))))
            .collect();
        let own = work(&connections);
        let outcomes = others
            .into_iter()
            .map(|other| other.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)));
        outcomes.fold(own, Result::and)
    })?;
    let mut differences = plan.settled;
    for (pair, found) in plan.pairs.iter().zip(found.into_values()) {
        let mut found = found.into_inner().unwrap_or_else(PoisonError::into_inner);
        found.sort_by_key(|(number, _)| *number);
        let found = found.into_iter().map(|(_, found)| found).collect();
        differences.extend(pair.difference(&connections, found, is_stopped)?);
    }
    differences.sort_by(|one, other| one.name().cmp(other.name()));
    Ok(differences)
}

/// Which tables are compared.
struct Plan {
    pairs: Vec<Pair>,
    /// What is known without reading rows one by one.
    settled: Vec<TableDifference>,
}

/// A part of the comparison of a pair.
struct Part {
    pair: usize,
    number: usize,
    range: (i64, i64),
}

impl Plan {
    fn of((before, after): &(Connection, Connection), writes: &Writes) -> rusqlite::Result<Self> {
        let (mut old, mut new) = (Listing::all(before)?, Listing::all(after)?);
        let mut plan = Self { pairs: Vec::new(), settled: Vec::new() };
        // What was written to under a name that no table has now may be a table that was called so for a while.
        let is_there = |name: &String| new.iter().any(|table| table.is(name));
        let had_other_names = !writes.tables.iter().chain(writes.altered.keys()).all(is_there);
        old.retain(|table| {
            let Some(place) = new.iter().position(|other| other.is(&table.name)) else {
                return true;
            };
            let other = new.remove(place);
            let name = table.name.to_ascii_lowercase();
            let altered = writes.altered.get(&name).copied();
            let rows = writes.tables.contains(&name)
                || table.root_page != other.root_page
                || (had_other_names && altered.is_some());
            if rows || altered.is_some() || table.sql != other.sql {
                plan.pairs.push(Pair::unread(
                    table.clone(),
                    other,
                    rows,
                    altered.unwrap_or_default(),
                ));
            }
            false
        });
        let shapes = |connection: &Connection, tables: Vec<Listing>| {
            let shapes = tables.iter().map(|table| TableShape::read(connection, table));
            shapes.collect::<rusqlite::Result<Vec<_>>>()
        };
        let (mut old, mut new) = (shapes(before, old)?, shapes(after, new)?);
        for pair in &mut plan.pairs {
            pair.read(before, after)?;
        }
        while let Some((one, other)) = likely_rename(&old, &new) {
            let (one, other) = (old.remove(one), new.remove(other));
            plan.pairs.push(Pair::of(one, other));
        }
        for table in old {
            plan.settled.push(dropped(&table, before)?);
        }
        for table in new {
            plan.settled.push(made(&table, after)?);
        }
        let (compared, by_name): (Vec<_>, Vec<_>) =
            plan.pairs.into_iter().partition(Pair::needs_rows);
        plan.pairs = compared;
        for pair in by_name {
            plan.settled.extend(pair.by_name(before, after)?);
        }
        for pair in &mut plan.pairs {
            pair.set_range(before, after)?;
        }
        Ok(plan)
    }

    /// The work, the longest parts first.
    fn parts(&self) -> Vec<Part> {
        let mut parts = Vec::new();
        for (pair, it) in self.pairs.iter().enumerate() {
            let ranges = it.ranges();
            parts.extend(ranges.into_iter().enumerate().map(|(number, range)| Part {
                pair,
                number,
                range,
            }));
        }
        parts
    }
}

/// Two tables of other names that may be one: that which begins on the same page, or has the same columns.
fn likely_rename(old: &[TableShape], new: &[TableShape]) -> Option<(usize, usize)> {
    let is_on_the_page = |one: &TableShape, other: &TableShape| {
        one.listing.root_page == other.listing.root_page
            && one.listing.root_page > 0
            && !ColumnPairs::of(one, other).same.is_empty()
    };
    let has_the_columns =
        |one: &TableShape, other: &TableShape| ColumnPairs::of(one, other).are_the_same();
    let by = |is_it: &dyn Fn(&TableShape, &TableShape) -> bool| {
        old.iter().enumerate().find_map(|(place, one)| {
            new.iter().position(|other| is_it(one, other)).map(|other| (place, other))
        })
    };
    by(&is_on_the_page).or_else(|| by(&has_the_columns))
}

#[cfg(test)]
#[path = "tests.rs"]
mod tests;
