//! What was there and what is: rows, views and what triggers do, asked of SQLite alone.

use std::collections::{BTreeMap, BTreeSet};

use rusqlite::Connection;
use rusqlite::config::DbConfig;

/// All that a database holds and does.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct State {
    /// The rows of `sqlite_schema`, but for where their trees are.
    pub(crate) schema: Vec<String>,
    pub(crate) tables: BTreeMap<String, Content>,
    /// What each view gives; none where it does not work.
    pub(crate) views: BTreeMap<String, Option<Content>>,
    /// Statements on each table that compile, with foreign keys and without.
    pub(crate) compiling: BTreeSet<(String, &'static str, bool)>,
    /// What all tables hold after all rows of a table are deleted; none where that fails.
    pub(crate) emptied: BTreeMap<String, Option<BTreeMap<String, Content>>>,
    pub(crate) broken_keys: usize,
    pub(crate) integrity: Vec<String>,
    pub(crate) settings: Vec<i64>,
}

/// An insert that gives the rowid itself.
pub(crate) const NUMBERED: &str = "insert with a rowid";

/// Rows: by column, in the order of the columns.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Content {
    pub(crate) columns: Vec<String>,
    pub(crate) rows: Vec<Vec<String>>,
    /// Columns that are generated.
    pub(crate) generated: BTreeSet<String>,
    /// The rowid of each row, where the table has one.
    pub(crate) rowids: Option<Vec<String>>,
}

impl Content {
    /// The rows without all columns but these, in order of their values.
    pub(crate) fn only(&self, columns: &[String]) -> Vec<Vec<&str>> {
        let places: Vec<Option<usize>> = columns
            .iter()
            .map(|column| self.columns.iter().position(|own| own.eq_ignore_ascii_case(column)))
            .collect();
        let mut rows: Vec<Vec<&str>> = self
            .rows
            .iter()
            .map(|row| {
                places.iter().map(|at| at.map_or("(no column)", |at| row[at].as_str())).collect()
            })
            .collect();
        rows.sort_unstable();
        rows
    }

    /// The same, with the rowid of each row.
    pub(crate) fn with_rowids(&self, columns: &[String]) -> Option<Vec<Vec<String>>> {
        let rowids = self.rowids.as_ref()?;
        let places: Vec<usize> = columns
            .iter()
            .filter_map(|column| {
                self.columns.iter().position(|own| own.eq_ignore_ascii_case(column))
            })
            .collect();
        let mut rows: Vec<Vec<String>> = self
            .rows
            .iter()
            .zip(rowids)
            .map(|(row, rowid)| {
                let values = places.iter().map(|at| row[*at].clone());
                std::iter::once(rowid.clone()).chain(values).collect()
            })
            .collect();
        rows.sort();
        Some(rows)
    }
}

fn quote(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

fn strings(connection: &Connection, sql: &str) -> rusqlite::Result<Vec<String>> {
    connection.prepare(sql)?.query_map([], |row| row.get(0))?.collect()
}

fn content(connection: &Connection, name: &str) -> rusqlite::Result<Content> {
    let mut statement = connection.prepare(
        "SELECT name, hidden FROM pragma_table_xinfo(?1) WHERE hidden <> 1 ORDER BY cid",
    )?;
    let all: Vec<(String, i64)> = statement
        .query_map([name], |row| Ok((row.get(0)?, row.get(1)?)))?
        .collect::<rusqlite::Result<_>>()?;
    let columns: Vec<String> = all.iter().map(|(column, _)| column.clone()).collect();
    let generated =
        all.into_iter().filter(|(_, hidden)| *hidden > 1).map(|(column, _)| column).collect();
    let mut values: Vec<_> =
        columns.iter().map(|column| format!("quote(x.{})", quote(column))).collect();
    let rowid = ["rowid", "oid", "_rowid_"]
        .into_iter()
        .find(|rowid| !columns.iter().any(|column| column.eq_ignore_ascii_case(rowid)));
    let ask = |values: &[String]| -> rusqlite::Result<Vec<Vec<String>>> {
        let sql = format!("SELECT {} FROM main.{} AS x", values.join(", "), quote(name));
        let mut statement = connection.prepare(&sql)?;
        let width = statement.column_count();
        let rows = statement.query_map([], |row| (0..width).map(|at| row.get(at)).collect())?;
        rows.collect()
    };
    let is_table: bool = connection.query_row(
        "SELECT count(*) FROM pragma_table_list(?1) \
         WHERE schema = 'main' AND wr = 0 AND type = 'table'",
        [name],
        |row| row.get(0),
    )?;
    let rowid = rowid.filter(|_| is_table);
    values.extend(rowid.map(|rowid| format!("quote(x.{rowid})")));
    let mut rows = ask(&values)?;
    rows.sort();
    let rowids = rowid.map(|_| rows.iter_mut().filter_map(Vec::pop).collect());
    Ok(Content { columns, rows, generated, rowids })
}

fn tables(connection: &Connection) -> Vec<String> {
    let sql =
        "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_stat%'";
    strings(connection, sql).unwrap()
}

fn contents(connection: &Connection) -> BTreeMap<String, Content> {
    let read = |name: String| {
        // What is asked through an index must be what the table holds; that is checked apart.
        let content = content(connection, &name);
        content.ok().map(|content| (name.to_ascii_lowercase(), content))
    };
    tables(connection).into_iter().filter_map(read).collect()
}

impl State {
    pub(crate) fn of(connection: &Connection) -> Self {
        let schema = strings(
            connection,
            "SELECT type || ' ' || name || ' ' || tbl_name || ' ' || ifnull(sql, '') \
             FROM sqlite_schema ORDER BY rowid",
        )
        .unwrap();
        let views = strings(connection, "SELECT name FROM sqlite_schema WHERE type = 'view'")
            .unwrap()
            .into_iter()
            .map(|name| (name.to_ascii_lowercase(), content(connection, &name).ok()))
            .collect();
        let integrity = strings(connection, "PRAGMA integrity_check")
            .unwrap_or_else(|error| vec![error.to_string()]);
        let broken_keys = strings(connection, "SELECT \"table\" FROM pragma_foreign_key_check")
            .map_or(usize::MAX, |rows| rows.len());
        let settings = [
            DbConfig::SQLITE_DBCONFIG_ENABLE_FKEY,
            DbConfig::SQLITE_DBCONFIG_LEGACY_ALTER_TABLE,
            DbConfig::SQLITE_DBCONFIG_DQS_DDL,
            DbConfig::SQLITE_DBCONFIG_DQS_DML,
            DbConfig::SQLITE_DBCONFIG_WRITABLE_SCHEMA,
            DbConfig::SQLITE_DBCONFIG_DEFENSIVE,
        ];
        let settings =
            settings.map(|setting| i64::from(connection.db_config(setting).unwrap())).to_vec();
        Self {
            schema,
            tables: contents(connection),
            views,
            compiling: compiling(connection),
            emptied: emptied(connection),
            broken_keys,
            integrity,
            settings,
        }
    }
}

fn compiling(connection: &Connection) -> BTreeSet<(String, &'static str, bool)> {
    let key = DbConfig::SQLITE_DBCONFIG_ENABLE_FKEY;
    let before = connection.db_config(key).unwrap();
    let mut compiling = BTreeSet::new();
    for keys in [false, true] {
        connection.set_db_config(key, keys).unwrap();
        for table in tables(connection) {
            let name = quote(&table);
            for (what, sql) in [
                ("insert", format!("INSERT INTO main.{name} DEFAULT VALUES")),
                ("delete", format!("DELETE FROM main.{name}")),
                (NUMBERED, format!("INSERT INTO main.{name} (_rowid_) VALUES (1)")),
            ] {
                if connection.prepare(&sql).is_ok() {
                    compiling.insert((table.to_ascii_lowercase(), what, keys));
                }
            }
        }
    }
    connection.set_db_config(key, before).unwrap();
    compiling
}

fn emptied(connection: &Connection) -> BTreeMap<String, Option<BTreeMap<String, Content>>> {
    let key = DbConfig::SQLITE_DBCONFIG_ENABLE_FKEY;
    let before = connection.db_config(key).unwrap();
    connection.set_db_config(key, false).unwrap();
    let mut emptied = BTreeMap::new();
    for table in tables(connection) {
        connection.execute_batch("SAVEPOINT emptying").unwrap();
        let done = connection.execute(&format!("DELETE FROM main.{}", quote(&table)), []);
        let after = done.ok().map(|_| contents(connection));
        emptied.insert(table.to_ascii_lowercase(), after);
        // A trigger's ON CONFLICT ROLLBACK ends the savepoint too.
        if !connection.is_autocommit() {
            connection.execute_batch("ROLLBACK TO emptying; RELEASE emptying").unwrap();
        }
    }
    connection.set_db_config(key, before).unwrap();
    emptied
}
