//! Passes over real tables.

mod batches;
mod cores;
mod failures;
mod keys;
mod random;
mod refusals;
mod typed;
mod writing;

use std::cell::RefCell;

use rusqlite::types::Value;
use rusqlite::{Connection, ToSql};

use super::batch::{Batch, Budget, Stopped};
use super::function::Work;
use super::pass::Pass;
use super::table::Span;
use super::{NewRow, Row};
use crate::Migrator;
use crate::host::Silent;
use crate::rows::builder::Spec;

pub(super) fn database(sql: &str) -> Connection {
    let connection = Connection::open_in_memory().unwrap();
    connection.execute_batch(sql).unwrap();
    connection
}

/// All rows of a query, as values.
pub(super) fn rows(connection: &Connection, sql: &str) -> Vec<Vec<Value>> {
    let mut statement = connection.prepare(sql).unwrap();
    let width = statement.column_count();
    let rows = statement.query_map([], |row| (0..width).map(|at| row.get(at)).collect()).unwrap();
    rows.collect::<Result<_, _>>().unwrap()
}

/// What a query of one column gives, as text.
pub(super) fn column(connection: &Connection, sql: &str) -> Vec<String> {
    let mut statement = connection.prepare(sql).unwrap();
    let rows = statement.query_map([], |row| row.get::<_, Option<String>>(0)).unwrap();
    rows.map(|text| text.unwrap().unwrap_or_else(|| "NULL".into())).collect()
}

/// What is asked of a pass that writes `new` and reads `read`.
pub(super) fn spec(connection: &Connection, table: &str, read: &[&str], new: &[&str]) -> Spec {
    let rows = Migrator::new(connection).rows(table).read(read.iter().copied());
    Spec { new: new.iter().map(|name| (*name).to_owned()).collect(), ..rows.into_spec() }
}

/// A function that writes one value.
pub(super) fn writes<'f, T: ToSql>(
    mut function: impl FnMut(&Row<'_>) -> T + 'f,
) -> impl FnMut(&Row<'_>, &mut NewRow<'_>) -> crate::Result<bool> + 'f {
    move |row, new| new.push(&function(row)).map(|()| true)
}

/// Goes over the table in batches of `rows` with a new pass for each, as a process that is killed after each would,
/// and gives the keys in the order in which the function had them.
pub(super) fn visited(connection: &Connection, spec: &Spec, rows: u64) -> Vec<String> {
    let keys = RefCell::new(Vec::new());
    let mut cursor = Vec::new();
    loop {
        let mut function = writes(|row: &Row<'_>| {
            keys.borrow_mut().push(row.key());
            "written"
        });
        let batch = batch(connection, spec, Work::Here(&mut function), &cursor, rows).unwrap();
        cursor = batch.cursor;
        if batch.ended {
            drop(function);
            return keys.into_inner();
        }
    }
}

pub(super) fn batch(
    connection: &Connection,
    spec: &Spec,
    work: Work<'_>,
    cursor: &[u8],
    rows: u64,
) -> Result<Batch, Stopped> {
    let pass = Pass::prepare(connection, &Silent, spec, Span::Transactions, work);
    pass.map_err(Stopped::Refused)?.batch(cursor, Budget { rows, until: None })
}
