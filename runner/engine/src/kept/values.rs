//! The tables that kept values are in, one for each set: a row for each row, in the order in which they were read.

use migration_api::schema::quote;
use rusqlite::types::{ToSqlOutput, ValueRef};
use rusqlite::{Connection, Row, Statement, ToSql};

use super::row_hash::Hash;
use super::set::{KeptSet, table_of_values};
use super::shape::{Key, Shape};

/// The number of a row in its set.
const NUMBER: &str = "_runner_number";
/// The rowid of a row that has no other key.
const ROWID: &str = "_runner_rowid";
/// The hash of the columns that were not lost.
const HASH: &str = "_runner_hash";
/// The hash of the columns that are still there, as the migration left them.
const LEFT: &str = "_runner_left";

/// Which values a set has of each row, in their order: the key, as far as it is not among the values; the values; the
/// hashes.
#[derive(Debug, Clone)]
pub(super) struct Layout {
    /// The names of all columns.
    names: Vec<String>,
    /// Where the key is among them.
    pub(super) key: Vec<usize>,
    /// Where the values are.
    pub(super) values: std::ops::Range<usize>,
}

impl Layout {
    /// Of a set with these `columns`, of rows with this `key`; empty: it is the rowid.
    pub(super) fn of(key: &[String], columns: &[String]) -> Self {
        let mut names = Vec::new();
        let mut places = Vec::new();
        let apart: Vec<&str> = match key {
            [] => vec![ROWID],
            key if key.iter().all(|it| columns.contains(it)) => Vec::new(),
            key => key.iter().map(String::as_str).collect(),
        };
        for name in &apart {
            places.push(names.len());
            names.push((*name).to_owned());
        }
        let first = names.len();
        names.extend(columns.iter().cloned());
        if apart.is_empty() {
            let place = |it: &String| names.iter().position(|name| name == it);
            places = key.iter().filter_map(place).collect();
        }
        let values = first..names.len();
        names.extend([HASH, LEFT].map(str::to_owned));
        Self { names, key: places, values }
    }

    /// Where the hash of the columns that were not lost is.
    pub(super) fn hash(&self) -> usize {
        self.values.end
    }

    /// Where the hash of the columns as the migration left them is.
    pub(super) fn left(&self) -> usize {
        self.values.end + 1
    }

    fn list(&self) -> String {
        self.names.iter().map(|name| quote(name)).collect::<Vec<_>>().join(", ")
    }

    pub(super) fn create(&self, table: &str) -> String {
        // Without types: a value is kept as it is.
        format!("CREATE TABLE main.{table} ({NUMBER} INTEGER PRIMARY KEY, {})", self.list())
    }

    pub(super) fn insert(&self, table: &str) -> String {
        let places: Vec<_> = (1..=self.names.len()).map(|place| format!("?{place}")).collect();
        let list = self.list();
        format!("INSERT INTO main.{table} ({list}) VALUES ({})", places.join(", "))
    }

    /// Where the number of the row is, where a set is read.
    pub(super) fn number(&self) -> usize {
        self.values.end + 2
    }

    /// Reads the set.
    pub(super) fn select(&self, set: &KeptSet) -> String {
        let (list, table) = (self.list(), set.table_of_values());
        format!("SELECT {list}, {NUMBER} FROM main.{table} ORDER BY {NUMBER}")
    }

    /// The same, the last row first.
    pub(super) fn select_reversed(&self, set: &KeptSet) -> String {
        format!("{} DESC", self.select(set))
    }
}

/// Writes the rows of a set.
pub(super) struct Writer<'c> {
    insert: Statement<'c>,
    rows: u64,
    bytes: u64,
}

impl<'c> Writer<'c> {
    /// Into the table of the set with this `number`, which it makes.
    ///
    /// # Errors
    /// SQLite's.
    pub(super) fn make(
        connection: &'c Connection,
        number: i64,
        layout: &Layout,
    ) -> rusqlite::Result<Self> {
        let table = table_of_values(number);
        connection.execute_batch(&layout.create(&table))?;
        Ok(Self { insert: connection.prepare(&layout.insert(&table))?, rows: 0, bytes: 0 })
    }

    /// Writes a row: its key, as far as it is not among its values, its values, and the hashes.
    ///
    /// # Errors
    /// SQLite's.
    pub(super) fn write<'v>(
        &mut self,
        values: impl Iterator<Item = ValueRef<'v>>,
        hash: Option<Hash>,
        left: Option<Hash>,
    ) -> rusqlite::Result<()> {
        let mut place = 0;
        for value in values {
            place += 1;
            self.bytes += size(value);
            self.insert.raw_bind_parameter(place, Borrowed(value))?;
        }
        for hash in [hash, left] {
            place += 1;
            self.insert.raw_bind_parameter(place, hash)?;
        }
        self.insert.raw_execute()?;
        self.rows += 1;
        Ok(())
    }

    /// How many rows were written, and how many bytes of values.
    pub(super) fn written(&self) -> (u64, u64) {
        (self.rows, self.bytes)
    }
}

/// A value that is bound as it is, be it no UTF-8.
pub(super) struct Borrowed<'v>(pub(super) ValueRef<'v>);

impl ToSql for Borrowed<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(self.0))
    }
}

/// How many bytes a value takes, about.
pub(super) fn size(value: ValueRef<'_>) -> u64 {
    match value {
        ValueRef::Null => 0,
        ValueRef::Integer(_) | ValueRef::Real(_) => 8,
        ValueRef::Text(bytes) | ValueRef::Blob(bytes) => bytes.len() as u64,
    }
}

/// The terms by which `shape` reads what a set of `key` and `columns` has of a row, as [`Layout`] has it: the key, as
/// far as it is not among the values, and the values.
pub(super) fn terms(shape: &Shape, columns: &[String]) -> Vec<String> {
    let apart = match &shape.key {
        Key::Columns(key) if key.iter().all(|it| columns.contains(it)) => Vec::new(),
        _ => shape.key_terms(),
    };
    apart.into_iter().chain(columns.iter().map(|it| quote(it))).collect()
}

/// The key of a row that is read.
pub(super) struct RowKey<'r> {
    pub(super) row: &'r Row<'r>,
    /// Where it is in the row.
    pub(super) places: &'r [usize],
}

impl RowKey<'_> {
    /// Binds it to the parameters of `statement` from `first` on.
    ///
    /// # Errors
    /// SQLite's.
    pub(super) fn bind(&self, statement: &mut Statement<'_>, first: usize) -> rusqlite::Result<()> {
        for (place, parameter) in self.places.iter().zip(first..) {
            statement.raw_bind_parameter(parameter, Borrowed(self.row.get_ref(*place)?))?;
        }
        Ok(())
    }

    /// The row of `statement` that has this key, if there is one.
    ///
    /// # Errors
    /// SQLite's, and those of `read`.
    pub(super) fn look_up<T>(
        &self,
        statement: &mut Statement<'_>,
        read: impl FnOnce(&Row<'_>) -> rusqlite::Result<T>,
    ) -> rusqlite::Result<Option<T>> {
        self.bind(statement, 1)?;
        let mut rows = statement.raw_query();
        match rows.next()? {
            Some(row) => read(row).map(Some),
            None => Ok(None),
        }
    }

    /// In words, for a person.
    pub(super) fn in_words(&self) -> String {
        const LONGEST: usize = 40;
        let word = |value: ValueRef<'_>| match value {
            ValueRef::Null => "NULL".to_owned(),
            ValueRef::Integer(number) => number.to_string(),
            ValueRef::Real(number) => format!("{number:?}"),
            ValueRef::Text(bytes) => {
                let text = String::from_utf8_lossy(bytes);
                match text.chars().count() > LONGEST {
                    true => format!("'{}...'", text.chars().take(LONGEST).collect::<String>()),
                    false => format!("'{text}'"),
                }
            }
            ValueRef::Blob(bytes) => format!("{} bytes", bytes.len()),
        };
        let values = self.places.iter().filter_map(|place| self.row.get_ref(*place).ok());
        values.map(word).collect::<Vec<_>>().join(", ")
    }
}
