//! The tables of a database, as far as their rows are compared.

use migration_api::schema::quote;
use rusqlite::Connection;

/// A table, as `sqlite_schema` has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Listing {
    pub(crate) name: String,
    /// The page where its rows begin; 0: it is a virtual table.
    pub(crate) root_page: i64,
    pub(crate) sql: String,
    has_rowid: bool,
}

impl Listing {
    /// The tables of the main database, without SQLite's, the runner's and those that belong to virtual tables.
    pub(crate) fn all(connection: &Connection) -> rusqlite::Result<Vec<Self>> {
        connection
            .prepare(
                "SELECT list.name, rootpage, sql, list.type = 'table' AND wr = 0 \
                 FROM pragma_table_list list JOIN main.sqlite_schema schema \
                 ON schema.type = 'table' AND schema.name = list.name COLLATE NOCASE \
                 WHERE list.schema = 'main' AND list.type IN ('table', 'virtual') \
                 AND list.name NOT LIKE 'sqlite\\_%' ESCAPE '\\' \
                 AND list.name NOT LIKE '\\_runner\\_%' ESCAPE '\\' ORDER BY list.name",
            )?
            .query_map([], |row| {
                Ok(Self {
                    name: row.get(0)?,
                    root_page: row.get(1)?,
                    sql: row.get(2)?,
                    has_rowid: row.get(3)?,
                })
            })?
            .collect()
    }

    /// Whether it is a full-text index of values that are elsewhere or nowhere, so that its rows do not show what it
    /// finds (<https://sqlite.org/fts5.html#external_content_and_contentless_tables>).
    pub(crate) fn keeps_no_values(&self) -> bool {
        let words = self.sql.to_ascii_lowercase().split_whitespace().collect::<String>();
        self.root_page == 0 && words.contains("usingfts") && words.contains("content=")
    }

    /// Whether the table is called so.
    pub(crate) fn is(&self, name: &str) -> bool {
        self.name.eq_ignore_ascii_case(name)
    }
}

/// A table, with its columns.
#[derive(Debug, Clone)]
pub(crate) struct TableShape {
    pub(crate) listing: Listing,
    /// The columns that hold values of their own: generated ones follow from others.
    pub(crate) columns: Vec<String>,
    /// The columns of the primary key, where that distinguishes rows.
    pub(crate) key: Vec<String>,
    /// Whether the one column of the key is the rowid.
    pub(crate) key_is_rowid: bool,
    /// A name by which the rowid can be asked for; `None`: there is none, or columns have all of its names.
    pub(crate) rowid: Option<&'static str>,
}

impl TableShape {
    pub(crate) fn read(connection: &Connection, listing: &Listing) -> rusqlite::Result<Self> {
        let all: Vec<(String, String, i64, i64)> = connection
            .prepare("SELECT name, type, pk, hidden FROM pragma_table_xinfo(?1, 'main')")?
            .query_map([&listing.name], |row| {
                Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?))
            })?
            .collect::<rusqlite::Result<_>>()?;
        let mut key: Vec<_> = all.iter().filter(|(_, _, place, _)| *place > 0).collect();
        key.sort_by_key(|(_, _, place, _)| *place);
        let is_integer =
            matches!(&key[..], [(_, kind, ..)] if kind.eq_ignore_ascii_case("INTEGER"));
        let key: Vec<String> = key.into_iter().map(|(name, ..)| name.clone()).collect();
        let is_free =
            |alias: &&&str| !all.iter().any(|(name, ..)| name.eq_ignore_ascii_case(alias));
        let rowid = ["rowid", "_rowid_", "oid"].iter().find(is_free).copied();
        let rowid = rowid.filter(|_| listing.has_rowid);
        let mut shape = Self {
            listing: listing.clone(),
            columns: all.into_iter().filter(|(.., hidden)| *hidden == 0).map(|it| it.0).collect(),
            key,
            key_is_rowid: false,
            rowid,
        };
        shape.key_is_rowid = is_integer && listing.has_rowid && shape.key_is_the_rowid(connection);
        // A key may hold NULL, many times (<https://sqlite.org/quirks.html>).
        if listing.has_rowid
            && !shape.key_is_rowid
            && shape.key.iter().any(|column| shape.has_null(connection, column))
        {
            shape.key.clear();
        }
        Ok(shape)
    }

    /// Of `INTEGER PRIMARY KEY DESC` it is not (<https://sqlite.org/lang_createtable.html#rowid>): such a key has an
    /// index of its own.
    fn key_is_the_rowid(&self, connection: &Connection) -> bool {
        let sql =
            "SELECT NOT EXISTS (SELECT 1 FROM pragma_index_list(?1, 'main') WHERE origin = 'pk')";
        connection.query_row(sql, [&self.listing.name], |row| row.get(0)).unwrap_or(false)
    }

    fn has_null(&self, connection: &Connection, column: &str) -> bool {
        let (table, column) = (quote(&self.listing.name), quote(column));
        let sql = format!("SELECT EXISTS (SELECT 1 FROM main.{table} WHERE {column} IS NULL)");
        connection.query_row(&sql, [], |row| row.get(0)).unwrap_or(true)
    }

    /// How many rows it has in `connection`.
    pub(crate) fn count(&self, connection: &Connection) -> rusqlite::Result<u64> {
        let sql = format!("SELECT count(*) FROM main.{}", quote(&self.listing.name));
        connection.query_row(&sql, [], |row| row.get(0)).map(|rows: i64| rows.unsigned_abs())
    }

    /// How many values a column holds, without NULL.
    pub(crate) fn count_values(
        &self,
        connection: &Connection,
        column: &str,
    ) -> rusqlite::Result<u64> {
        let (column, table) = (quote(column), quote(&self.listing.name));
        let sql = format!("SELECT count({column}) FROM main.{table}");
        connection.query_row(&sql, [], |row| row.get(0)).map(|values: i64| values.unsigned_abs())
    }

    /// The place of a column of this name.
    pub(crate) fn place(&self, column: &str) -> Option<usize> {
        self.columns.iter().position(|own| own.eq_ignore_ascii_case(column))
    }

    /// The lowest and the highest rowid.
    pub(crate) fn range(&self, connection: &Connection) -> rusqlite::Result<Option<(i64, i64)>> {
        let Some(rowid) = self.rowid else { return Ok(None) };
        let table = quote(&self.listing.name);
        let sql = format!(
            "SELECT min({rowid}), (SELECT max({rowid}) FROM main.{table}) FROM main.{table}"
        );
        connection.query_row(&sql, [], |row| Ok(row.get::<_, Option<i64>>(0)?.zip(row.get(1)?)))
    }

    /// Reads its rows with rowids in a range, in their order: the rowid, then all columns.
    pub(crate) fn select_by_rowid(&self) -> Option<String> {
        let rowid = self.rowid?;
        let rest: String = self.columns.iter().map(|name| format!(", {}", quote(name))).collect();
        let table = quote(&self.listing.name);
        Some(format!(
            "SELECT {rowid}{rest} FROM main.{table} WHERE {rowid} BETWEEN ?1 AND ?2 ORDER BY {rowid}"
        ))
    }

    /// Reads its rows in the order of `key`: the key of each, then all columns.
    pub(crate) fn select_by_key(&self, key: &[String]) -> String {
        let listed = |names: &[String]| -> String {
            names.iter().map(|name| quote(name)).collect::<Vec<_>>().join(", ")
        };
        let order: Vec<_> =
            key.iter().map(|name| format!("{} COLLATE BINARY", quote(name))).collect();
        let columns = [key, &self.columns[..]].concat();
        let (columns, table) = (listed(&columns), quote(&self.listing.name));
        format!("SELECT {columns} FROM main.{table} ORDER BY {}", order.join(", "))
    }

    /// Reads these of its columns, in no order.
    pub(crate) fn select(&self, columns: &[String]) -> String {
        let columns: Vec<_> = columns.iter().map(|name| quote(name)).collect();
        format!("SELECT {} FROM main.{}", columns.join(", "), quote(&self.listing.name))
    }
}
