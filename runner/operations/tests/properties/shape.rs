//! What SQLite itself says a table is, whatever its text. An operation changes exactly one thing of
//! it, and the rest has to be the same.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::case::Row;
use crate::database::{Database, literal};
use crate::snapshot::{Cell, StoredRow};

/// The tables of a database, by name.
pub(crate) type Shapes = BTreeMap<String, Shape>;

#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Shape {
    pub(crate) columns: Vec<ColumnShape>,
    /// The parent, the child's and the parent's columns, ON UPDATE, ON DELETE.
    pub(crate) foreign_keys: Vec<KeyShape>,
    pub(crate) indexes: Vec<IndexShape>,
    pub(crate) is_strict: bool,
    pub(crate) is_without_rowid: bool,
    pub(crate) is_autoincrement: bool,
    /// How many times the text says so: what no pragma tells.
    pub(crate) checks: usize,
    pub(crate) deferred: usize,
    pub(crate) conflicts: usize,
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) struct ColumnShape {
    pub(crate) name: String,
    pub(crate) declared_type: String,
    pub(crate) not_null: bool,
    pub(crate) default: Option<String>,
    pub(crate) key: i64,
    pub(crate) hidden: i64,
}

#[derive(Debug, Clone, PartialEq, PartialOrd, Eq, Ord)]
pub(crate) struct KeyShape {
    pub(crate) parent: String,
    pub(crate) columns: Vec<(String, String)>,
    pub(crate) actions: (String, String),
}

#[derive(Debug, Clone, PartialEq, PartialOrd, Eq, Ord)]
pub(crate) struct IndexShape {
    /// Nothing for one that SQLite made of a constraint.
    pub(crate) name: String,
    pub(crate) unique: bool,
    pub(crate) origin: String,
    pub(crate) partial: bool,
    /// Column (nothing for an expression), descending, collation.
    pub(crate) terms: Vec<(Option<String>, bool, String)>,
}

pub(crate) fn shapes(database: &Database) -> Result<Shapes, String> {
    let listed = database.rows(
        "SELECT l.name, l.strict, l.wr, s.sql FROM pragma_table_list AS l \
         JOIN sqlite_schema AS s ON s.name = l.name \
         WHERE l.schema = 'main' AND l.type = 'table' AND l.name NOT LIKE 'sqlite!_%' ESCAPE '!'",
    )?;
    listed.iter().map(|row| Ok((text(&row[0]), shape(database, row)?))).collect()
}

fn shape(database: &Database, row: &Row) -> Result<Shape, String> {
    let (name, sql) = (literal(&text(&row[0])), text(&row[3]));
    // None of the words stands in a name or in a string of a world.
    let times = |words: &str| sql.matches(words).count();
    Ok(Shape {
        columns: columns(database, &name)?,
        foreign_keys: foreign_keys(database, &name)?,
        indexes: indexes(database, &name)?,
        is_strict: row[1] == 1,
        is_without_rowid: row[2] == 1,
        is_autoincrement: times("AUTOINCREMENT") > 0,
        checks: times("CHECK ("),
        deferred: times("DEFERRABLE INITIALLY DEFERRED"),
        conflicts: times("ON CONFLICT REPLACE"),
    })
}

fn columns(database: &Database, table: &str) -> Result<Vec<ColumnShape>, String> {
    let rows = database.rows(&format!(
        "SELECT name, type, \"notnull\", dflt_value, pk, hidden FROM pragma_table_xinfo({table})"
    ))?;
    let column = |row: &Row| ColumnShape {
        name: text(&row[0]),
        declared_type: text(&row[1]),
        not_null: row[2] == 1,
        default: row[3].as_str().map(str::to_owned),
        key: row[4].as_i64().unwrap_or_default(),
        hidden: row[5].as_i64().unwrap_or_default(),
    };
    Ok(rows.iter().map(column).collect())
}

fn foreign_keys(database: &Database, table: &str) -> Result<Vec<KeyShape>, String> {
    let rows = database.rows(&format!(
        "SELECT id, \"table\", \"from\", \"to\", on_update, on_delete \
         FROM pragma_foreign_key_list({table}) ORDER BY id, seq"
    ))?;
    let mut keys = BTreeMap::<i64, KeyShape>::new();
    for row in &rows {
        let key = keys.entry(row[0].as_i64().unwrap_or_default()).or_insert_with(|| KeyShape {
            parent: text(&row[1]),
            columns: Vec::new(),
            actions: (text(&row[4]), text(&row[5])),
        });
        key.columns.push((text(&row[2]), text(&row[3])));
    }
    let mut keys: Vec<_> = keys.into_values().collect();
    keys.sort();
    Ok(keys)
}

fn indexes(database: &Database, table: &str) -> Result<Vec<IndexShape>, String> {
    let rows = database.rows(&format!(
        "SELECT name, \"unique\", origin, partial FROM pragma_index_list({table})"
    ))?;
    let mut indexes = Vec::new();
    for row in &rows {
        let name = text(&row[0]);
        let terms = database.rows(&format!(
            "SELECT name, \"desc\", coll FROM pragma_index_xinfo({}) WHERE key ORDER BY seqno",
            literal(&name)
        ))?;
        let term = |row: &Row| (row[0].as_str().map(str::to_owned), row[1] == 1, text(&row[2]));
        indexes.push(IndexShape {
            name: if row[2] == "c" { name } else { String::new() },
            unique: row[1] == 1,
            origin: text(&row[2]),
            partial: row[3] == 1,
            terms: terms.iter().map(term).collect(),
        });
    }
    indexes.sort();
    Ok(indexes)
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

impl Shape {
    pub(crate) fn column(&mut self, name: &str) -> &mut ColumnShape {
        let found = self.columns.iter_mut().find(|column| column.name == name);
        found.unwrap_or_else(|| panic!("no column {name}"))
    }

    pub(crate) fn sorted(mut self) -> Self {
        self.foreign_keys.sort();
        self.indexes.sort();
        self
    }
}

/// Some columns of a table's rows, by name, and the rowids if they count; in one order.
pub(crate) fn rows(
    stored: &[StoredRow],
    shape: &Shape,
    names: &[String],
    with_rowids: bool,
) -> Vec<(Option<i64>, Vec<Cell>)> {
    let positions: Vec<_> = names
        .iter()
        .map(|name| shape.columns.iter().position(|column| column.name == *name))
        .collect();
    let mut rows: Vec<_> = stored
        .iter()
        .map(|row| {
            let cells = positions.iter().flatten().map(|at| row.cells[*at].clone()).collect();
            (row.rowid.filter(|_| with_rowids), cells)
        })
        .collect();
    rows.sort();
    rows
}
