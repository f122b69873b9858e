//! Whether two databases hold the same, value by value.

use migration_api::schema::quote;
use rusqlite::Connection;

/// The first place in which `a` and `b` differ: the name of a table, or of a property of the file.
/// `None`: they are the same. Reads every row of both; indexes are not read.
///
/// # Errors
/// SQLite's.
pub(super) fn first_difference(a: &Connection, b: &Connection) -> rusqlite::Result<Option<String>> {
    for property in ["page_count", "page_size", "encoding", "user_version", "application_id"] {
        if value(a, property)? != value(b, property)? {
            return Ok(Some(property.to_owned()));
        }
    }
    for table in tables(a)? {
        let query = match (table.query(a)?, table.query(b)?) {
            (one, other) if one == other => one,
            _ => return Ok(Some(table.name)),
        };
        if !same_rows(a, b, &query)? {
            return Ok(Some(table.name));
        }
    }
    Ok(None)
}

fn value(connection: &Connection, pragma: &str) -> rusqlite::Result<rusqlite::types::Value> {
    connection.pragma_query_value(None, pragma, |row| row.get(0))
}

struct Table {
    name: String,
    without_rowid: bool,
}

/// Every table that stores rows; the schema itself is the first of them.
fn tables(connection: &Connection) -> rusqlite::Result<Vec<Table>> {
    let mut statement = connection.prepare(
        "SELECT name, wr FROM pragma_table_list
         WHERE schema = 'main' AND type IN ('table', 'shadow')
         ORDER BY name <> 'sqlite_schema', name",
    )?;
    let table =
        |row: &rusqlite::Row<'_>| Ok(Table { name: row.get(0)?, without_rowid: row.get(1)? });
    statement.query_map([], table)?.collect()
}

impl Table {
    /// Reads everything that is stored in the table, in the order in which it is stored; what is
    /// computed when it is read is not stored. Empty if there is no such table.
    fn query(&self, connection: &Connection) -> rusqlite::Result<String> {
        let mut statement = connection.prepare(
            "SELECT name FROM pragma_table_xinfo(?1, 'main') WHERE hidden IN (0, 3) ORDER BY cid",
        )?;
        let columns: Vec<String> =
            statement.query_map([&self.name], |row| row.get(0))?.collect::<Result<_, _>>()?;
        if columns.is_empty() {
            return Ok(String::new());
        }
        let taken = |name: &&str| columns.iter().any(|column| column.eq_ignore_ascii_case(name));
        let rowid = ["rowid", "_rowid_", "oid"].into_iter().find(|name| !taken(name));
        let rowid = rowid.filter(|_| !self.without_rowid).map(str::to_owned);
        let columns: Vec<String> =
            rowid.into_iter().chain(columns.iter().map(|name| quote(name))).collect();
        let name = quote(&self.name);
        Ok(format!("SELECT {} FROM main.{name} NOT INDEXED", columns.join(", ")))
    }
}

fn same_rows(a: &Connection, b: &Connection, query: &str) -> rusqlite::Result<bool> {
    let (mut a, mut b) = (a.prepare(query)?, b.prepare(query)?);
    let width = a.column_count();
    let (mut a, mut b) = (a.query([])?, b.query([])?);
    loop {
        match (a.next()?, b.next()?) {
            (None, None) => return Ok(true),
            (Some(one), Some(other)) => {
                for column in 0..width {
                    let (one, other) = (one.get_ref(column)?, other.get_ref(column)?);
                    // A NaN cannot be stored.
                    if one != other {
                        return Ok(false);
                    }
                }
            }
            _ => return Ok(false),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GROUND: &str = "
        CREATE TABLE a (id INTEGER PRIMARY KEY AUTOINCREMENT, rowid TEXT, \"o\"\"id\" BLOB);
        CREATE TABLE b (k TEXT PRIMARY KEY, v, g AS (v * 2)) WITHOUT ROWID;
        CREATE TABLE c (v);
        CREATE VIRTUAL TABLE f USING fts5 (text);
        INSERT INTO a (rowid, \"o\"\"id\") VALUES ('x', x'00'), ('y', NULL);
        INSERT INTO b (k, v) VALUES ('k', 1.5), ('l', 9);
        INSERT INTO c VALUES (1), (2);
        INSERT INTO f VALUES ('words');";

    fn filled(more: &str) -> Connection {
        let connection = Connection::open_in_memory().unwrap();
        connection.execute_batch(GROUND).unwrap();
        connection.execute_batch(more).unwrap();
        connection
    }

    #[test]
    fn the_same_is_the_same_and_every_change_is_seen() {
        let original = filled("");
        assert_eq!(first_difference(&original, &filled("")).unwrap(), None);
        for (change, place) in [
            ("UPDATE a SET rowid = 'z' WHERE id = 2", "a"),
            ("UPDATE a SET \"o\"\"id\" = '' WHERE id = 2", "a"),
            ("DELETE FROM a WHERE id = 2", "a"),
            ("UPDATE sqlite_sequence SET seq = 7", "sqlite_sequence"),
            ("UPDATE b SET v = 2 WHERE k = 'k'", "b"),
            ("UPDATE c SET v = '1' WHERE v = 1", "c"),
            ("UPDATE c SET rowid = 7 WHERE v = 2", "c"),
            ("INSERT INTO c VALUES (NULL)", "c"),
            ("UPDATE f SET text = 'others'", "f_content"),
            ("CREATE VIEW w AS SELECT 1", "sqlite_schema"),
            ("PRAGMA user_version = 1", "user_version"),
            ("CREATE TABLE d (x)", "page_count"),
        ] {
            let changed = filled(change);
            let seen = first_difference(&original, &changed).unwrap();
            assert_eq!(seen.as_deref(), Some(place), "{change}");
        }
    }
}
