//! Takes out of the schema what was made long ago, while more is made, and puts it back at the end.
//!
//! For each CREATE, SQLite reads all rows of the schema and looks at the foreign keys of all tables: thousands of
//! statements take the square of their number. Few need anything but the newest table.

use std::collections::HashSet;
use std::mem;

use rusqlite::types::Value;
use rusqlite::{Connection, ffi, params_from_iter};

/// Which part of the schema is there while more is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Visible {
    /// All of it.
    All,
    /// What was made last. A statement that needs more fails.
    Newest,
}

/// How many statements run before what they made is set aside.
const TOGETHER: usize = 100;

const COLUMNS: &str = "rowid, type, name, tbl_name, rootpage, sql";

/// Rows of the schema that are not in it at the moment.
#[derive(Default)]
pub(super) struct SetAside {
    rows: Vec<Vec<Value>>,
    /// How many statements ran since rows were set aside last.
    statements: usize,
    /// Whether there ever were any.
    pub(super) was_used: bool,
}

impl SetAside {
    /// After each statement: sets aside what was made, if that is enough by now.
    pub(super) fn take_at_times(&mut self, connection: &Connection) -> rusqlite::Result<()> {
        self.statements += 1;
        if self.statements < TOGETHER {
            return Ok(());
        }
        self.statements = 0;
        self.was_used = true;
        self.take(connection)
    }

    fn take(&mut self, connection: &Connection) -> rusqlite::Result<()> {
        // The newest row stays, since the next gets the number behind the last. So does all that is on its
        // table: SQLite does not read an index without that. The table of counters is made only once.
        let newest = "SELECT tbl_name FROM sqlite_schema ORDER BY rowid DESC LIMIT 1";
        let newest: String = connection.query_row(newest, [], |row| row.get(0))?;
        let older = "FROM sqlite_schema \
                     WHERE tbl_name <> ?1 COLLATE NOCASE AND name <> 'sqlite_sequence'";
        let mut select = connection.prepare(&format!("SELECT {COLUMNS} {older} ORDER BY rowid"))?;
        let columns = select.column_count();
        let rows =
            select.query_map([&newest], |row| (0..columns).map(|at| row.get(at)).collect())?;
        self.rows.extend(rows.collect::<rusqlite::Result<Vec<Vec<Value>>>>()?);
        edit_schema(connection, || {
            connection.execute(&format!("DELETE {older}"), [&newest]).map(drop)
        })
    }

    /// Puts all of it back.
    ///
    /// # Errors
    /// Two objects have one name: the one was not there when the other was made.
    pub(super) fn put_back(&mut self, connection: &Connection) -> rusqlite::Result<()> {
        if self.rows.is_empty() {
            return Ok(());
        }
        let rows = mem::take(&mut self.rows);
        edit_schema(connection, || {
            let insert =
                format!("INSERT INTO sqlite_schema ({COLUMNS}) VALUES (?1, ?2, ?3, ?4, ?5, ?6)");
            let mut insert = connection.prepare(&insert)?;
            rows.iter().try_for_each(|row| insert.execute(params_from_iter(row)).map(drop))
        })?;
        let mut names = HashSet::new();
        let mut select = connection.prepare("SELECT name FROM sqlite_schema")?;
        let mut all = select.query([])?;
        while let Some(row) = all.next()? {
            if !names.insert(row.get::<_, String>(0)?.to_ascii_lowercase()) {
                let error = ffi::Error::new(ffi::SQLITE_CORRUPT);
                let words = "there are two objects of one name".to_owned();
                return Err(rusqlite::Error::SqliteFailure(error, Some(words)));
            }
        }
        Ok(())
    }
}

/// Has `edit` write the table of the schema, which SQLite then reads anew. Nothing else may run meanwhile: names
/// that are SQLite's own would be allowed.
fn edit_schema(
    connection: &Connection,
    edit: impl FnOnce() -> rusqlite::Result<()>,
) -> rusqlite::Result<()> {
    connection.execute_batch("PRAGMA writable_schema = ON")?;
    let edited = edit();
    connection.execute_batch("PRAGMA writable_schema = RESET")?;
    edited
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::models::scratch::{Limits, Scratch};
    use crate::models::{ModelsError, Origin, Sql};

    fn sql(text: &str) -> Sql {
        Sql { origin: Origin::File("schema.sql".into()), text: text.into() }
    }

    /// All rows of the schema, in their order, after it was read from them anew.
    fn rows(scratch: &Scratch) -> Vec<String> {
        let connection = &scratch.connection;
        let damage = "PRAGMA integrity_check";
        let damage: String = connection.query_row(damage, [], |row| row.get(0)).unwrap();
        assert_eq!(damage, "ok");
        let all = "SELECT concat_ws(' ', rowid, type, name, tbl_name, rootpage > 0, sql) \
                   FROM sqlite_schema ORDER BY rowid";
        let mut all = connection.prepare(all).unwrap();
        let rows = all.query_map([], |row| row.get(0)).unwrap();
        rows.map(Result::unwrap).collect()
    }

    #[test]
    fn what_is_set_aside_while_more_is_made_comes_back_as_it_was() {
        let table = |at: usize| {
            format!(
                "CREATE TABLE \"T {at}\" (id INTEGER PRIMARY KEY AUTOINCREMENT, a TEXT UNIQUE, \
                 b REFERENCES \"T {}\");\n\
                 CREATE INDEX i{at} ON \"t {at}\" (b);\n\
                 CREATE TRIGGER \"g{at}\" AFTER INSERT ON \"t {at}\" BEGIN SELECT 1; END;\n\
                 CREATE VIEW v{at} AS SELECT a FROM \"T {at}\";\n",
                at / 2
            )
        };
        let text: String = (0..120).map(table).collect();
        let made = |visible| {
            let mut scratch = Scratch::new(Limits::USUAL, visible).unwrap();
            scratch.run_all(&[sql(&text)]).unwrap();
            scratch.prove().unwrap();
            let any = ModelsError::Scratch(rusqlite::Error::InvalidQuery);
            assert_eq!(scratch.is_doubtful(&any), visible == Visible::Newest);
            let places: Vec<_> =
                scratch.made.iter().map(|it| (it.name.clone(), it.place.line)).collect();
            (rows(&scratch), places)
        };
        assert!(made(Visible::Newest) == made(Visible::All));
    }

    #[test]
    fn what_needs_something_that_is_set_aside_is_in_doubt() {
        let tables: String = (0..150).map(|at| format!("CREATE TABLE t{at} (a);\n")).collect();
        for (last, is_right) in [
            ("CREATE INDEX i ON t3 (a)", true),
            ("CREATE TRIGGER g AFTER INSERT ON t3 BEGIN SELECT 1; END", true),
            ("CREATE TABLE IF NOT EXISTS t3 (b)", true),
            ("CREATE TABLE T3 (b)", false),
            ("CREATE INDEX t3 ON t149 (a)", false),
            ("CREATE VIEW t3 AS SELECT 1", false),
            ("CREATE TABLE sqlite_mine (a)", false),
            ("CREATE TABLE copy AS SELECT * FROM t3", false),
        ] {
            let text = format!("{tables}{last};");
            let run = |visible| {
                let mut scratch = Scratch::new(Limits::USUAL, visible).unwrap();
                let ran = scratch.run_all(&[sql(&text)]);
                (ran.as_ref().is_err_and(|error| scratch.is_doubtful(error)), ran.is_ok())
            };
            assert_eq!(run(Visible::Newest), (true, false), "{last}");
            assert_eq!(run(Visible::All), (false, is_right), "{last}");
        }
    }
}
