//! In what two databases differ: as schemas to the byte, as rows to the bit.

use std::collections::BTreeMap;
use std::fmt;

use rusqlite::Connection;
use serde::Serialize;

use super::counters;
use super::rows::Rowid;
use super::script::file_value;
use crate::trial::compare::{Difference, compare};
use crate::trial::table::Table;
use runner_engine::schema_objects::Objects;

/// A row that is another, or in one of two databases alone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RowDifference {
    /// What the row is called: the table and its key.
    pub row: String,
    /// The columns in which it differs; none: it is in one of the two alone.
    pub columns: Vec<String>,
}

impl fmt::Display for RowDifference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.columns.as_slice() {
            [] => write!(f, "{} is there in one of the two alone", self.row),
            columns => {
                let columns: Vec<_> = columns.iter().map(|name| format!("`{name}`")).collect();
                write!(f, "{} in {}", self.row, columns.join(", "))
            }
        }
    }
}

/// The first of `rows`, and how many more there are.
#[must_use]
pub fn listed(rows: &[RowDifference]) -> String {
    const ENOUGH: usize = 5;
    let named: Vec<_> = rows.iter().take(ENOUGH).map(ToString::to_string).collect();
    match rows.len().saturating_sub(ENOUGH) {
        0 => named.join("; "),
        more => format!("{}; and {more} more", named.join("; ")),
    }
}

/// The rows in which two databases with one schema differ.
///
/// # Errors
/// SQLite's.
pub(super) fn rows(one: &Connection, other: &Connection) -> rusqlite::Result<Vec<RowDifference>> {
    let mut found = Vec::new();
    for mut table in Table::all(one)? {
        // A module may have no rows to read, as an index of rows that it does not keep.
        if one.prepare(&table.select(&table.columns)).is_err() {
            continue;
        }
        // What finds a row again is part of it.
        if let Rowid::Named(rowid) = Rowid::of(one, &table)? {
            match table.key.is_empty() {
                true => table.key.push(rowid.to_owned()),
                false => table.columns.push(rowid.to_owned()),
            }
        }
        let mut different = BTreeMap::<String, Vec<String>>::new();
        compare(&table, one, other, &mut |difference| {
            match difference {
                Difference::Gone { key } | Difference::New { key } => {
                    different.entry(table.title(&key)).or_default();
                }
                Difference::Changed { key, column, .. } => {
                    different.entry(table.title(&key)).or_default().push(column);
                }
            }
            Ok(())
        })?;
        found.extend(different.into_iter().map(|(row, columns)| RowDifference { row, columns }));
    }
    Ok(found)
}

/// The first thing beside rows in which two databases differ: an object, a counter, a value of the file.
///
/// # Errors
/// SQLite's.
pub(super) fn beside_rows(
    one: &Connection,
    other: &Connection,
) -> rusqlite::Result<Option<String>> {
    let (objects, others) = (Objects::read(one)?, Objects::read(other)?);
    if !objects.are(&others) {
        let named = |found: &Objects, before: &Objects| {
            let object = found.changed_since(before).next()?;
            Some(format!("the {} `{}`", object.kind(), object.name()))
        };
        let first = named(&others, &objects).or_else(|| named(&objects, &others));
        return Ok(Some(first.unwrap_or_else(|| "the schema".to_owned())));
    }
    for pragma in super::script::FILE_VALUES {
        if file_value(one, pragma)? != file_value(other, pragma)? {
            return Ok(Some(format!("`PRAGMA {pragma}`")));
        }
    }
    Ok(counters::first_difference(one, other)?.map(|table| format!("the table `{table}`")))
}
