//! A table before and after, and how its rows are matched.

use rusqlite::Connection;

use super::column_pairs::ColumnPairs;
use super::content;
use super::difference::{ColumnDifference, ColumnFate, Matching, TableDifference};
use super::listing::{Listing, TableShape};
use super::walk::{Tally, Walk};

/// What was found of a part of a pair.
pub(super) enum Found {
    /// By rowid.
    Walked(Tally),
    /// Rowids do not match its rows.
    OtherRowids,
    /// Rows are matched otherwise, and all at once.
    Whole(Box<TableDifference>),
    /// It cannot be read.
    Unread(String),
}

/// Why the rows of an index without values of its own are not known to be what they were.
const NO_VALUES: &str = "it is an index of values that it does not keep";

/// A table before and after.
pub(super) struct Pair {
    listings: (Listing, Listing),
    shapes: Option<(TableShape, TableShape, ColumnPairs)>,
    /// Whether its rows may have changed.
    rows: bool,
    /// How many statements altered it.
    altered: u64,
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
    pub(super) fn unread(before: Listing, after: Listing, rows: bool, altered: u64) -> Self {
        Self { listings: (before, after), shapes: None, rows, altered, range: None }
    }

    pub(super) fn of(before: TableShape, after: TableShape) -> Self {
        let columns = ColumnPairs::of(&before, &after);
        let listings = (before.listing.clone(), after.listing.clone());
        Self {
            listings,
            shapes: Some((before, after, columns)),
            rows: true,
            altered: 0,
            range: None,
        }
    }

    pub(super) fn read(&mut self, before: &Connection, after: &Connection) -> rusqlite::Result<()> {
        let one = TableShape::read(before, &self.listings.0)?;
        let other = TableShape::read(after, &self.listings.1)?;
        let columns = ColumnPairs::of(&one, &other);
        self.shapes = Some((one, other, columns));
        Ok(())
    }

    pub(super) fn is_virtual(&self) -> bool {
        self.listings.0.root_page == 0 || self.listings.1.root_page == 0
    }

    fn is_renamed(&self) -> bool {
        !self.listings.0.is(&self.listings.1.name)
    }

    /// Whether its rows are to be read one by one: something may have written to them, or a column may have another
    /// name, or have been dropped and made anew.
    pub(super) fn needs_rows(&self) -> bool {
        let is_more = self.shapes.as_ref().is_some_and(|(_, _, columns)| {
            columns.gone.is_empty() && columns.new.len() as u64 == self.altered
        });
        self.rows || !is_more
    }

    /// What differs by the names of its columns; `None`: nothing.
    pub(super) fn by_name(
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

    pub(super) fn set_range(
        &mut self,
        before: &Connection,
        after: &Connection,
    ) -> rusqlite::Result<()> {
        if let (Way::Rowid(_), Some((one, other, _))) = (self.way(), &self.shapes) {
            let ranges = [one.range(before)?, other.range(after)?];
            let lowest = ranges.iter().flatten().map(|range| range.0).min();
            let highest = ranges.iter().flatten().map(|range| range.1).max();
            self.range = lowest.zip(highest);
        }
        Ok(())
    }

    /// The ranges of rowids that are compared at once, all of which are in order.
    pub(super) fn ranges(&self) -> Vec<(i64, i64)> {
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

    pub(super) fn compare(
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
    pub(super) fn difference(
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
            not_compared: self.listings.0.keeps_no_values().then(|| NO_VALUES.to_owned()),
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

pub(super) fn dropped(
    table: &TableShape,
    before: &Connection,
) -> rusqlite::Result<TableDifference> {
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

pub(super) fn made(table: &TableShape, after: &Connection) -> rusqlite::Result<TableDifference> {
    let dropped = dropped(table, after)?;
    Ok(TableDifference {
        before: None,
        after: dropped.before,
        rows_before: 0,
        rows_after: dropped.rows_before,
        ..dropped
    })
}
