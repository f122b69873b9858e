//! The tables of a database, as far as rows are compared in them.

use migration_api::schema::quote;
use rusqlite::Connection;

/// A table whose rows are compared.
#[derive(Debug, Clone)]
pub(crate) struct Table {
    pub(crate) name: String,
    /// The columns that hold values of their own: generated ones follow from others.
    pub(crate) columns: Vec<String>,
    /// The columns of the primary key, where that distinguishes rows; none: their order does. Rowids that
    /// have no column need not be kept (<https://sqlite.org/lang_vacuum.html>).
    pub(crate) key: Vec<String>,
    /// Whether rows without a key have an order.
    pub(crate) by_rowid: bool,
}

impl Table {
    /// The tables of the main database, without SQLite's, the runner's and those that belong to virtual
    /// tables.
    pub(crate) fn all(connection: &Connection) -> rusqlite::Result<Vec<Self>> {
        let names: Vec<(String, bool)> = connection
            .prepare(
                "SELECT name, type = 'table' AND wr = 0 FROM pragma_table_list \
                 WHERE schema = 'main' AND type IN ('table', 'virtual') \
                 AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' \
                 AND name NOT LIKE '\\_runner\\_%' ESCAPE '\\' ORDER BY name",
            )?
            .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?
            .collect::<rusqlite::Result<_>>()?;
        names.into_iter().map(|(name, by_rowid)| Self::read(connection, name, by_rowid)).collect()
    }

    fn read(connection: &Connection, name: String, by_rowid: bool) -> rusqlite::Result<Self> {
        let columns: Vec<(String, i64)> = connection
            .prepare("SELECT name, pk FROM pragma_table_xinfo(?1, 'main') WHERE hidden = 0")?
            .query_map([&name], |row| Ok((row.get(0)?, row.get(1)?)))?
            .collect::<rusqlite::Result<_>>()?;
        let mut keys: Vec<_> = columns.iter().filter(|(_, place)| *place > 0).collect();
        keys.sort_by_key(|(_, place)| *place);
        let key = keys.into_iter().map(|(name, _)| name.clone()).collect();
        let columns = columns.into_iter().map(|(name, _)| name).collect();
        let mut table = Self { name, columns, key, by_rowid };
        // A key may hold NULL, many times (<https://sqlite.org/quirks.html>).
        if table.key.iter().any(|column| has_null(connection, &table.name, column)) {
            table.key.clear();
        }
        Ok(table)
    }

    /// Whether it has this column.
    pub(crate) fn has(&self, column: &str) -> bool {
        self.columns.iter().any(|own| own.eq_ignore_ascii_case(column))
    }

    /// Reads its rows: the key of each, then its `columns`. Rows without a key are counted.
    pub(crate) fn select(&self, columns: &[String]) -> String {
        let order = match &self.key[..] {
            [] if self.by_rowid => " ORDER BY rowid".to_owned(),
            [] => String::new(),
            key => {
                let key: Vec<_> =
                    key.iter().map(|name| format!("{} COLLATE BINARY", quote(name))).collect();
                format!(" ORDER BY {}", key.join(", "))
            }
        };
        format!("{}{order}", self.unordered(&[&self.key[..], columns].concat()))
    }

    fn unordered(&self, columns: &[String]) -> String {
        let columns: Vec<_> = columns.iter().map(|name| quote(name)).collect();
        format!("SELECT {} FROM main.{}", columns.join(", "), quote(&self.name))
    }

    /// Its rows in an order that their values alone give.
    pub(crate) fn select_by_values(&self) -> String {
        let order: Vec<_> = (1..=self.columns.len()).map(|place| place.to_string()).collect();
        let columns: Vec<_> =
            self.columns.iter().map(|name| format!("{} COLLATE BINARY", quote(name))).collect();
        format!(
            "SELECT {} FROM main.{} ORDER BY {}",
            columns.join(", "),
            quote(&self.name),
            order.join(", ")
        )
    }

    /// How many rows it has in `connection`.
    pub(crate) fn count(&self, connection: &Connection) -> rusqlite::Result<i64> {
        let sql = format!("SELECT count(*) FROM main.{}", quote(&self.name));
        connection.query_row(&sql, [], |row| row.get(0))
    }

    /// Reads `column` of the row that `key` identifies.
    pub(crate) fn select_one(&self, column: &str) -> String {
        if self.key.is_empty() {
            return format!("{} LIMIT 1 OFFSET ?1", self.select(&[column.to_owned()]));
        }
        let is_it: Vec<_> = self
            .key
            .iter()
            .enumerate()
            .map(|(place, name)| format!("{} COLLATE BINARY IS ?{}", quote(name), place + 1))
            .collect();
        format!("{} WHERE {}", self.unordered(&[column.to_owned()]), is_it.join(" AND "))
    }
}

fn has_null(connection: &Connection, table: &str, column: &str) -> bool {
    let (table, column) = (quote(table), quote(column));
    let sql = format!("SELECT EXISTS (SELECT 1 FROM main.{table} WHERE {column} IS NULL)");
    connection.query_row(&sql, [], |row| row.get(0)).unwrap_or(true)
}
