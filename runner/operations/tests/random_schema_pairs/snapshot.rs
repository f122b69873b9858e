//! What a database holds.

use std::collections::BTreeMap;

use migration_api::schema::Schema;
use rusqlite::Connection;
use rusqlite::types::ValueRef;

/// A name in double quotes.
pub(crate) fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// A value and its type, to the bit.
pub(crate) fn exact(value: ValueRef<'_>) -> String {
    match value {
        ValueRef::Null => "NULL".to_owned(),
        ValueRef::Integer(number) => number.to_string(),
        ValueRef::Real(number) => format!("real {:016x} {number:?}", number.to_bits()),
        ValueRef::Text(bytes) => format!("text {:?}", String::from_utf8_lossy(bytes)),
        ValueRef::Blob(bytes) => format!("blob {bytes:?}"),
    }
}

/// The rows of a query, sorted.
pub(crate) fn rows(connection: &Connection, sql: &str) -> Vec<Vec<String>> {
    let mut statement = connection.prepare(sql).unwrap_or_else(|error| panic!("{sql}: {error}"));
    let width = statement.column_count();
    let read = |row: &rusqlite::Row<'_>| (0..width).map(|at| Ok(exact(row.get_ref(at)?))).collect();
    let mut rows: Vec<Vec<String>> = statement
        .query_map([], read)
        .unwrap()
        .map(|row: rusqlite::Result<_>| row.unwrap())
        .collect();
    rows.sort();
    rows
}

/// Everything: the texts of the schema, and each row with its rowid.
pub(crate) fn everything(
    connection: &Connection,
    schema: &Schema,
) -> BTreeMap<String, Vec<Vec<String>>> {
    let mut all = BTreeMap::new();
    all.insert("schema".to_owned(), rows(connection, "SELECT type, name, sql FROM sqlite_schema"));
    for table in schema.tables.iter().filter(|table| !table.shadow) {
        let rowid = table.rowid_name().map_or(String::new(), |rowid| format!(", {rowid}"));
        let sql = format!("SELECT *{rowid} FROM {}", quoted(&table.name));
        all.insert(format!("table {}", table.name), rows(connection, &sql));
    }
    all
}
