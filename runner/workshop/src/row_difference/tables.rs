//! Finds which tables before and after are the same ones, and compares them, several at once.

use std::collections::{BTreeMap, BTreeSet};
use std::num::NonZero;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;

use rusqlite::Connection;

use super::column_pairs::ColumnPairs;
use super::content;
use super::difference::{ColumnDifference, ColumnFate, Matching, Sample, TableDifference};
use super::listing::{Listing, TableShape};
use super::sides::Sides;
use super::walk::{Tally, Walk};

/// Compares the tables that differ in their schema, or whose rows may have been `written`, by names in lower case, in
/// the order of their names. A table that is there before and after and was not written is not read, unless a column
/// of it is gone.
///
/// # Errors
/// SQLite's; `is_stopped` said that the end was asked for.
pub(crate) fn compare(
    sides: &Sides,
    written: &BTreeSet<String>,
    is_stopped: &(dyn Fn() -> bool + Sync),
) -> rusqlite::Result<Vec<TableDifference>> {
    let connections = sides.open()?;
    let plan = Plan::of(&connections, written)?;
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
    fn of(
        (before, after): &(Connection, Connection),
        written: &BTreeSet<String>,
    ) -> rusqlite::Result<Self> {
        let (mut old, mut new) = (Listing::all(before)?, Listing::all(after)?);
        let mut plan = Self { pairs: Vec::new(), settled: Vec::new() };
        let is_written = |name: &str| written.contains(&name.to_ascii_lowercase());
        old.retain(|table| {
            let Some(place) = new.iter().position(|other| other.is(&table.name)) else {
                return true;
            };
            let other = new.remove(place);
            let is_same = table.root_page == other.root_page;
            let rows = is_written(&table.name) || !is_same;
            if rows || table.sql != other.sql {
                plan.pairs.push(Pair::unread(table.clone(), other, rows));
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

fn dropped(table: &TableShape, before: &Connection) -> rusqlite::Result<TableDifference> {
    let mut difference =
        TableDifference { before: Some(table.listing.name.clone()), ..TableDifference::default() };
    match table.count(before) {
        Ok(rows) => difference.rows_before = rows,
        Err(error) if table.listing.root_page == 0 => {
            difference.not_compared = Some(error.to_string());
        }
        Err(error) => return Err(error),
    }
    Ok(difference)
}

fn made(table: &TableShape, after: &Connection) -> rusqlite::Result<TableDifference> {
    let dropped = dropped(table, after)?;
    Ok(TableDifference {
        before: None,
        after: dropped.before,
        rows_before: 0,
        rows_after: dropped.rows_before,
        ..dropped
    })
}

/// What was found of a part of a pair.
enum Found {
    /// By rowid.
    Walked(Tally),
    /// Rowids do not match its rows.
    OtherRowids,
    /// Rows are matched otherwise, and all at once.
    Whole(Box<TableDifference>),
    /// It cannot be read.
    Unread(String),
}

/// A table before and after.
struct Pair {
    listings: (Listing, Listing),
    shapes: Option<(TableShape, TableShape, ColumnPairs)>,
    /// Whether its rows may have changed.
    rows: bool,
    /// The lowest and the highest rowid.
    range: Option<(i64, i64)>,
}

/// How the rows of a pair are matched.
enum Way {
    /// By rowid, where these columns are the same.
    Rowid(Vec<(usize, usize)>),
    /// By the columns of the key.
    Key,
    /// By content, and where rowids are the same by them.
    Content,
}

impl Pair {
    fn unread(before: Listing, after: Listing, rows: bool) -> Self {
        Self { listings: (before, after), shapes: None, rows, range: None }
    }

    fn of(before: TableShape, after: TableShape) -> Self {
        let columns = ColumnPairs::of(&before, &after);
        let listings = (before.listing.clone(), after.listing.clone());
        Self { listings, shapes: Some((before, after, columns)), rows: true, range: None }
    }

    fn read(&mut self, before: &Connection, after: &Connection) -> rusqlite::Result<()> {
        let one = TableShape::read(before, &self.listings.0)?;
        let other = TableShape::read(after, &self.listings.1)?;
        let columns = ColumnPairs::of(&one, &other);
        self.shapes = Some((one, other, columns));
        Ok(())
    }

    fn is_virtual(&self) -> bool {
        self.listings.0.root_page == 0 || self.listings.1.root_page == 0
    }

    fn is_renamed(&self) -> bool {
        !self.listings.0.is(&self.listings.1.name)
    }

    /// Whether its rows are to be read one by one: something may have written to them, or a column may have another
    /// name.
    fn needs_rows(&self) -> bool {
        self.rows || self.shapes.as_ref().is_some_and(|(_, _, columns)| !columns.gone.is_empty())
    }

    /// What differs by the names of its columns; `None`: nothing.
    fn by_name(
        self,
        before: &Connection,
        after: &Connection,
    ) -> rusqlite::Result<Option<TableDifference>> {
        let Some((one, other, columns)) = self.shapes.filter(|it| !it.2.are_the_same()) else {
            return Ok(None);
        };
        let added = columns.new.iter().map(|place| ColumnDifference {
            name: other.columns[*place].clone(),
            fate: ColumnFate::Added,
        });
        Ok(Some(TableDifference {
            before: Some(one.listing.name.clone()),
            after: Some(other.listing.name.clone()),
            rows_before: one.count(before)?,
            rows_after: other.count(after)?,
            columns: added.collect(),
            ..TableDifference::default()
        }))
    }

    fn way(&self) -> Way {
        let Some((before, after, columns)) = &self.shapes else { return Way::Content };
        let have_rowids = before.rowid.is_some() && after.rowid.is_some();
        if before.key_is_rowid && after.key_is_rowid && have_rowids {
            return Way::Rowid(Vec::new());
        }
        let is_the_key = !before.key.is_empty()
            && before.key.len() == after.key.len()
            && after
                .key
                .iter()
                .all(|name| before.key.iter().any(|own| own.eq_ignore_ascii_case(name)));
        if is_the_key {
            let key = columns.of_columns(before, &before.key);
            return match key.filter(|_| have_rowids) {
                Some(key) => Way::Rowid(key),
                None => Way::Key,
            };
        }
        let is_in_place = before.listing.root_page == after.listing.root_page;
        match have_rowids && is_in_place && before.listing.root_page > 0 {
            true => Way::Rowid(Vec::new()),
            false => Way::Content,
        }
    }

    fn set_range(&mut self, before: &Connection, after: &Connection) -> rusqlite::Result<()> {
        if let (Way::Rowid(_), Some((one, other, _))) = (self.way(), &self.shapes) {
            let ranges = [one.range(before)?, other.range(after)?];
            let lowest = ranges.iter().flatten().map(|range| range.0).min();
            let highest = ranges.iter().flatten().map(|range| range.1).max();
            self.range = lowest.zip(highest);
        }
        Ok(())
    }

    /// The ranges of rowids that are compared at once, all of which are in order.
    fn ranges(&self) -> Vec<(i64, i64)> {
        const WORTH_IT: i128 = 50_000;
        const PARTS: i128 = 8;
        let (low, high) = self.range.unwrap_or((0, 0));
        let width = i128::from(high) - i128::from(low) + 1;
        if width < WORTH_IT {
            return vec![(low, high)];
        }
        let start = |part: i128| i128::from(low) + width * part / PARTS;
        let number = |value: i128| i64::try_from(value).unwrap_or(i64::MAX);
        (0..PARTS).map(|part| (number(start(part)), number(start(part + 1) - 1))).collect()
    }

    fn compare(
        &self,
        connections: &(Connection, Connection),
        range: (i64, i64),
        is_stopped: &(dyn Fn() -> bool + Sync),
    ) -> rusqlite::Result<Found> {
        match self.way() {
            Way::Rowid(key) => {
                let Some(walk) = self.walk(is_stopped) else { return Ok(Found::OtherRowids) };
                let tally = walk.by_rowid(connections, range, &key)?;
                Ok(tally.map_or(Found::OtherRowids, Found::Walked))
            }
            Way::Key => self.by_key(connections, is_stopped).map(Found::whole),
            Way::Content => self.by_content(connections, is_stopped).map(Found::whole),
        }
    }

    fn walk<'w>(&'w self, is_stopped: &'w (dyn Fn() -> bool + Sync)) -> Option<Walk<'w>> {
        let (before, after, columns) = self.shapes.as_ref()?;
        Some(Walk { before, after, columns, is_stopped })
    }

    /// What differs, by all that was found; two differences if it is not one table with two names.
    fn difference(
        &self,
        connections: &(Connection, Connection),
        found: Vec<Found>,
        is_stopped: &(dyn Fn() -> bool + Sync),
    ) -> rusqlite::Result<Vec<TableDifference>> {
        let Some((before, after, columns)) = &self.shapes else { return Ok(Vec::new()) };
        let mut whole: Option<Tally> = None;
        let mut has_other_rowids = false;
        for found in found {
            match found {
                Found::Whole(difference) => return self.judged(connections, *difference),
                Found::Unread(why) => {
                    let not_compared = Some(why);
                    let difference = TableDifference { not_compared, ..self.named() };
                    return Ok(vec![difference]);
                }
                Found::OtherRowids => has_other_rowids = true,
                Found::Walked(tally) => match &mut whole {
                    Some(whole) => whole.append(tally),
                    None => whole = Some(tally),
                },
            }
        }
        let tally = whole.unwrap_or_default();
        let has_a_key = !before.key.is_empty() && !before.key_is_rowid;
        // A row that is gone may be there again under another rowid.
        let may_have_moved = has_a_key && !tally.gone.is_empty() && !tally.new.is_empty();
        if has_other_rowids || may_have_moved {
            let difference = self.by_key(connections, is_stopped)?;
            return self.judged(connections, difference);
        }
        let matched = match before.key.is_empty() {
            true => Matching::Rowid,
            false if before.key_is_rowid && !after.key_is_rowid => Matching::Rowid,
            false => Matching::Key { columns: before.key.clone() },
        };
        let difference = self.of_tally(tally, matched, columns);
        self.judged(connections, difference)
    }

    fn by_key(
        &self,
        connections: &(Connection, Connection),
        is_stopped: &(dyn Fn() -> bool + Sync),
    ) -> rusqlite::Result<TableDifference> {
        let Some(walk) = self.walk(is_stopped) else { return Ok(self.named()) };
        let key = walk.before.key.clone();
        let tally = walk.by_key(connections, &key)?;
        Ok(self.of_tally(tally, Matching::Key { columns: key }, walk.columns))
    }

    fn by_content(
        &self,
        connections: &(Connection, Connection),
        is_stopped: &(dyn Fn() -> bool + Sync),
    ) -> rusqlite::Result<TableDifference> {
        let Some(walk) = self.walk(is_stopped) else { return Ok(self.named()) };
        let shapes = (walk.before, walk.after);
        let contents = content::compare(shapes, walk.columns, connections, is_stopped)?;
        // Rows that were copied in their order have the rowids that they had, as far as those have no gap.
        let have_rowids = walk.before.rowid.is_some() && walk.after.rowid.is_some();
        if !contents.gone.is_empty()
            && contents.rows_before == contents.rows_after
            && have_rowids
            && walk.before.key.is_empty()
        {
            let all = (i64::MIN, i64::MAX);
            if let Some(tally) = walk.by_rowid(connections, all, &[])?
                && tally.gone.is_empty()
                && tally.new.is_empty()
            {
                return Ok(self.of_tally(tally, Matching::Rowid, walk.columns));
            }
        }
        Ok(TableDifference {
            rows_before: contents.rows_before,
            rows_after: contents.rows_after,
            gone: contents.gone,
            new: contents.new,
            columns: contents.columns,
            matched: Some(Matching::Content),
            ..self.named()
        })
    }

    fn named(&self) -> TableDifference {
        TableDifference {
            before: Some(self.listings.0.name.clone()),
            after: Some(self.listings.1.name.clone()),
            ..TableDifference::default()
        }
    }

    fn of_tally(
        &self,
        mut tally: Tally,
        matched: Matching,
        columns: &ColumnPairs,
    ) -> TableDifference {
        let mut difference = TableDifference {
            rows_before: tally.rows_before,
            rows_after: tally.rows_after,
            gone: std::mem::take(&mut tally.gone),
            new: std::mem::take(&mut tally.new),
            matched: Some(matched),
            ..self.named()
        };
        if let Some((before, after, _)) = &self.shapes {
            difference.columns = tally.columns(before, after, columns);
        }
        difference
    }

    /// `difference`, or two if the table before and the one after have other names and other rows.
    fn judged(
        &self,
        connections: &(Connection, Connection),
        difference: TableDifference,
    ) -> rusqlite::Result<Vec<TableDifference>> {
        let is_in_place = self.listings.0.root_page == self.listings.1.root_page;
        let keeps_values =
            !difference.columns.iter().any(|column| matches!(column.fate, ColumnFate::Changed(_)));
        let is_one = difference.gone.is_empty()
            && difference.new.is_empty()
            && (is_in_place || keeps_values);
        match (&self.shapes, self.is_renamed() && !is_one) {
            (Some((before, after, _)), true) => {
                Ok(vec![dropped(before, &connections.0)?, made(after, &connections.1)?])
            }
            _ => Ok(vec![difference]),
        }
    }
}

impl Found {
    fn whole(difference: TableDifference) -> Self {
        Self::Whole(Box::new(difference))
    }
}

impl Default for TableDifference {
    fn default() -> Self {
        Self {
            before: None,
            after: None,
            rows_before: 0,
            rows_after: 0,
            matched: None,
            gone: Sample::default(),
            new: Sample::default(),
            columns: Vec::new(),
            not_compared: None,
        }
    }
}
