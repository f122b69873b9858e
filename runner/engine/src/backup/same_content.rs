//! Whether two databases hold the same, value by value.

use rusqlite::Connection;

use super::stored_tables::{Table, tables};
use super::verification::reason;
use crate::application::lacks;
use crate::unverified::Unverified;

/// The first difference between `a` and `b`: the name of a table, or of a property of the file. `None`:
/// they are the same. Reads every row of both; indexes are not read. A table whose rows SQLite cannot
/// read in either is recorded.
///
/// # Errors
/// SQLite's.
pub(super) fn first_difference(
    a: &Connection,
    b: &Connection,
    unverified: &mut Vec<Unverified>,
) -> rusqlite::Result<Option<String>> {
    for property in ["page_count", "page_size", "encoding", "user_version", "application_id"] {
        if value(a, property)? != value(b, property)? {
            return Ok(Some(property.to_owned()));
        }
    }
    for table in tables(a)? {
        let query = table.query();
        if query != Table::read(b, table.name.clone())?.query() {
            return Ok(Some(table.name));
        }
        match (same_rows(a, b, &query), b.prepare(&query).map(drop)) {
            (Err(error), Err(other)) if lacks(&error) && lacks(&other) => {
                unverified.push(Unverified::Rows { table: table.name, why: reason(&error) });
            }
            (same, _) => {
                if !same? {
                    return Ok(Some(table.name));
                }
            }
        }
    }
    Ok(None)
}

fn value(connection: &Connection, pragma: &str) -> rusqlite::Result<rusqlite::types::Value> {
    connection.pragma_query_value(None, pragma, |row| row.get(0))
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
        let compared = |other| first_difference(&original, &other, &mut Vec::new()).unwrap();
        assert_eq!(compared(filled("")), None);
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
            assert_eq!(compared(filled(change)).as_deref(), Some(place), "{change}");
        }
    }
}
