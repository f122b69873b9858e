//! All of a database that a migration could change unasked.

use std::collections::BTreeMap;

use rusqlite::types::ValueRef;

use crate::database::{Database, literal, quoted};

const PRAGMAS: [&str; 8] = [
    "foreign_keys",
    "legacy_alter_table",
    "recursive_triggers",
    "writable_schema",
    "defer_foreign_keys",
    "ignore_check_constraints",
    "user_version",
    "application_id",
];

/// The state of a database at one moment.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Snapshot {
    pub(crate) pragmas: BTreeMap<String, i64>,
    /// From type and name to the SQL; SQLite's own objects aside.
    pub(crate) schema: BTreeMap<(String, String), Option<String>>,
    pub(crate) temp: BTreeMap<(String, String), Option<String>>,
    /// The rows of each table but virtual ones, in one order.
    pub(crate) tables: BTreeMap<String, Vec<StoredRow>>,
    /// What AUTOINCREMENT remembers; 0 is the same as nothing.
    pub(crate) sequence: Vec<(String, i64)>,
    /// What each view says when it is queried: nothing, or an error.
    pub(crate) views: BTreeMap<String, Option<String>>,
    /// The errors of compiling statements that each trigger may stand behind.
    pub(crate) triggers: BTreeMap<String, Vec<String>>,
}

/// A row with its rowid, if its table has one that can be named.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct StoredRow {
    pub(crate) rowid: Option<i64>,
    pub(crate) cells: Vec<Cell>,
}

/// A value in all its bits: integers are no reals, text may be anything.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Cell {
    Null,
    Integer(i64),
    Real(u64),
    Text(Vec<u8>),
    Blob(Vec<u8>),
}

impl Cell {
    fn of(value: ValueRef) -> Self {
        match value {
            ValueRef::Null => Self::Null,
            ValueRef::Integer(integer) => Self::Integer(integer),
            ValueRef::Real(real) => Self::Real(real.to_bits()),
            ValueRef::Text(text) => Self::Text(text.to_vec()),
            ValueRef::Blob(blob) => Self::Blob(blob.to_vec()),
        }
    }
}

/// A row of a schema table.
struct Object {
    kind: String,
    name: String,
    table: String,
    sql: Option<String>,
}

impl Object {
    fn is_sqlites_own(&self) -> bool {
        self.name.starts_with("sqlite_")
    }

    fn is_virtual(&self) -> bool {
        let sql = self.sql.as_deref().unwrap_or_default();
        sql.get(..14).is_some_and(|start| start.eq_ignore_ascii_case("CREATE VIRTUAL"))
    }

    fn entry(&self) -> ((String, String), Option<String>) {
        ((self.kind.clone(), self.name.clone()), self.sql.clone())
    }
}

impl Snapshot {
    pub(crate) fn of(database: &Database) -> Result<Self, String> {
        let main = objects(database, "sqlite_schema")?;
        let temp = objects(database, "sqlite_temp_schema")?;
        let mut snapshot = Self {
            pragmas: pragmas(database)?,
            schema: main.iter().filter(|it| !it.is_sqlites_own()).map(Object::entry).collect(),
            temp: temp.iter().map(Object::entry).collect(),
            tables: BTreeMap::new(),
            sequence: sequence(database, &main)?,
            views: BTreeMap::new(),
            triggers: BTreeMap::new(),
        };
        for object in main.iter().chain(&temp) {
            let is_temp = temp.iter().any(|other| std::ptr::eq(other, object));
            let schema = if is_temp { "temp" } else { "main" };
            match object.kind.as_str() {
                "table" if !is_temp && !object.is_sqlites_own() && !object.is_virtual() => {
                    let rows = stored_rows(database, &object.name)?;
                    snapshot.tables.insert(object.name.clone(), rows);
                }
                "view" => {
                    let view = format!("{schema}.{}", quoted(&object.name));
                    let error = database.objection(&format!("SELECT * FROM {view} LIMIT 0"));
                    snapshot.views.insert(object.name.clone(), error);
                }
                "trigger" => {
                    // A trigger of TEMP may stand at a table of either schema.
                    let at = if is_temp { "" } else { "main." };
                    let errors = compile_errors(database, at, &object.table);
                    snapshot.triggers.insert(object.name.clone(), errors);
                }
                _ => {}
            }
        }
        Ok(snapshot)
    }

    /// The rowids of a table, in order; `None` for a table that has none.
    pub(crate) fn rowids(&self, table: &str) -> Option<Vec<i64>> {
        let mut rowids: Vec<i64> =
            self.tables.get(table)?.iter().map(|row| row.rowid).collect::<Option<_>>()?;
        rowids.sort_unstable();
        Some(rowids)
    }
}

fn pragmas(database: &Database) -> Result<BTreeMap<String, i64>, String> {
    let mut values = BTreeMap::new();
    for name in PRAGMAS {
        let rows = database.rows(&format!("PRAGMA {name}"))?;
        let value = rows.first().and_then(|row| row.first()?.as_i64());
        values.insert(name.to_owned(), value.ok_or_else(|| format!("PRAGMA {name} is silent"))?);
    }
    Ok(values)
}

fn objects(database: &Database, schema_table: &str) -> Result<Vec<Object>, String> {
    let rows = database.rows(&format!("SELECT type, name, tbl_name, sql FROM {schema_table}"))?;
    let text = |row: &[serde_json::Value], at: usize| row[at].as_str().map(str::to_owned);
    let object = |row: Vec<_>| Object {
        kind: text(&row, 0).unwrap_or_default(),
        name: text(&row, 1).unwrap_or_default(),
        table: text(&row, 2).unwrap_or_default(),
        sql: text(&row, 3),
    };
    Ok(rows.into_iter().map(object).collect())
}

fn sequence(database: &Database, main: &[Object]) -> Result<Vec<(String, i64)>, String> {
    if !main.iter().any(|object| object.name == "sqlite_sequence") {
        return Ok(Vec::new());
    }
    let rows =
        database.rows("SELECT name, seq FROM sqlite_sequence WHERE seq <> 0 ORDER BY 1, 2")?;
    let pair = |row: Vec<serde_json::Value>| match (row[0].as_str(), row[1].as_i64()) {
        (Some(name), Some(seq)) => Ok((name.to_owned(), seq)),
        _ => Err(format!("sqlite_sequence holds {row:?}")),
    };
    rows.into_iter().map(pair).collect()
}

fn stored_rows(database: &Database, table: &str) -> Result<Vec<StoredRow>, String> {
    let listed = format!(
        "SELECT name FROM pragma_table_xinfo({}, 'main') WHERE hidden <> 1",
        literal(table)
    );
    let columns: Vec<String> = database
        .rows(&listed)?
        .iter()
        .filter_map(|row| row[0].as_str().map(str::to_owned))
        .collect();
    let from = format!("FROM main.{}", quoted(table));
    let rowid = ["rowid", "_rowid_", "oid"]
        .into_iter()
        .find(|name| !columns.iter().any(|column| column.eq_ignore_ascii_case(name)))
        .filter(|name| database.objection(&format!("SELECT {name} {from} LIMIT 0")).is_none());
    let cells: Vec<_> = columns.iter().map(|column| quoted(column)).collect();
    let query = format!("SELECT {}, {} {from}", rowid.unwrap_or("NULL"), cells.join(", "));
    let rows = database.each(&query, Cell::of).map_err(|error| format!("{query}: {error}"))?;
    let mut rows: Vec<StoredRow> = rows
        .into_iter()
        .map(|mut cells| {
            let rowid = match cells.remove(0) {
                Cell::Integer(rowid) => Some(rowid),
                _ => None,
            };
            StoredRow { rowid, cells }
        })
        .collect();
    rows.sort();
    Ok(rows)
}

/// What SQLite says when it compiles a DELETE, an UPDATE and an INSERT, with the triggers behind them.
fn compile_errors(database: &Database, at: &str, table: &str) -> Vec<String> {
    let listed = format!("SELECT name FROM pragma_table_info({})", literal(table));
    let columns = match database.rows(&listed) {
        Ok(columns) => columns,
        // A view that does not compile has no columns.
        Err(error) => return vec![error],
    };
    let assignments: Vec<_> = columns
        .iter()
        .filter_map(|row| row[0].as_str().map(|name| format!("{0}={0}", quoted(name))))
        .collect();
    let table = format!("{at}{}", quoted(table));
    let statements = [
        format!("EXPLAIN DELETE FROM {table}"),
        format!("EXPLAIN UPDATE {table} SET {}", assignments.join(", ")),
        format!("EXPLAIN INSERT INTO {table} DEFAULT VALUES"),
    ];
    // A view takes only the statements that it has a trigger for, whether that compiles or not.
    let errors = statements.iter().filter_map(|statement| database.objection(statement));
    errors.filter(|error| !error.ends_with("because it is a view")).collect()
}
