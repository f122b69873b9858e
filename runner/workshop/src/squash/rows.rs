//! The rows of a table as INSERT statements.

use migration_api::schema::quote;
use rusqlite::Connection;

use crate::sql_literal::literal;
use crate::trial::table::Table;

/// How many rows one statement inserts: SQLite compiles a statement as a whole.
const ROWS_TOGETHER: usize = 500;

/// How rows are found again by what belongs to them: full-text indexes, and applications that keep rowids.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Rowid {
    /// A column is the rowid, or there is none, or none that a statement can name.
    Unnamed,
    /// It has this name, which no column has.
    Named(&'static str),
}

impl Rowid {
    /// That of `table` in `connection`, which is no virtual table.
    ///
    /// # Errors
    /// SQLite's.
    pub(super) fn of(connection: &Connection, table: &Table) -> rusqlite::Result<Self> {
        const NAMES: [&str; 3] = ["rowid", "_rowid_", "oid"];
        let hidden: Vec<String> = connection
            .prepare("SELECT name FROM pragma_table_xinfo(?1, 'main') WHERE hidden > 0")?
            .query_map([&table.name], |row| row.get(0))?
            .collect::<rusqlite::Result<_>>()?;
        let is_taken = |name: &str| {
            table.has(name) || hidden.iter().any(|hidden| hidden.eq_ignore_ascii_case(name))
        };
        let free = NAMES.into_iter().find(|name| !is_taken(name));
        Ok(free.filter(|_| table.by_rowid).map_or(Self::Unnamed, Self::Named))
    }
}

/// The statements that insert all rows of a table, and how many rows there are.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Inserts {
    pub(super) sql: String,
    pub(super) rows: u64,
}

/// Writes the rows of `table`. Rowids without a column are written where a new table would give others.
///
/// # Errors
/// SQLite's.
pub(super) fn inserts(
    connection: &Connection,
    table: &Table,
    rowid: Rowid,
) -> rusqlite::Result<Inserts> {
    let mut columns: Vec<String> = table.columns.iter().map(|column| quote(column)).collect();
    let mut order = String::new();
    if let Rowid::Named(name) = rowid {
        order = format!(" ORDER BY {name}");
        if !has_rowids_of_a_new_table(connection, table, name)? {
            columns.insert(0, name.to_owned());
        }
    } else if let [_, ..] = table.key.as_slice() {
        let key: Vec<_> = table.key.iter().map(|column| quote(column)).collect();
        order = format!(" ORDER BY {}", key.join(", "));
    }
    let (columns, name) = (columns.join(", "), quote(&table.name));
    let mut statement =
        connection.prepare(&format!("SELECT {columns} FROM main.{name} NOT INDEXED{order}"))?;
    let width = statement.column_count();
    let mut rows = statement.query([])?;
    let mut inserts = Inserts::default();
    let mut together = 0;
    while let Some(row) = rows.next()? {
        let values: Vec<String> = (0..width)
            .map(|place| literal(connection, row.get_ref(place)?))
            .collect::<rusqlite::Result<_>>()?;
        match together {
            0 => inserts.sql += &format!("INSERT INTO {name} ({columns}) VALUES"),
            _ => inserts.sql.push(','),
        }
        inserts.sql += &format!("\n    ({})", values.join(", "));
        inserts.rows += 1;
        together += 1;
        if together == ROWS_TOGETHER {
            inserts.sql += ";\n";
            together = 0;
        }
    }
    if together > 0 {
        inserts.sql += ";\n";
    }
    Ok(inserts)
}

/// Whether the rowids are 1, 2, 3 and so on, as SQLite gives them to rows without one.
fn has_rowids_of_a_new_table(
    connection: &Connection,
    table: &Table,
    rowid: &str,
) -> rusqlite::Result<bool> {
    let sql = format!(
        "SELECT count(*) = 0 OR (min({rowid}) = 1 AND max({rowid}) = count(*)) FROM main.{}",
        quote(&table.name)
    );
    connection.query_row(&sql, [], |row| row.get(0))
}
