//! What SQLite keeps in tables of its own: how far AUTOINCREMENT has counted, and what ANALYZE has found.

use std::collections::BTreeMap;

use migration_api::schema::quote;
use rusqlite::Connection;
use rusqlite::types::Value;

use crate::sql_literal::literal;

/// The table of counters (<https://sqlite.org/fileformat2.html#seqtab>).
const COUNTERS: &str = "sqlite_sequence";
/// The tables of statistics (<https://sqlite.org/fileformat2.html#stat1tab>).
const STATISTICS: [&str; 2] = ["sqlite_stat1", "sqlite_stat4"];

/// The statements after which `made` counts and estimates as `wanted` does.
///
/// # Errors
/// SQLite's.
pub(super) fn to_make_equal(made: &Connection, wanted: &Connection) -> rusqlite::Result<String> {
    let mut sql = String::new();
    let (have, want) = (counters(made)?, counters(wanted)?);
    for (name, seq) in &want {
        let (table, seq_text) = (text(made, name)?, literal(made, seq.into())?);
        match have.get(name) {
            Some(found) if found == seq => {}
            Some(_) => {
                sql += &format!("\nUPDATE {COUNTERS} SET seq = {seq_text} WHERE name = {table};\n");
            }
            None => {
                sql += &format!(
                    "\nINSERT INTO {COUNTERS} (name, seq) VALUES ({table}, {seq_text});\n"
                );
            }
        }
    }
    for name in have.keys().filter(|name| !want.contains_key(*name)) {
        sql += &format!("\nDELETE FROM {COUNTERS} WHERE name = {};\n", text(made, name)?);
    }
    sql += &statistics_of(wanted)?;
    Ok(sql)
}

/// The first table of SQLite's own in which the two differ.
///
/// # Errors
/// SQLite's.
pub(super) fn first_difference(
    one: &Connection,
    other: &Connection,
) -> rusqlite::Result<Option<&'static str>> {
    if counters(one)? != counters(other)? {
        return Ok(Some(COUNTERS));
    }
    for table in STATISTICS {
        if statistics(one, table)? != statistics(other, table)? {
            return Ok(Some(table));
        }
    }
    Ok(None)
}

fn text(connection: &Connection, name: &str) -> rusqlite::Result<String> {
    literal(connection, rusqlite::types::ValueRef::Text(name.as_bytes()))
}

fn exists(connection: &Connection, table: &str) -> rusqlite::Result<bool> {
    let sql = "SELECT EXISTS (SELECT 1 FROM main.sqlite_schema WHERE name = ?1)";
    connection.query_row(sql, [table], |row| row.get(0))
}

/// Those of tables that are there, without the runner's own.
fn counters(connection: &Connection) -> rusqlite::Result<BTreeMap<String, Value>> {
    if !exists(connection, COUNTERS)? {
        return Ok(BTreeMap::new());
    }
    let mut statement = connection.prepare(&format!("SELECT name, seq FROM main.{COUNTERS}"))?;
    let all = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
    let all: BTreeMap<String, Value> = all.collect::<rusqlite::Result<_>>()?;
    Ok(all.into_iter().filter(|(name, _)| !runner_engine::record::is_history(name)).collect())
}

/// The statements that write what ANALYZE has found in the migrations.
fn statistics_of(connection: &Connection) -> rusqlite::Result<String> {
    let mut sql = String::new();
    for table in STATISTICS {
        for row in statistics(connection, table)? {
            let values: Vec<String> = row
                .iter()
                .map(|value| literal(connection, value.into()))
                .collect::<rusqlite::Result<_>>()?;
            sql += &format!("INSERT INTO {table} VALUES ({});\n", values.join(", "));
        }
    }
    match sql.is_empty() {
        true => Ok(sql),
        // Of the schema itself nothing is found, but the tables are made.
        false => Ok(format!("\nANALYZE sqlite_schema;\n{sql}")),
    }
}

fn statistics(connection: &Connection, table: &str) -> rusqlite::Result<Vec<Vec<Value>>> {
    if !exists(connection, table)? {
        return Ok(Vec::new());
    }
    let mut statement = connection.prepare(&format!("SELECT * FROM main.{}", quote(table)))?;
    let width = statement.column_count();
    let mut rows = statement.query([])?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        let values: Vec<Value> = (0..width).map(|at| row.get(at)).collect::<Result<_, _>>()?;
        let is_ours = |value: &Value| matches!(value, Value::Text(name) if runner_engine::record::is_history(name));
        if !values.first().is_some_and(is_ours) {
            found.push(values);
        }
    }
    found.sort_by_key(|row| format!("{row:?}"));
    Ok(found)
}
