//! Sets aside what a migration has taken away, once its code has run: what is committed is read once, and what is not
//! there any more, or not as it was, is written.

use migration_api::schema::quote;
use rusqlite::{Connection, Row};

use super::failure::KeptError;
use super::row_hash::{Hash, RowHash};
use super::set::{self, KeptKind, KeptSet};
use super::shape::{Key, Shape, equals};
use super::values::{Layout, RowKey, Writer, terms};
use crate::id::MigrationId;

/// What a migration says that it takes away of one table, which is there.
#[derive(Debug, Clone)]
pub(crate) struct Lost {
    /// The table before the migration.
    pub(crate) table: Shape,
    /// The text that made it.
    pub(crate) definition: String,
    /// Its AUTOINCREMENT counter.
    pub(crate) counter: Option<i64>,
    /// Whether rows of it go.
    pub(crate) rows: bool,
    /// The columns whose values go.
    pub(crate) columns: Vec<String>,
}

/// What has become of a table.
#[derive(Debug, Clone)]
pub(crate) enum Fate {
    /// It was dropped.
    Dropped,
    /// It is there, perhaps with other columns or under another name.
    Stays(Shape),
}

/// Where rows are read and written.
pub(crate) struct Keeping<'c> {
    /// The migration.
    pub(crate) id: &'c MigrationId,
    /// The database as it is committed.
    pub(crate) before: &'c Connection,
    /// The database as the migration left it.
    pub(crate) now: &'c Connection,
    /// Where what is gone is written.
    pub(crate) into: &'c Connection,
}

impl Keeping<'_> {
    /// Sets aside what is gone of `lost`. Gives the sets that have something, which are still to be recorded.
    ///
    /// # Errors
    /// Which rows are gone cannot be told; SQLite's.
    pub(crate) fn keep(&self, lost: &Lost, fate: &Fate) -> Result<Vec<KeptSet>, KeptError> {
        let mut sets = Vec::new();
        match fate {
            Fate::Dropped if lost.rows => sets.extend(self.keep_table(lost)?),
            Fate::Dropped => sets.extend(self.keep_values(lost, None)?),
            Fate::Stays(now) => {
                if lost.rows {
                    sets.extend(self.keep_rows(lost, now)?);
                }
                if !lost.columns.is_empty() {
                    sets.extend(self.keep_values(lost, Some(now))?);
                }
            }
        }
        Ok(sets)
    }

    /// All rows of a table that is gone.
    fn keep_table(&self, lost: &Lost) -> Result<Option<KeptSet>, KeptError> {
        let table = &lost.table;
        let mut set = Setting::begin(self, table, &table.columns, &table.columns)?;
        set.each(|_, _| Ok(Some(None)))?;
        Ok(set.finish(lost, KeptKind::Table, None, Vec::new())?)
    }

    /// The rows whose key is not there any more, or is that of another row.
    fn keep_rows(&self, lost: &Lost, now: &Shape) -> Result<Option<KeptSet>, KeptError> {
        let table = &lost.table;
        let found = self.finding(lost, now)?;
        let mut look = self.now.prepare(&found.select)?;
        let mut set = Setting::begin(self, table, &table.columns, &table.columns)?;
        let has_a_key = matches!(table.key, Key::Columns(_));
        let renumbered =
            || KeptError::Renumbered { id: self.id.clone(), table: table.name.clone() };
        set.each(|key, row| {
            let same = key.look_up(&mut look, |there| {
                let mut pairs = found.compared.iter().enumerate();
                pairs.try_fold(true, |same, (now, before)| {
                    Ok(same && there.get_ref(now)? == row.get_ref(*before)?)
                })
            })?;
            match same {
                None => Ok(Some(None)),
                Some(true) => Ok(None),
                // It was deleted, and another row got its key; or what it is was changed without a word.
                Some(false) if has_a_key => Ok(Some(None)),
                Some(false) => Err(renumbered()),
            }
        })?;
        Ok(set.finish(lost, KeptKind::Rows, Some(&now.name), Vec::new())?)
    }

    /// How a row of `lost` is found in the table as it is `now`, and which columns must be the same then.
    fn finding(&self, lost: &Lost, now: &Shape) -> Result<Finding, KeptError> {
        let table = &lost.table;
        let (terms, compared) = match &table.key {
            Key::Columns(key) => {
                if key.iter().any(|it| now.column(it).is_none()) {
                    return Err(self.key_gone(table));
                }
                // What else is lost of the row is kept, and told, by its columns.
                let is_compared = |it: &String| lost.columns.is_empty() && now.column(it).is_some();
                let both = table.columns.iter().enumerate().filter(|(_, it)| is_compared(it));
                (table.key_terms(), both.map(|(place, _)| place).collect())
            }
            Key::Rowid => {
                let Some(rowid) = now.rowid else { return Err(self.key_gone(table)) };
                let stays = |it: &String| now.column(it).is_some() && !lost.columns.contains(it);
                let columns = table.columns.iter().enumerate();
                let both: Vec<usize> =
                    columns.filter(|(_, it)| stays(it)).map(|(place, _)| place).collect();
                if both.is_empty() {
                    return Err(self.key_gone(table));
                }
                (vec![rowid.to_owned()], both)
            }
        };
        let columns: Vec<String> = match compared.is_empty() {
            true => vec!["1".to_owned()],
            false => compared.iter().map(|it: &usize| quote(&table.columns[*it])).collect(),
        };
        let (columns, place) = (columns.join(", "), equals(&terms, 1));
        // The rowid is read before the columns; a key is among them.
        let first = usize::from(table.key == Key::Rowid);
        let compared = compared.into_iter().map(|it| it + first).collect();
        Ok(Finding {
            select: format!("SELECT {columns} FROM {} WHERE {place}", now.sql()),
            compared,
        })
    }

    /// The values of columns that are gone or not as they were, of all rows that are not kept as a whole.
    fn keep_values(&self, lost: &Lost, now: Option<&Shape>) -> Result<Option<KeptSet>, KeptError> {
        let Some(table) = lost.table.apart_from(&lost.columns) else {
            return Err(self.key_gone(&lost.table));
        };
        let hashed: Vec<String> =
            table.columns.iter().filter(|it| !lost.columns.contains(it)).cloned().collect();
        let mut set = Setting::begin(self, &table, &lost.columns, &hashed)?;
        let Some(now) = now else {
            set.each(|_, _| Ok(Some(None)))?;
            return Ok(set.finish(lost, KeptKind::Values, None, Vec::new())?);
        };
        let stay: Vec<usize> = (0..lost.columns.len())
            .filter(|place| now.column(&lost.columns[*place]).is_some())
            .collect();
        let left: Vec<String> = stay.iter().map(|place| lost.columns[*place].clone()).collect();
        let all_stay = left.len() == lost.columns.len();
        if left.is_empty() && !lost.rows {
            set.each(|_, _| Ok(Some(None)))?;
            return Ok(set.finish(lost, KeptKind::Values, Some(&now.name), left)?);
        }
        let terms = match &table.key {
            Key::Columns(key) if key.iter().all(|it| now.column(it).is_some()) => table.key_terms(),
            Key::Rowid if now.rowid.is_some() => now.rowid.map(str::to_owned).into_iter().collect(),
            _ => return Err(self.key_gone(&table)),
        };
        let columns = match left.is_empty() {
            true => "1".to_owned(),
            false => left.iter().map(|it| quote(it)).collect::<Vec<_>>().join(", "),
        };
        let select = format!("SELECT {columns} FROM {} WHERE {}", now.sql(), equals(&terms, 1));
        let mut look = self.now.prepare(&select)?;
        let first = set.layout.values.start;
        let mut hash = RowHash::default();
        set.each(|key, row| {
            let found = key.look_up(&mut look, |found| {
                let mut is_same = all_stay;
                for (place, column) in stay.iter().enumerate() {
                    let (before, now) = (row.get_ref(first + column)?, found.get_ref(place)?);
                    is_same &= before == now;
                    hash.add(now);
                }
                Ok((is_same, hash.finish()))
            })?;
            Ok(match found {
                Some((true, _)) => None,
                Some((false, _)) if stay.is_empty() => Some(None),
                Some((false, left)) => Some(Some(left)),
                // It is kept as a whole.
                None if lost.rows => None,
                None => Some(None),
            })
        })?;
        Ok(set.finish(lost, KeptKind::Values, Some(&now.name), left)?)
    }

    fn key_gone(&self, table: &Shape) -> KeptError {
        KeptError::KeyGone { id: self.id.clone(), table: table.name.clone() }
    }
}

/// How a row is found in the table as it is now.
struct Finding {
    select: String,
    /// Where the values are, in a row of what is committed, that must be the same.
    compared: Vec<usize>,
}

/// A set that is being written.
struct Setting<'k, 'c> {
    keeping: &'k Keeping<'c>,
    number: i64,
    layout: Layout,
    select: String,
    key: Vec<String>,
    columns: Vec<String>,
    hashed: Vec<String>,
    writer: Writer<'k>,
}

impl<'k, 'c> Setting<'k, 'c> {
    fn begin(
        keeping: &'k Keeping<'c>,
        table: &Shape,
        columns: &[String],
        hashed: &[String],
    ) -> Result<Self, KeptError> {
        let key = table.key_columns().to_vec();
        let layout = Layout::of(&key, columns);
        let mut read = terms(table, columns);
        // Of rows, all columns are values, and hashed.
        if hashed != columns {
            read.extend(hashed.iter().map(|it| quote(it)));
        }
        // In the order in which the rows lie, without a collation that is needed for another.
        let select = format!("SELECT {} FROM {} NOT INDEXED", read.join(", "), table.sql());
        let number = set::next_number(keeping.into)?;
        let writer = Writer::make(keeping.into, number, &layout)?;
        Ok(Self {
            keeping,
            number,
            layout,
            select,
            key,
            columns: columns.to_vec(),
            hashed: hashed.to_vec(),
            writer,
        })
    }

    /// Asks of each row that is committed, by its key, whether it is kept: `Some`, with the hash of what is left of its
    /// columns, if there is something.
    fn each(
        &mut self,
        mut is_kept: impl FnMut(&RowKey<'_>, &Row<'_>) -> Result<Option<Option<Hash>>, KeptError>,
    ) -> Result<(), KeptError> {
        let Self { keeping, layout, select, columns, hashed, writer, .. } = self;
        let mut statement = keeping.before.prepare(select)?;
        let mut rows = statement.query([])?;
        let (width, values) = (layout.values.end, layout.values.clone());
        let hashed = match hashed == columns {
            true => values,
            false => width..width + hashed.len(),
        };
        let mut hash = RowHash::default();
        while let Some(row) = rows.next()? {
            let key = RowKey { row, places: &layout.key };
            let Some(left) = is_kept(&key, row)? else { continue };
            for place in hashed.clone() {
                hash.add(row.get_ref(place)?);
            }
            // Each of them was asked for.
            let values = (0..width).filter_map(|place| row.get_ref(place).ok());
            writer.write(values, Some(hash.finish()), left)?;
        }
        Ok(())
    }

    /// The set, unless nothing was kept.
    fn finish(
        self,
        lost: &Lost,
        what: KeptKind,
        left_table: Option<&str>,
        left_columns: Vec<String>,
    ) -> rusqlite::Result<Option<KeptSet>> {
        let (rows, bytes) = self.writer.written();
        drop(self.writer);
        let into = self.keeping.into;
        if rows == 0 {
            let table = set::table_of_values(self.number);
            return into.execute_batch(&format!("DROP TABLE main.{table}")).map(|()| None);
        }
        let set = KeptSet {
            number: self.number,
            id: self.keeping.id.clone(),
            kept_at: jiff::Timestamp::now(),
            what,
            table: lost.table.name.clone(),
            columns: self.columns,
            key: self.key,
            hashed: self.hashed,
            left_table: left_table.map(str::to_owned),
            left_columns,
            definition: lost.definition.clone(),
            counter: lost.counter.filter(|_| what == KeptKind::Table),
            rows,
            bytes,
            file: None,
            mark: super::keep_file::mark(),
            left_over: false,
        };
        // At once: the next set has the next number.
        set.insert(into)?;
        Ok(Some(set))
    }
}
