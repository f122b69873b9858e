//! Compares indexes with their tables in one pass over each, where SQLite's `integrity_check` makes a
//! search for each row. What seems wrong here, SQLite is asked about.
//!
//! An index is right if it holds just the entries that its table's rows make, in order. So the hashes of
//! the entries are summed up on both sides, and each entry must be greater than the one before it.

mod order;
#[cfg(test)]
mod tests;

use std::cmp::Ordering;
use std::hash::{BuildHasher as _, Hash as _, Hasher};

use foldhash::quality::FixedState;
use migration_api::schema::quote;
use rusqlite::Connection;
use rusqlite::types::ValueRef;

use self::order::{Collation, Last};
use super::stored_tables::{Table, tables};
use crate::application::lacks;
use crate::unverified::Unverified;

/// What a comparison of all indexes found.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Compared {
    /// The first index that does not seem to hold what its table holds.
    pub(super) suspect: Option<Suspect>,
    /// Those that cannot be compared this way.
    pub(super) unverified: Vec<Unverified>,
}

#[derive(Debug, PartialEq, Eq)]
pub(super) struct Suspect {
    pub(super) table: String,
    pub(super) index: String,
}

/// Compares every index with its table.
///
/// # Errors
/// SQLite's.
pub(super) fn compare_indexes(connection: &Connection) -> rusqlite::Result<Compared> {
    let mut compared = Compared::default();
    for table in tables(connection)? {
        let mut indexes = Vec::new();
        for name in names(connection, &table)? {
            match Index::read(connection, &table, name.clone())? {
                Ok(index) => indexes.push(index),
                Err(why) => {
                    let table = table.name.clone();
                    compared.unverified.push(Unverified::Index {
                        name,
                        table,
                        why: why.to_owned(),
                    });
                }
            }
        }
        if let Some(index) = first_suspect(connection, &table, indexes)? {
            compared.suspect = Some(Suspect { table: table.name, index });
            break;
        }
    }
    Ok(compared)
}

fn first_suspect(
    connection: &Connection,
    table: &Table,
    indexes: Vec<Index>,
) -> rusqlite::Result<Option<String>> {
    if indexes.is_empty() {
        return Ok(None);
    }
    let wanted = sums_of_rows(connection, table, &indexes)?;
    for (index, wanted) in indexes.into_iter().zip(wanted) {
        if index.sum(connection, table)? != Some(wanted) {
            return Ok(Some(index.name));
        }
    }
    Ok(None)
}

/// The indexes of a table; the one that is the table itself is none of them.
fn names(connection: &Connection, table: &Table) -> rusqlite::Result<Vec<String>> {
    let mut statement = connection.prepare_cached(
        "SELECT name FROM pragma_index_list(?1, 'main') WHERE origin <> 'pk' OR NOT ?2 ORDER BY name",
    )?;
    let names = statement.query_map((&table.name, table.without_rowid), |row| row.get(0))?;
    names.collect()
}

struct Index {
    name: String,
    columns: Vec<Column>,
    /// Whether text is stored as it is read, so that its order can be seen.
    is_utf8: bool,
}

struct Column {
    /// As it is written in a query.
    name: String,
    descending: bool,
    collation: Collation,
}

/// How many entries there are, and the sum of their hashes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Sum {
    entries: u64,
    hashes: u64,
}

impl Index {
    /// Reads what an index is made of; or why it cannot be compared.
    fn read(
        connection: &Connection,
        table: &Table,
        name: String,
    ) -> rusqlite::Result<Result<Self, &'static str>> {
        let is_partial: bool = connection
            .prepare_cached("SELECT partial FROM pragma_index_list(?1, 'main') WHERE name = ?2")?
            .query_row((&table.name, &name), |row| row.get(0))?;
        if is_partial {
            return Ok(Err("it is partial"));
        }
        let mut statement = connection.prepare_cached(
            "SELECT cid, name, \"desc\", coll FROM pragma_index_xinfo(?1, 'main') ORDER BY seqno",
        )?;
        let mut rows = statement.query([&name])?;
        let mut columns = Vec::new();
        while let Some(row) = rows.next()? {
            const ROWID: i64 = -1;
            const EXPRESSION: i64 = -2;
            let column = match row.get(0)? {
                EXPRESSION => return Ok(Err("it has an expression")),
                ROWID => match table.rowid {
                    Some(rowid) => rowid.to_owned(),
                    None => return Ok(Err("its table hides its rowid")),
                },
                _ => {
                    let name: String = row.get(1)?;
                    if !table.stores(&name) {
                        return Ok(Err("it has a computed column"));
                    }
                    quote(&name)
                }
            };
            let Some(collation) = Collation::called(&row.get::<_, String>(3)?) else {
                return Ok(Err("its collation is the application's"));
            };
            columns.push(Column { name: column, descending: row.get(2)?, collation });
        }
        let encoding: String = connection.pragma_query_value(None, "encoding", |row| row.get(0))?;
        let index = Self { name, columns, is_utf8: encoding == "UTF-8" };
        // One that leads SQLite to the table again would be compared with nothing.
        let plan = format!("EXPLAIN QUERY PLAN {}", index.query(table));
        let plan: rusqlite::Result<String> = connection.query_row(&plan, [], |row| row.get(3));
        Ok(match plan {
            Ok(plan) if plan.contains("COVERING INDEX") => Ok(index),
            Ok(_) => Err("SQLite does not read it alone"),
            Err(error) if lacks(&error) => Err("SQLite cannot read its table"),
            Err(error) => return Err(error),
        })
    }

    /// Reads every entry, in order, from the index and not from the table.
    fn query(&self, table: &Table) -> String {
        let columns: Vec<&str> = self.columns.iter().map(|column| column.name.as_str()).collect();
        let (table, index) = (quote(&table.name), quote(&self.name));
        format!("SELECT {} FROM main.{table} INDEXED BY {index}", columns.join(", "))
    }

    /// Sums up the entries. `None`: they are not in order.
    fn sum(&self, connection: &Connection, table: &Table) -> rusqlite::Result<Option<Sum>> {
        let mut statement = connection.prepare(&self.query(table))?;
        let mut rows = statement.query([])?;
        let mut sum = Sum::default();
        let mut last: Vec<Last> = Vec::new();
        while let Some(row) = rows.next()? {
            let mut hasher = FixedState::default().build_hasher();
            let mut order = Ordering::Equal;
            for (at, column) in self.columns.iter().enumerate() {
                let value = row.get_ref(at)?;
                add(&mut hasher, value);
                match last.get_mut(at) {
                    None => last.push(Last::of(value)),
                    Some(last) => {
                        if order.is_eq() {
                            order = column.order(last.value(), value);
                        }
                        last.put(value);
                    }
                }
            }
            if sum.entries > 0 && order.is_ge() && self.is_utf8 {
                return Ok(None);
            }
            sum.add(hasher.finish());
        }
        Ok(Some(sum))
    }
}

/// What the entries of `indexes` must add up to, by the rows of their table.
fn sums_of_rows(
    connection: &Connection,
    table: &Table,
    indexes: &[Index],
) -> rusqlite::Result<Vec<Sum>> {
    let mut names: Vec<String> = Vec::new();
    let mut places: Vec<Vec<usize>> = Vec::new();
    for index in indexes {
        let place = |column: &Column| {
            names.iter().position(|name| *name == column.name).unwrap_or_else(|| {
                names.push(column.name.clone());
                names.len() - 1
            })
        };
        places.push(index.columns.iter().map(place).collect());
    }
    let mut sums = vec![Sum::default(); indexes.len()];
    let mut statement = connection.prepare(&table.reads(&names))?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        for (sum, places) in sums.iter_mut().zip(&places) {
            let mut hasher = FixedState::default().build_hasher();
            for place in places {
                add(&mut hasher, row.get_ref(*place)?);
            }
            sum.add(hasher.finish());
        }
    }
    Ok(sums)
}

impl Sum {
    fn add(&mut self, hash: u64) {
        self.entries += 1;
        self.hashes = self.hashes.wrapping_add(hash);
    }
}

/// Adds a value to a hash, with its type: an entry holds just what its row holds.
fn add(hasher: &mut impl Hasher, value: ValueRef<'_>) {
    match value {
        ValueRef::Null => 0_u8.hash(hasher),
        ValueRef::Integer(number) => (1_u8, number).hash(hasher),
        ValueRef::Real(number) => (2_u8, number.to_bits()).hash(hasher),
        ValueRef::Text(bytes) => (3_u8, bytes).hash(hasher),
        ValueRef::Blob(bytes) => (4_u8, bytes).hash(hasher),
    }
}
