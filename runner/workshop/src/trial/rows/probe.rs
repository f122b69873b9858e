//! Asks SQLite which values a column takes by itself: a temporary table has this column alone, with the
//! constraints that are about nothing else.

use migration_api::schema::{Column, Table, quote};
use rusqlite::Connection;
use rusqlite::types::Value;

/// Those of `values` that `column` takes. Where that cannot be asked, all of them.
pub(super) fn taken(
    connection: &Connection,
    table: &Table,
    column: &Column,
    values: Vec<Value>,
) -> Vec<Value> {
    ask(connection, table, column, values, "1")
}

/// Those that it takes and keeps as they are, in spite of its affinity.
pub(super) fn kept(
    connection: &Connection,
    table: &Table,
    column: &Column,
    values: Vec<Value>,
) -> Vec<Value> {
    let is_same = format!("typeof({0}) = typeof(?1)", quote(&column.name));
    ask(connection, table, column, values, &is_same)
}

fn ask(
    connection: &Connection,
    table: &Table,
    column: &Column,
    mut values: Vec<Value>,
    condition: &str,
) -> Vec<Value> {
    // The name of the table itself: a CHECK may call its columns by it.
    let probe = format!("temp.{}", quote(&table.name));
    if connection.execute_batch(&definition(&probe, table, column)).is_err() {
        return values;
    }
    let insert = format!("INSERT INTO {probe} VALUES (?1)");
    let look = format!("SELECT count(*) FROM {probe} WHERE ?1 IS ?1 AND {condition}");
    let forget = format!("DELETE FROM {probe}");
    values.retain(|value| {
        let is_taken = connection.execute(&insert, [value]).is_ok()
            && connection.query_row(&look, [value], |row| row.get::<_, i64>(0)) == Ok(1);
        is_taken && connection.execute_batch(&forget).is_ok()
    });
    // It would hide the table that is to be filled; without rows there is nothing that could refuse.
    let _ = connection.execute_batch(&format!("DROP TABLE {probe}"));
    values
}

fn definition(probe: &str, table: &Table, column: &Column) -> String {
    let is_key =
        |name: &str| table.primary_key().iter().any(|key| key.name.eq_ignore_ascii_case(name));
    let mut text = format!("{} {}", quote(&column.name), column.declared_type);
    if let Some(collation) = column.collate() {
        text += &format!(" COLLATE {}", quote(collation));
    }
    if column.is_not_null() || (table.without_rowid && is_key(&column.name)) {
        text += " NOT NULL";
    }
    for check in table.checks() {
        let others = table.columns.iter().filter(|other| other.name != column.name);
        if others.into_iter().all(|other| !check.mentions(&other.name)) {
            text += &format!(" CHECK ({check}\n)");
        }
    }
    let strict = if table.strict { " STRICT" } else { "" };
    format!("CREATE TEMP TABLE {} ({text}){strict}", probe.trim_start_matches("temp."))
}
