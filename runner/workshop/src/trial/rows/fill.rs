//! Fills a whole database.

use std::collections::BTreeSet;

use migration_api::schema::{Schema, SchemaError, quote};
use rusqlite::Connection;

use super::orphans::Orphans;
use super::{order, table};

/// Which values the rows hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Variety {
    /// Those that suit the declared types.
    Typed,
    /// Also those that a column takes although its type says otherwise, as an INTEGER column takes
    /// text outside of STRICT tables (<https://sqlite.org/flextypegood.html>).
    Any,
}

/// What came of it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Filled {
    /// The tables in which there is no row: none that was tried was taken.
    pub empty: Vec<String>,
    /// How many rows hold a value that does not suit its column's type.
    pub stray: usize,
}

/// Why no rows could be made.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RowsError {
    /// The schema is not understood.
    #[error(transparent)]
    Schema(#[from] SchemaError),
    /// SQLite refused something else than a row.
    #[error("cannot fill the tables")]
    Sqlite(#[from] rusqlite::Error),
}

/// Puts rows into the tables of `connection`, but for those in `but` and the runner's own. Triggers do what they do,
/// and the rows are left as they are after that. Rows that point to nothing do not stay.
///
/// `connection` is for this alone: its settings are changed, and it must be in no transaction.
///
/// # Errors
/// The schema is not understood, or SQLite refuses more than rows. A table for which no row can be found
/// is no error: it is among [`Filled::empty`].
pub fn fill(
    connection: &Connection,
    variety: Variety,
    but: &BTreeSet<String>,
) -> Result<Filled, RowsError> {
    // A row may have to point to one that comes later. A refused row may roll a transaction back
    // (ON CONFLICT ROLLBACK), so there is none.
    connection.execute_batch("PRAGMA foreign_keys = OFF; PRAGMA temp_store = MEMORY")?;
    let schema = Schema::read(connection)?;
    let orphans = Orphans::of(&schema, connection)?;
    let is_left_out = |name: &str| but.contains(&name.to_ascii_lowercase()) || is_own(name);
    let mut filled = Filled::default();
    for table in order::parents_first(&schema) {
        if !table.shadow && !is_left_out(&table.name) {
            filled.stray += table::fill(connection, &schema, table, variety)?;
        }
    }
    orphans.remove(connection)?;
    let tables = schema.tables.iter().filter(|table| !table.shadow).map(|table| &table.name);
    let virtual_tables = schema.virtual_tables.iter().map(|table| &table.name);
    for name in tables.chain(virtual_tables) {
        if !is_left_out(name) && is_empty(connection, name) {
            filled.empty.push(name.clone());
        }
    }
    Ok(filled)
}

/// Whether it is one of the runner's tables.
fn is_own(table: &str) -> bool {
    table.to_ascii_lowercase().starts_with("_runner_")
}

/// A table that cannot be read holds no row that anybody could lose.
fn is_empty(connection: &Connection, table: &str) -> bool {
    let sql = format!("SELECT NOT EXISTS (SELECT 1 FROM main.{})", quote(table));
    connection.query_row(&sql, [], |row| row.get(0)).unwrap_or(true)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filled(sql: &str) -> (Connection, Filled) {
        let connection = Connection::open_in_memory().unwrap();
        connection.execute_batch(sql).unwrap();
        let filled = fill(&connection, Variety::Any, &BTreeSet::new()).unwrap();
        (connection, filled)
    }

    fn number(connection: &Connection, sql: &str) -> i64 {
        connection.query_row(sql, [], |row| row.get(0)).unwrap()
    }

    const HOTEL: &str = "
        CREATE TABLE stay (
          id INTEGER PRIMARY KEY AUTOINCREMENT, guest INTEGER REFERENCES guest(id),
          room TEXT NOT NULL, arrives_on TEXT NOT NULL, leaves_on TEXT NOT NULL, note, picture BLOB,
          nights INTEGER AS (julianday(leaves_on) - julianday(arrives_on)),
          CHECK (leaves_on > arrives_on));
        CREATE TABLE guest (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE COLLATE NOCASE,
          score INTEGER CHECK (score >= 0), friend INTEGER REFERENCES guest);";

    #[test]
    fn rows_hold_what_is_often_forgotten() {
        let (connection, filled) = filled(HOTEL);
        assert!(filled.empty.is_empty() && filled.stray > 0, "{filled:?}");
        for (what, condition) in [
            ("an empty text", "EXISTS (SELECT 1 FROM guest WHERE name = '')"),
            ("a text beyond ASCII", "EXISTS (SELECT 1 FROM guest WHERE name GLOB '*ů*')"),
            ("NULL", "EXISTS (SELECT 1 FROM guest WHERE score IS NULL)"),
            (
                "a number that no float holds",
                "EXISTS (SELECT 1 FROM guest WHERE score = 9007199254740993)",
            ),
            ("a key beyond 32 bits", "EXISTS (SELECT 1 FROM guest WHERE id > 4294967296)"),
            ("text among numbers", "EXISTS (SELECT 1 FROM guest WHERE typeof(score) = 'text')"),
            ("a negative number", "EXISTS (SELECT 1 FROM stay WHERE note < 0)"),
            ("bytes", "EXISTS (SELECT 1 FROM stay WHERE typeof(picture) = 'blob')"),
            ("who points to nobody", "EXISTS (SELECT 1 FROM stay WHERE guest IS NULL)"),
            (
                "who points to somebody",
                "EXISTS (SELECT 1 FROM stay JOIN guest ON guest.id = guest)",
            ),
            ("who points to its like", "EXISTS (SELECT 1 FROM guest WHERE friend IS NOT NULL)"),
        ] {
            assert_eq!(
                number(&connection, &format!("SELECT {condition}")),
                1,
                "no row holds {what}"
            );
        }
    }

    #[test]
    fn every_column_and_pair_that_need_not_differ_holds_a_value_twice() {
        let (connection, filled) = filled(
            "CREATE TABLE customer (id INTEGER PRIMARY KEY, name TEXT);
             CREATE TABLE purchase (
               paid INTEGER, id INTEGER PRIMARY KEY, customer INTEGER REFERENCES customer (id),
               friend INTEGER REFERENCES customer (id), number TEXT UNIQUE, code TEXT NOT NULL UNIQUE,
               agent TEXT, a, b INTEGER, c REAL, created datetime DEFAULT (datetime('now')));",
        );
        assert_eq!(filled.empty, Vec::<String>::new());
        let columns = ["paid", "customer", "friend", "agent", "a", "b", "c", "created"];
        for one in columns {
            for other in columns {
                let twice = format!(
                    "SELECT count(*) FROM (SELECT 1 FROM purchase WHERE {one} IS NOT NULL AND {other} \
                     IS NOT NULL GROUP BY {one}, {other} HAVING count(*) > 1)"
                );
                assert_ne!(number(&connection, &twice), 0, "{one}, {other}");
            }
        }
    }

    #[test]
    fn typed_rows_hold_nothing_else() {
        let connection = Connection::open_in_memory().unwrap();
        connection.execute_batch(HOTEL).unwrap();
        let filled = fill(&connection, Variety::Typed, &BTreeSet::new()).unwrap();
        assert_eq!(filled, Filled::default());
        let stray = "SELECT count(*) FROM guest WHERE typeof(score) NOT IN ('integer', 'null') \
                     OR typeof(name) <> 'text'";
        assert_eq!(number(&connection, stray), 0);
    }

    #[test]
    fn the_same_schema_gets_the_same_rows() {
        let rows = || -> Vec<String> {
            let (connection, _) = filled(HOTEL);
            let all = "SELECT quote(id) || quote(name) || quote(score) || quote(friend) FROM guest";
            let mut statement = connection.prepare(all).unwrap();
            statement.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect()
        };
        assert_eq!(rows(), rows());
    }

    #[test]
    fn a_check_is_met_by_what_it_says_itself() {
        for table in [
            "status TEXT NOT NULL CHECK (status IN ('open', 'closed'))",
            "id INTEGER PRIMARY KEY CHECK (id = 1), name TEXT",
            "age INTEGER NOT NULL CHECK (age BETWEEN 18 AND 21)",
            "mail TEXT NOT NULL CHECK (mail LIKE '%@%.%')",
            "code TEXT NOT NULL CHECK (length(code) = 5 AND code GLOB '[A-Z]*') DEFAULT 'ABCDE'",
            "a INTEGER NOT NULL, b INTEGER NOT NULL, c INTEGER NOT NULL, CHECK (a < b AND b < c)",
            "data TEXT NOT NULL CHECK (json_valid(data))",
            "a TEXT CHECK (typeof(a) = 'blob' AND length(a) = 2) NOT NULL",
            "a TEXT NOT NULL, b TEXT NOT NULL, UNIQUE (a, b)",
            "k TEXT PRIMARY KEY, n INT NOT NULL CHECK (n % 10 = 2)",
        ] {
            let (connection, filled) = filled(&format!("CREATE TABLE t ({table})"));
            assert!(filled.empty.is_empty(), "{table}");
            assert!(number(&connection, "SELECT count(*) FROM t") > 0, "{table}");
        }
    }

    #[test]
    fn keys_that_go_round_in_a_circle_are_met() {
        let (connection, filled) = filled(
            "CREATE TABLE a (id INTEGER PRIMARY KEY, b INTEGER NOT NULL REFERENCES b(id)
               DEFERRABLE INITIALLY DEFERRED);
             CREATE TABLE b (id INTEGER PRIMARY KEY, a INTEGER NOT NULL REFERENCES a(id));
             CREATE TABLE c (x TEXT NOT NULL REFERENCES c(x), y, PRIMARY KEY (x)) WITHOUT ROWID;",
        );
        assert_eq!(filled.empty, Vec::<String>::new());
        assert_eq!(number(&connection, "SELECT count(*) FROM pragma_foreign_key_check"), 0);
    }

    #[test]
    fn a_row_whose_parent_was_replaced_does_not_stay() {
        let (connection, _) = filled(
            "CREATE TABLE t (id INTEGER PRIMARY KEY, parent INTEGER NOT NULL REFERENCES t(id),
               one INTEGER UNIQUE ON CONFLICT REPLACE CHECK (one IN (1, 2)))",
        );
        assert_eq!(number(&connection, "SELECT count(*) FROM pragma_foreign_key_check"), 0);
    }

    #[test]
    fn a_table_without_a_row_is_named() {
        let (_, filled) = filled(
            "CREATE TABLE never (a CHECK (a IS NULL AND a IS NOT NULL));
             CREATE TABLE refused (a);
             CREATE TRIGGER no BEFORE INSERT ON refused BEGIN SELECT RAISE(ABORT, 'no'); END;
             CREATE TABLE fine (a UNIQUE ON CONFLICT ROLLBACK);
             CREATE VIRTUAL TABLE words USING fts5(word);",
        );
        assert_eq!(filled.empty, ["never", "refused", "words"]);
    }
}
