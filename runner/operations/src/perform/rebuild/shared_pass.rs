//! Several columns dropped in one run are one pass over the rows, where that is the same and costs less.

use std::cell::Cell;

use crate::perform::session::{Result, Session};
use crate::schema::{Column, Table};

/// How many passes over the rows several dropped columns are.
#[derive(Debug)]
pub(in crate::perform) enum Passes {
    /// One, where it may be. Whether that has happened is noted.
    Shared { happened: Cell<bool> },
    /// One for each column, by SQLite's own DROP COLUMN.
    Each,
}

impl Passes {
    pub(in crate::perform) fn shared() -> Self {
        Self::Shared { happened: Cell::new(false) }
    }

    /// Whether something was done otherwise than SQLite does it.
    pub(in crate::perform) fn were_shared(&self) -> bool {
        matches!(self, Self::Shared { happened } if happened.get())
    }
}

impl Session<'_> {
    /// Whether a rebuild of `table` takes the place of `passes` of SQLite's DROP COLUMN. A rebuild judges
    /// each row again, where DROP COLUMN copies it unseen: what a rebuild refuses is tried once more by
    /// [`Passes::Each`], so that it is refused only where one column after the other is.
    pub(in crate::perform) fn shares_a_pass(&self, table: &Table, passes: usize) -> Result<bool> {
        let Passes::Shared { happened } = self.passes else { return Ok(false) };
        // A rebuild takes the time of one and a half passes, and of nearly one more for each index that it
        // makes again.
        let indexes = self.schema()?.table(&table.name).map_or(0, |table| table.indexes.len());
        let shared = passes >= 2 + indexes && keeps_all(table);
        happened.set(happened.get() || shared);
        Ok(shared)
    }
}

/// Whether a rebuild keeps what DROP COLUMN keeps: the rowids need a name to be copied by, and a stored
/// value is computed again, maybe by another function than the application's.
fn keeps_all(table: &Table) -> bool {
    let has_rowids = table.without_rowid || table.rowid_name().is_some();
    let stores = |column: &Column| column.generated().is_some_and(|(_, stored)| stored);
    has_rowids && !table.columns.iter().any(stores)
}

#[cfg(test)]
mod tests {
    use rusqlite::Connection;

    use crate::operation::Operation;
    use migration_api::Migrator;

    const ROWS: &str = "INSERT INTO t VALUES (3, 1, 2, 'x', 4), (7, 1, 5, 'y', 4);";

    fn open(setup: &str) -> Connection {
        let connection = Connection::open_in_memory().unwrap();
        connection.execute_batch(setup).unwrap();
        connection
    }

    fn drops(columns: &[&str]) -> Vec<Operation> {
        columns.iter().map(|column| Operation::drop_column("t", *column)).collect()
    }

    /// How many times a run wrote both rows: DROP COLUMN counts none, and the schema few.
    fn written(connection: &Connection, columns: &[&str]) -> u64 {
        let before = connection.total_changes();
        Migrator::new(connection).run(drops(columns)).unwrap();
        (connection.total_changes() - before) / 2
    }

    #[test]
    fn two_columns_are_one_pass_and_each_index_wants_one_more() {
        const TABLE: &str = "CREATE TABLE t (id INTEGER PRIMARY KEY, a, b, c, d);";
        const INDEX: &str = "CREATE INDEX i ON t (c);";
        let passes = |sql: &str, columns: &[&str]| written(&open(sql), columns);
        assert_eq!(passes(&format!("{TABLE}{ROWS}"), &["a"]), 0);
        assert_eq!(passes(&format!("{TABLE}{ROWS}"), &["a", "b"]), 1);
        assert_eq!(passes(&format!("{TABLE}{INDEX}{ROWS}"), &["a", "b"]), 0);
        assert_eq!(passes(&format!("{TABLE}{INDEX}{ROWS}"), &["a", "b", "d"]), 1);
        assert_eq!(passes(TABLE, &["a", "b"]), 0, "there are no rows");
    }

    /// The whole of a database: its texts, and the rows of `t` with their rowids.
    fn content(connection: &Connection) -> String {
        let texts = "SELECT group_concat(type || name || coalesce(sql, ''), ';') FROM \
                     (SELECT * FROM sqlite_schema ORDER BY type, name)";
        let text: String = connection.query_row(texts, [], |row| row.get(0)).unwrap();
        let mut statement = connection.prepare("SELECT * FROM t").unwrap();
        let columns = statement.column_count();
        let rows = statement.query_map([], |row| {
            (0..columns).map(|at| row.get(at)).collect::<Result<Vec<rusqlite::types::Value>, _>>()
        });
        let rows: Vec<_> = rows.unwrap().map(Result::unwrap).collect();
        format!("{text} {rows:?}")
    }

    #[test]
    fn what_is_left_is_what_one_after_the_other_leaves() {
        for setup in [
            "CREATE TABLE t (id INTEGER PRIMARY KEY AUTOINCREMENT, a, b, -- of c\n c TEXT, d);",
            "CREATE TABLE t (id INTEGER, a, b, c TEXT, d, PRIMARY KEY (c, id)) WITHOUT ROWID;",
            // Rows that broke the rule when they came.
            "PRAGMA ignore_check_constraints = ON;
             CREATE TABLE t (id INTEGER PRIMARY KEY, a, b, c TEXT CHECK (c > 'z'), d);",
            // No name is left for the rowid.
            "CREATE TABLE t (rowid, a, oid, c TEXT, _rowid_);",
            "CREATE TABLE t (id INTEGER PRIMARY KEY, a, b, c TEXT, d,
                             e AS (c || 'e') VIRTUAL, f AS (c || 'f') STORED);",
            "CREATE TABLE t (id INTEGER PRIMARY KEY, a, b, c TEXT, d);
             CREATE VIEW v AS SELECT c FROM t; CREATE TABLE log (c);
             CREATE TRIGGER one AFTER INSERT ON t BEGIN INSERT INTO log VALUES (new.c); END;
             CREATE TRIGGER two AFTER INSERT ON t BEGIN INSERT INTO log VALUES (new.c); END;",
        ] {
            let setup = format!("{setup}{ROWS} PRAGMA ignore_check_constraints = OFF;");
            let columns = if setup.contains("_rowid_") { ["a", "c"] } else { ["a", "b"] };
            let (together, each) = (open(&setup), open(&setup));
            written(&together, &columns);
            for column in columns {
                Migrator::new(&each).drop_column("t", column).unwrap();
            }
            assert_eq!(content(&together), content(&each));
        }
    }

    #[test]
    fn what_is_refused_is_what_one_after_the_other_refuses() {
        for (with, columns) in [
            ("CREATE VIEW v AS SELECT b FROM t", ["a", "b"]),
            ("CREATE VIEW v AS SELECT a FROM t", ["a", "b"]),
            ("CREATE INDEX i ON t (b)", ["a", "b"]),
            ("CREATE TRIGGER r UPDATE OF a ON t BEGIN SELECT 1; END", ["b", "a"]),
            ("CREATE TABLE child (x REFERENCES t (b)); CREATE UNIQUE INDEX i ON t (b)", ["a", "b"]),
            ("SELECT 1", ["a", "a"]),
            ("SELECT 1", ["a", "nothing"]),
        ] {
            let setup =
                format!("CREATE TABLE t (id INTEGER PRIMARY KEY, a, b, c TEXT, d); {ROWS} {with}");
            let refused = |connection: &Connection, operations: Vec<Operation>| {
                let refusal = Migrator::new(connection).run(operations).err();
                refusal.map(|error| error.source().source().unwrap().to_string())
            };
            let together = open(&setup);
            let refusal = refused(&together, drops(&columns));
            let each = open(&setup);
            let one_by_one =
                drops(&columns).into_iter().find_map(|operation| refused(&each, vec![operation]));
            assert!(refusal.is_some(), "{with}");
            assert_eq!(refusal, one_by_one, "{with}");
            assert_eq!(content(&together), content(&open(&setup)), "{with}");
        }
    }
}
