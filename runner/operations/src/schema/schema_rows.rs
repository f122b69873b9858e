//! The rows of `sqlite_schema`, which are kept: of those that are read again, only what changed is new in memory.

use std::iter::Peekable;
use std::slice;
use std::sync::{Arc, OnceLock};

use rusqlite::{Connection, Row};

/// A row of `sqlite_schema` (<https://sqlite.org/schematab.html>).
#[derive(Debug)]
pub struct SchemaRow {
    /// Its place in the order in which objects were made.
    pub rowid: i64,
    /// The page where a table or an index begins; 0 where there is none.
    pub root_page: i64,
    /// Its name, kind, table and definition, with a NUL after each but the last.
    text: Box<[u8]>,
    /// Where in it the first three end.
    ends: [usize; 3],
    /// Whether the letters of REFERENCES stand in its definition.
    mentions_references: bool,
    /// The definition in lower case, once it was asked for.
    lower_case_sql: OnceLock<Box<[u8]>>,
}

/// The rows of `sqlite_schema` of the main database, in the order of their rowids. A copy costs nothing, and
/// rows that were the same at two readings are one in memory.
#[derive(Debug, Clone, Default)]
pub struct SchemaRows(Arc<Vec<Arc<SchemaRow>>>);

/// Which rows are read again.
#[derive(Clone, Copy)]
pub(super) enum Scope<'t> {
    All,
    /// A table with its indexes and triggers.
    Table(&'t str),
}

/// The rows that one reading had and another has not.
#[derive(Debug, Default)]
pub struct RowChanges {
    /// Those that are gone.
    pub gone: Vec<Arc<SchemaRow>>,
    /// Those that are new.
    pub new: Vec<Arc<SchemaRow>>,
}

impl PartialEq for SchemaRow {
    fn eq(&self, other: &Self) -> bool {
        (self.rowid, self.root_page, &self.text) == (other.rowid, other.root_page, &other.text)
    }
}

impl SchemaRow {
    /// The columns that it is read from. One text is a third of the work of four, and a NUL is in no text of a
    /// schema. No function is called: somebody may have put another in the place of any.
    const COLUMNS: &str = "rowid, rootpage, \
        name || ?1 || type || ?1 || tbl_name || ?1 || CASE WHEN sql IS NULL THEN '' ELSE sql END";

    fn read(row: &Row<'_>, text: &[u8]) -> rusqlite::Result<Self> {
        let mut nuls = text.iter().enumerate().filter(|(_, byte)| **byte == 0).map(|(at, _)| at);
        let ends = [(); 3].map(|()| nuls.next().unwrap_or(text.len()));
        let sql = text.get(ends[2]..).unwrap_or_default();
        Ok(Self {
            rowid: row.get(0)?,
            root_page: root_page(row)?,
            text: text.into(),
            ends,
            mentions_references: mentions_references(sql),
            lower_case_sql: OnceLock::new(),
        })
    }

    fn is_as_in(&self, row: &Row<'_>, text: &[u8]) -> rusqlite::Result<bool> {
        Ok(*self.text == *text && self.root_page == root_page(row)?)
    }

    /// Its name, kind, table and definition, with a NUL after each but the last.
    #[must_use]
    pub fn text(&self) -> &[u8] {
        &self.text
    }

    /// The name of the object.
    #[must_use]
    pub fn name(&self) -> &[u8] {
        &self.text[..self.ends[0]]
    }

    /// `table`, `index`, `view` or `trigger`.
    #[must_use]
    pub fn kind(&self) -> &[u8] {
        self.part(0, self.ends[1])
    }

    /// The table or view that it is on; for a table or view, its name.
    #[must_use]
    pub fn table(&self) -> &[u8] {
        self.part(1, self.ends[2])
    }

    /// The text that made it; empty where there is none.
    #[must_use]
    pub fn sql(&self) -> &[u8] {
        self.part(2, self.text.len())
    }

    /// The same in lower case.
    #[must_use]
    pub fn lower_case_sql(&self) -> &[u8] {
        self.lower_case_sql.get_or_init(|| self.sql().to_ascii_lowercase().into())
    }

    /// Whether the letters of REFERENCES stand in its definition, in whatever case: a table cannot have a foreign
    /// key without them.
    #[must_use]
    pub fn mentions_references(&self) -> bool {
        self.mentions_references
    }

    /// What is after the end of the part `before`, up to `end`.
    fn part(&self, before: usize, end: usize) -> &[u8] {
        self.text.get(self.ends[before] + 1..end).unwrap_or_default()
    }
}

fn mentions_references(sql: &[u8]) -> bool {
    const WORD: &[u8] = b"REFERENCES";
    sql.windows(WORD.len()).any(|letters| letters.eq_ignore_ascii_case(WORD))
}

/// 0 where SQLite has none, or holds nothing that it can use.
fn root_page(row: &Row<'_>) -> rusqlite::Result<i64> {
    Ok(row.get_ref(1)?.as_i64().unwrap_or(0))
}

impl SchemaRows {
    /// Reads them.
    ///
    /// # Errors
    /// SQLite's.
    pub fn read(connection: &Connection) -> rusqlite::Result<Self> {
        let mut rows = Self::default();
        rows.refresh(connection, Scope::All)?;
        Ok(rows)
    }

    /// All of them.
    pub fn iter(&self) -> slice::Iter<'_, Arc<SchemaRow>> {
        self.0.iter()
    }

    /// Whether nothing was read again between the two that says something else.
    pub(super) fn are(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }

    /// What is different from `before`, as far as both come from one reading after the other: texts are not
    /// compared.
    #[must_use]
    pub fn changes_since(&self, before: &Self) -> RowChanges {
        let mut changes = RowChanges::default();
        let mut old = before.iter().peekable();
        for row in self.iter() {
            while let Some(gone) = old.next_if(|it| it.rowid < row.rowid) {
                changes.gone.push(Arc::clone(gone));
            }
            match old.next_if(|it| it.rowid == row.rowid) {
                Some(old) if Arc::ptr_eq(old, row) => {}
                old => {
                    changes.gone.extend(old.cloned());
                    changes.new.push(Arc::clone(row));
                }
            }
        }
        changes.gone.extend(old.cloned());
        changes
    }

    /// Reads the rows in `scope` again.
    ///
    /// # Errors
    /// SQLite's. All are kept as they were then.
    pub(super) fn refresh(
        &mut self,
        connection: &Connection,
        scope: Scope<'_>,
    ) -> rusqlite::Result<()> {
        let (within, table) = match scope {
            Scope::All => ("", None),
            Scope::Table(name) => ("WHERE tbl_name = ?2 COLLATE NOCASE", Some(name)),
        };
        let columns = SchemaRow::COLUMNS;
        let mut statement = connection.prepare(&format!(
            "SELECT {columns} FROM main.sqlite_schema {within} ORDER BY rowid"
        ))?;
        let parameters = std::iter::once("\0").chain(table);
        let mut rows = statement.query(rusqlite::params_from_iter(parameters))?;
        let mut old = self.iter().peekable();
        let (mut now, mut is_other) = (Vec::with_capacity(self.0.len() + 1), false);
        while let Some(row) = rows.next()? {
            let rowid = row.get(0)?;
            is_other |= pass(&mut old, Some(rowid), scope, &mut now);
            let text = row.get_ref(2)?.as_bytes()?;
            let old = old.next_if(|it| it.rowid == rowid);
            now.push(match old {
                Some(old) if old.is_as_in(row, text)? => Arc::clone(old),
                _ => {
                    is_other = true;
                    Arc::new(SchemaRow::read(row, text)?)
                }
            });
        }
        is_other |= pass(&mut old, None, scope, &mut now);
        if is_other {
            self.0 = Arc::new(now);
        }
        Ok(())
    }
}

/// Moves on to `rowid`, where the row that was read last is, or to the end: what is not in `scope` was not
/// read and is there still, what is in it is gone. Gives whether anything is.
fn pass(
    old: &mut Peekable<slice::Iter<'_, Arc<SchemaRow>>>,
    rowid: Option<i64>,
    scope: Scope<'_>,
    now: &mut Vec<Arc<SchemaRow>>,
) -> bool {
    let mut is_gone = false;
    while let Some(row) = old.next_if(|it| rowid.is_none_or(|rowid| it.rowid < rowid)) {
        match scope.has(row) {
            true => is_gone = true,
            false => now.push(Arc::clone(row)),
        }
    }
    is_gone
}

impl Scope<'_> {
    fn has(self, row: &SchemaRow) -> bool {
        match self {
            Self::All => true,
            Self::Table(name) => row.table().eq_ignore_ascii_case(name.as_bytes()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(rows: &[Arc<SchemaRow>]) -> Vec<&str> {
        rows.iter().map(|row| str::from_utf8(row.name()).unwrap()).collect()
    }

    #[test]
    fn a_row_is_taken_apart_into_what_it_says() {
        let connection = Connection::open_in_memory().unwrap();
        connection
            .execute_batch("CREATE TABLE \"A b\" (x UNIQUE); CREATE VIEW v AS SELECT 'Q'")
            .unwrap();
        let rows = SchemaRows::read(&connection).unwrap();
        let parts: Vec<_> = rows
            .iter()
            .map(|row| {
                [row.name(), row.kind(), row.table(), row.sql()]
                    .map(|part| str::from_utf8(part).unwrap())
            })
            .collect();
        assert_eq!(
            parts,
            [
                ["A b", "table", "A b", "CREATE TABLE \"A b\" (x UNIQUE)"],
                ["sqlite_autoindex_A b_1", "index", "A b", ""],
                ["v", "view", "v", "CREATE VIEW v AS SELECT 'Q'"],
            ]
        );
        let pages: Vec<_> = rows.iter().map(|row| row.root_page).collect();
        assert_eq!(pages, [2, 3, 0]);
        assert_eq!(rows.0[2].lower_case_sql(), b"create view v as select 'q'");
    }

    #[test]
    fn only_what_changed_is_new() {
        let connection = Connection::open_in_memory().unwrap();
        connection.execute_batch("CREATE TABLE a (x); CREATE TABLE b (x)").unwrap();
        let mut rows = SchemaRows::default();
        for (change, gone, new) in [
            ("SELECT 1", [].as_slice(), ["a", "b"].as_slice()),
            ("INSERT INTO a VALUES (1)", &[], &[]),
            ("CREATE INDEX i ON a (x)", &[], &["i"]),
            ("ALTER TABLE b RENAME TO c", &["b"], &["c"]),
            ("DROP TABLE a", &["a", "i"], &[]),
            ("CREATE TABLE d (x); DROP TABLE c", &["c"], &["d"]),
            // The same text, elsewhere.
            ("DROP TABLE d; CREATE TABLE e (x); CREATE TABLE d (x)", &["d"], &["e", "d"]),
        ] {
            let before = rows.clone();
            connection.execute_batch(change).unwrap();
            rows.refresh(&connection, Scope::All).unwrap();
            let changes = rows.changes_since(&before);
            assert_eq!((names(&changes.gone), names(&changes.new)), (gone.into(), new.into()));
            assert_eq!(rows.are(&before), gone.is_empty() && new.is_empty(), "{change}");
        }
    }

    #[test]
    fn a_reading_of_one_table_leaves_the_others() {
        let connection = Connection::open_in_memory().unwrap();
        connection
            .execute_batch("CREATE TABLE a (x); CREATE TABLE b (x); CREATE INDEX i ON a (x)")
            .unwrap();
        let mut rows = SchemaRows::read(&connection).unwrap();
        connection
            .execute_batch("DROP INDEX i; CREATE INDEX j ON a (x); CREATE INDEX k ON b (x)")
            .unwrap();
        rows.refresh(&connection, Scope::Table("A")).unwrap();
        assert_eq!(names(&rows.0), ["a", "b", "j"]);
        rows.refresh(&connection, Scope::Table("b")).unwrap();
        assert_eq!(names(&rows.0), ["a", "b", "j", "k"]);
    }
}
