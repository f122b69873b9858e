//! A table as its rows are read and found again: its columns, and its key.

use migration_api::schema::quote;
use rusqlite::{Connection, OptionalExtension as _};

/// A table that stores rows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Shape {
    /// Its name, as the schema spells it.
    pub(crate) name: String,
    /// The columns that are stored and not computed.
    pub(crate) columns: Vec<String>,
    /// Columns that are computed from others.
    computed: Vec<String>,
    pub(crate) key: Key,
    /// Whether the key is the rowid under the name of a column.
    key_is_rowid: bool,
    /// A name by which its rowid can be read; `None`: there is no rowid, or each name of it is a column's.
    pub(crate) rowid: Option<&'static str>,
}

/// What its rows are told apart by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Key {
    /// The columns of its primary key, which are never NULL.
    Columns(Vec<String>),
    /// The rowid, which VACUUM may change, and which is used again.
    Rowid,
}

/// What is called so in the schema.
pub(crate) enum Found {
    Table(Shape),
    /// A virtual table, whose rows are its module's.
    Virtual,
    /// Nothing, or a view.
    Nothing,
}

struct Column {
    name: String,
    is_computed: bool,
    is_never_null: bool,
    place_in_key: i64,
}

impl Shape {
    /// The table of `connection` called `name`, in whatever case it is written.
    ///
    /// # Errors
    /// SQLite's.
    pub(crate) fn find(connection: &Connection, name: &str) -> rusqlite::Result<Found> {
        let look = "SELECT name, type, wr FROM pragma_table_list \
                    WHERE schema = 'main' AND name = ?1 COLLATE NOCASE AND type <> 'view'";
        let found = connection
            .query_row(look, [name], |row| {
                Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?, row.get::<_, bool>(2)?))
            })
            .optional()?;
        match found {
            None => Ok(Found::Nothing),
            Some((_, kind, _)) if kind == "virtual" => Ok(Found::Virtual),
            Some((name, _, without_rowid)) => {
                Self::read(connection, name, without_rowid).map(Found::Table)
            }
        }
    }

    fn read(connection: &Connection, name: String, without_rowid: bool) -> rusqlite::Result<Self> {
        let columns: Vec<Column> = connection
            .prepare(
                "SELECT name, hidden, \"notnull\", pk FROM pragma_table_xinfo(?1, 'main') ORDER BY cid",
            )?
            .query_map([&name], |row| {
                Ok(Column {
                    name: row.get(0)?,
                    is_computed: row.get::<_, i64>(1)? != 0,
                    is_never_null: row.get(2)?,
                    place_in_key: row.get(3)?,
                })
            })?
            .collect::<Result<_, _>>()?;
        let taken = |alias: &&str| columns.iter().any(|it| it.name.eq_ignore_ascii_case(alias));
        let rowid = ["rowid", "_rowid_", "oid"]
            .into_iter()
            .find(|alias| !taken(alias))
            .filter(|_| !without_rowid);
        let mut key: Vec<&Column> = columns.iter().filter(|it| it.place_in_key > 0).collect();
        key.sort_by_key(|it| it.place_in_key);
        // A key that is the rowid has no index, and is never NULL whatever its definition says.
        let is_rowid = !without_rowid && !key.is_empty() && !has_index_of_key(connection, &name)?;
        let is_key = without_rowid || is_rowid || key.iter().all(|it| it.is_never_null);
        let key = match is_key && !key.is_empty() {
            true => Key::Columns(key.into_iter().map(|it| it.name.clone()).collect()),
            false => Key::Rowid,
        };
        let (computed, stored): (Vec<_>, Vec<_>) =
            columns.into_iter().partition(|it| it.is_computed);
        let names = |columns: Vec<Column>| columns.into_iter().map(|it| it.name).collect();
        let (columns, computed) = (names(stored), names(computed));
        Ok(Self { name, columns, computed, key, key_is_rowid: is_rowid, rowid })
    }

    /// The same table, whose rows are found by what `columns` do not have; `None`: they cannot be.
    pub(crate) fn apart_from(&self, columns: &[String]) -> Option<Self> {
        match &self.key {
            Key::Columns(key) if key.iter().any(|it| columns.contains(it)) => self
                .rowid
                .filter(|_| !self.key_is_rowid)
                .map(|_| Self { key: Key::Rowid, ..self.clone() }),
            Key::Rowid if self.rowid.is_none() => None,
            _ => Some(self.clone()),
        }
    }

    /// The stored column called `name`, as the schema spells it.
    pub(crate) fn column(&self, name: &str) -> Option<&str> {
        let mut columns = self.columns.iter();
        columns.find(|it| it.eq_ignore_ascii_case(name)).map(String::as_str)
    }

    /// Whether `name` is a column that is computed.
    pub(crate) fn computes(&self, name: &str) -> bool {
        self.computed.iter().any(|it| it.eq_ignore_ascii_case(name))
    }

    /// The columns of the key; none: it is the rowid.
    pub(super) fn key_columns(&self) -> &[String] {
        match &self.key {
            Key::Columns(columns) => columns,
            Key::Rowid => &[],
        }
    }

    /// The key as SQL reads it; empty: there is none that can be read.
    pub(super) fn key_terms(&self) -> Vec<String> {
        match &self.key {
            Key::Columns(columns) => columns.iter().map(|it| quote(it)).collect(),
            Key::Rowid => self.rowid.map(str::to_owned).into_iter().collect(),
        }
    }

    /// Its name in SQL.
    pub(super) fn sql(&self) -> String {
        format!("main.{}", quote(&self.name))
    }
}

fn has_index_of_key(connection: &Connection, table: &str) -> rusqlite::Result<bool> {
    let look = "SELECT EXISTS (SELECT 1 FROM pragma_index_list(?1, 'main') WHERE origin = 'pk')";
    connection.query_row(look, [table], |row| row.get(0))
}

/// The condition that finds the row whose key is in the parameters from `first` on.
pub(super) fn equals(terms: &[String], first: usize) -> String {
    let terms = terms.iter().zip(first..).map(|(term, place)| format!("{term} = ?{place}"));
    terms.collect::<Vec<_>>().join(" AND ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_told_apart_by_a_key_that_is_never_null_or_else_by_the_rowid() {
        let connection = Connection::open_in_memory().unwrap();
        connection
            .execute_batch(
                "CREATE TABLE \"by id\" (\"Id\" INTEGER PRIMARY KEY, rowid, g AS (rowid || 'x'));
                 CREATE TABLE by_code (code TEXT PRIMARY KEY NOT NULL, a);
                 CREATE TABLE by_two (a NOT NULL, b NOT NULL, c, PRIMARY KEY (b, a));
                 CREATE TABLE without (a TEXT PRIMARY KEY, b) WITHOUT ROWID;
                 CREATE TABLE nullable (a TEXT PRIMARY KEY);
                 CREATE TABLE keyless (rowid, oid);
                 CREATE TABLE odd (rowid, oid, _rowid_);
                 CREATE VIEW v AS SELECT 1; CREATE VIRTUAL TABLE f USING fts5 (word);",
            )
            .unwrap();
        let shape = |name| match Shape::find(&connection, name).unwrap() {
            Found::Table(shape) => shape,
            _ => panic!("{name}"),
        };
        for (table, key) in [
            ("BY ID", "\"Id\""),
            ("by_code", "\"code\""),
            ("by_two", "\"b\", \"a\""),
            ("without", "\"a\""),
            ("nullable", "rowid"),
            ("keyless", "_rowid_"),
            ("odd", ""),
        ] {
            assert_eq!(shape(table).key_terms().join(", "), key, "{table}");
        }
        let shape = shape("by id");
        assert_eq!(
            (shape.name.as_str(), &*shape.columns),
            ("by id", &["Id", "rowid"].map(str::to_owned)[..])
        );
        assert!(shape.computes("G") && shape.column("ID") == Some("Id"));
        assert!(matches!(Shape::find(&connection, "f").unwrap(), Found::Virtual));
        for nothing in ["v", "gone"] {
            assert!(matches!(Shape::find(&connection, nothing).unwrap(), Found::Nothing));
        }
    }
}
