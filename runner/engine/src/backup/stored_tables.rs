//! The tables that store rows, as they are read.

use migration_api::schema::quote;
use rusqlite::Connection;

/// A table that stores rows.
pub(super) struct Table {
    pub(super) name: String,
    /// A name by which its rowid can be read.
    pub(super) rowid: Option<&'static str>,
    pub(super) without_rowid: bool,
    columns: Vec<Column>,
}

struct Column {
    name: String,
    is_stored: bool,
}

/// Every table that stores rows; the schema itself is the first of them. A virtual table is none, and is
/// not opened.
pub(super) fn tables(connection: &Connection) -> rusqlite::Result<Vec<Table>> {
    let mut statement = connection.prepare(
        "SELECT name FROM main.sqlite_schema WHERE type = 'table' AND rootpage > 0 ORDER BY name",
    )?;
    let names: Vec<String> =
        statement.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?;
    let all = std::iter::once("sqlite_schema".to_owned()).chain(names);
    all.map(|name| Table::read(connection, name)).collect()
}

impl Table {
    /// Reads what the table called `name` is made of.
    pub(super) fn read(connection: &Connection, name: String) -> rusqlite::Result<Self> {
        let mut statement = connection.prepare_cached(
            "SELECT name, hidden FROM pragma_table_xinfo(?1, 'main') ORDER BY cid",
        )?;
        let column = |row: &rusqlite::Row<'_>| {
            let hidden: i64 = row.get(1)?;
            Ok(Column { name: row.get(0)?, is_stored: matches!(hidden, 0 | 3) })
        };
        let columns: Vec<Column> =
            statement.query_map([&name], column)?.collect::<Result<_, _>>()?;
        // The index that is such a table has no rowid at its end, as all others have.
        let without_rowid: bool = connection
            .prepare_cached(
                "SELECT EXISTS (
                    SELECT 1 FROM pragma_index_list(?1, 'main') AS i WHERE i.origin = 'pk'
                    AND NOT EXISTS
                    (SELECT 1 FROM pragma_index_xinfo(i.name, 'main') AS x WHERE x.cid = -1))",
            )?
            .query_row([&name], |row| row.get(0))?;
        let taken =
            |name: &&str| columns.iter().any(|column| column.name.eq_ignore_ascii_case(name));
        let rowid = ["rowid", "_rowid_", "oid"].into_iter().find(|name| !taken(name));
        Ok(Self { rowid: rowid.filter(|_| !without_rowid), name, without_rowid, columns })
    }

    /// Reads everything that is stored in the table, in the order in which it is stored; what is
    /// computed when it is read is not stored. Empty if there is no such table.
    pub(super) fn query(&self) -> String {
        let stored = self.columns.iter().filter(|column| column.is_stored);
        let columns: Vec<String> = self
            .rowid
            .map(str::to_owned)
            .into_iter()
            .chain(stored.map(|column| quote(&column.name)))
            .collect();
        match self.columns.is_empty() {
            true => String::new(),
            false => self.reads(&columns),
        }
    }

    /// Reads `columns` of every row, from the table and from no index.
    pub(super) fn reads(&self, columns: &[String]) -> String {
        format!("SELECT {} FROM main.{} NOT INDEXED", columns.join(", "), quote(&self.name))
    }

    /// Whether the column called `name` lies in the table.
    pub(super) fn stores(&self, name: &str) -> bool {
        self.columns.iter().any(|column| column.is_stored && column.name == name)
    }
}
