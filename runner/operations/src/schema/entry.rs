//! A row of `sqlite_schema`, and what its text says (<https://sqlite.org/schematab.html>).

use std::sync::Arc;

use super::index::Index;
use super::parse_added_column::with_added_column;
use super::read::{Trigger, View, is_reserved};
use super::schema_rows::SchemaRow;
use super::table::Table;
use super::virtual_table::VirtualTable;
use super::{SchemaError, SyntaxError};

/// A row of `sqlite_schema`, and what its text says.
#[derive(Debug)]
pub(super) struct Entry {
    pub(super) row: Arc<SchemaRow>,
    pub(super) name: String,
    /// What it belongs to: for an index or a trigger, what it is on.
    pub(super) table: String,
    /// The same in lower case.
    pub(super) key: String,
    pub(super) part: Part,
}

/// What the text of a row says.
#[derive(Debug)]
pub(super) enum Part {
    Table(Arc<Table>),
    VirtualTable(Arc<VirtualTable>),
    Index(Index),
    /// An index that PRIMARY KEY or UNIQUE made, which has no text.
    AutomaticIndex,
    View(Arc<View>),
    Trigger(Arc<Trigger>),
    /// What is SQLite's own, or is nothing that SQLite makes.
    Reserved,
}

impl Entry {
    /// Whether `row` says what the row says that this was read from; on which page what it is about begins,
    /// is not looked at.
    pub(super) fn says_the_same_as(&self, row: &Arc<SchemaRow>) -> bool {
        Arc::ptr_eq(&self.row, row) || self.row.text() == row.text()
    }

    /// Reads `row`. `old`, which stood at its place before, is not parsed again where its text is the same.
    pub(super) fn read(row: &Arc<SchemaRow>, old: Option<Self>) -> Result<Self, SchemaError> {
        let (name, table) = (utf8(row.name())?, utf8(row.table())?);
        let sql = Some(row.sql()).filter(|sql| !sql.is_empty()).map(utf8).transpose()?;
        let part = Part::read(row.kind(), &name, &table, sql, old.map(|old| old.part))
            .map_err(|source| SchemaError::Text { name: name.clone(), source })?;
        let key = table.to_ascii_lowercase();
        Ok(Self { row: Arc::clone(row), name, table, key, part })
    }
}

fn utf8(text: &[u8]) -> rusqlite::Result<String> {
    match str::from_utf8(text) {
        Ok(text) => Ok(text.to_owned()),
        Err(error) => Err(rusqlite::Error::Utf8Error(0, error)),
    }
}

impl Part {
    pub(super) fn as_table(&self) -> Option<&Arc<Table>> {
        match self {
            Self::Table(table) => Some(table),
            _ => None,
        }
    }

    pub(super) fn as_table_mut(&mut self) -> Option<&mut Arc<Table>> {
        match self {
            Self::Table(table) => Some(table),
            _ => None,
        }
    }

    fn read(
        kind: &[u8],
        name: &str,
        table: &str,
        sql: Option<String>,
        old: Option<Self>,
    ) -> Result<Self, SyntaxError> {
        let (name, table) = (name.to_owned(), table.to_owned());
        Ok(match (kind, sql) {
            (b"table", Some(_)) if is_reserved(&name) => Self::Reserved,
            (b"table", Some(sql)) => match old {
                Some(Self::Table(old)) if old.sql == sql => Self::Table(old),
                old => match old.as_ref().and_then(Self::as_table) {
                    Some(old) if let Some(grown) = with_added_column(old, &sql) => {
                        Self::Table(Arc::new(grown))
                    }
                    _ => match VirtualTable::parse(&sql)? {
                        Some(read) => Self::VirtualTable(Arc::new(read)),
                        None => Self::Table(Arc::new(Table::parse(&sql)?)),
                    },
                },
            },
            (b"index", Some(sql)) => Self::Index(Index::parse(&sql)?),
            (b"index", None) => Self::AutomaticIndex,
            (b"view", Some(sql)) => Self::View(Arc::new(View { name, sql })),
            (b"trigger", Some(sql)) => Self::Trigger(Arc::new(Trigger { name, table, sql })),
            _ => Self::Reserved,
        })
    }
}
