//! A row of `sqlite_schema`, and what its text says (<https://sqlite.org/schematab.html>).

use std::sync::Arc;

use rusqlite::Row;

use super::index::Index;
use super::parse_added_column::with_added_column;
use super::read::{Trigger, View, is_reserved};
use super::table::Table;
use super::virtual_table::VirtualTable;
use super::{SchemaError, SyntaxError};

/// A row of `sqlite_schema`, and what its text says.
#[derive(Debug)]
pub(super) struct Entry {
    pub(super) rowid: i64,
    kind: String,
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
    /// The columns that [`Entry::read`] reads, in its order.
    pub(super) const COLUMNS: &str = "rowid, type, name, tbl_name, sql";

    pub(super) fn rowid_of(row: &Row<'_>) -> rusqlite::Result<i64> {
        row.get(0)
    }

    /// Whether `row` still says what it said when this was read.
    pub(super) fn is_as_in(&self, row: &Row<'_>) -> rusqlite::Result<bool> {
        let says = |column, text: Option<&str>| -> rusqlite::Result<bool> {
            Ok(row.get_ref(column)?.as_str_or_null().is_ok_and(|now| now == text))
        };
        Ok(says(1, Some(&self.kind))?
            && says(2, Some(&self.name))?
            && says(3, Some(&self.table))?
            && match &self.part {
                Part::Reserved => self.kind == "table" && is_reserved(&self.name),
                part => says(4, part.text())?,
            })
    }

    /// Reads `row`. `old`, which stood at its place before, is not parsed again where its text is the same.
    pub(super) fn read(row: &Row<'_>, old: Option<Self>) -> Result<Self, SchemaError> {
        let (kind, name): (String, String) = (row.get(1)?, row.get(2)?);
        let (table, sql): (String, Option<String>) = (row.get(3)?, row.get(4)?);
        let part = Part::read(&kind, &name, &table, sql, old.map(|old| old.part))
            .map_err(|source| SchemaError::Text { name: name.clone(), source })?;
        let key = table.to_ascii_lowercase();
        Ok(Self { rowid: Self::rowid_of(row)?, kind, name, table, key, part })
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

    fn text(&self) -> Option<&str> {
        match self {
            Self::Table(table) => Some(&table.sql),
            Self::VirtualTable(table) => Some(&table.sql),
            Self::Index(index) => index.sql.as_deref(),
            Self::View(view) => Some(&view.sql),
            Self::Trigger(trigger) => Some(&trigger.sql),
            Self::AutomaticIndex | Self::Reserved => None,
        }
    }

    fn read(
        kind: &str,
        name: &str,
        table: &str,
        sql: Option<String>,
        old: Option<Self>,
    ) -> Result<Self, SyntaxError> {
        let (name, table) = (name.to_owned(), table.to_owned());
        Ok(match (kind, sql) {
            ("table", Some(_)) if is_reserved(&name) => Self::Reserved,
            ("table", Some(sql)) => match old {
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
            ("index", Some(sql)) => Self::Index(Index::parse(&sql)?),
            ("index", None) => Self::AutomaticIndex,
            ("view", Some(sql)) => Self::View(Arc::new(View { name, sql })),
            ("trigger", Some(sql)) => Self::Trigger(Arc::new(Trigger { name, table, sql })),
            _ => Self::Reserved,
        })
    }
}
