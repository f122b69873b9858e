//! Values that several rows have where a unique index allows one: told with the rows.

use std::fmt;

use rusqlite::Connection;

use crate::operation::Refusal;
use crate::perform::session::Session;
use crate::schema::name::quote;
use crate::schema::{Index, IndexTerm, Table};

/// Values that several rows have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Duplicates {
    /// The table.
    pub table: String,
    /// What the index is of, as it says it.
    pub terms: String,
    /// How many values there are of that kind.
    pub count: i64,
    /// The first few of them in words, each with its rows.
    pub values: Vec<String>,
}

impl Duplicates {
    /// Those that are in the way of the index that `sql`, a CREATE UNIQUE INDEX, makes. `None`: it is something
    /// else, or there are none.
    #[must_use]
    pub fn of_index(connection: &Connection, sql: &str) -> Option<Self> {
        let index = Index::parse(sql).ok().filter(|index| index.unique)?;
        Self::find(connection, &index).ok().filter(|found| found.count > 0)
    }

    fn find(connection: &Connection, index: &Index) -> rusqlite::Result<Self> {
        const SHOWN: usize = 5;
        let terms: Vec<String> = index.columns.iter().map(|column| term(&column.term)).collect();
        let keys: Vec<String> = terms
            .iter()
            .zip(&index.columns)
            .map(|(term, column)| match &column.collate {
                Some(collation) => format!("{term} COLLATE {}", quote(collation)),
                None => term.clone(),
            })
            .collect();
        let quoted: Vec<_> = terms.iter().map(|term| format!("quote({term})")).collect();
        // NULLs are equal to nothing (<https://sqlite.org/lang_createindex.html>).
        let mut conditions: Vec<_> =
            terms.iter().map(|term| format!("{term} IS NOT NULL")).collect();
        conditions.extend(
            index.condition.as_ref().map(|condition| format!("(\n{}\n)", condition.as_str())),
        );
        let row = match rowid_name(connection, &index.table) {
            Some(name) => quote(&name),
            None => "NULL".to_owned(),
        };
        let mut statement = connection.prepare(&format!(
            "SELECT count(*) OVER (), {}, count(*), min({row}), max({row}) FROM {} WHERE {} \
             GROUP BY {} HAVING count(*) > 1 ORDER BY min({row}) LIMIT {SHOWN}",
            quoted.join(" || ', ' || "),
            quote(&index.table),
            conditions.join(" AND "),
            keys.join(", "),
        ))?;
        let mut rows = statement.query([])?;
        let (mut count, mut values) = (0, Vec::new());
        while let Some(row) = rows.next()? {
            count = row.get(0)?;
            let value: String = row.get(1)?;
            values.push(format!(
                "{} {}",
                shortened(&value),
                places(row.get(2)?, row.get(3)?, row.get(4)?)
            ));
        }
        let names = index.columns.iter().map(|column| match &column.term {
            IndexTerm::Column(name) => format!("`{name}`"),
            IndexTerm::Expression(text) => format!("`{text}`"),
        });
        let terms = names.collect::<Vec<_>>().join(", ");
        Ok(Self { table: index.table.clone(), terms, count, values })
    }
}

impl fmt::Display for Duplicates {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { terms, count, values, .. } = self;
        let (values_of, are) = if *count == 1 { ("value", "is") } else { ("values", "are") };
        write!(f, "{count} {values_of} of {terms} {are} in several rows: {}", values.join("; "))?;
        match usize::try_from(*count).unwrap_or(0).saturating_sub(values.len()) {
            0 => Ok(()),
            more => write!(f, "; and {more} more"),
        }
    }
}

impl Session<'_> {
    /// `refusal` of `sql`; if that makes a unique index, with the values that are in its way.
    pub(in crate::perform) fn with_duplicates(&self, refusal: Refusal, sql: &str) -> Refusal {
        match refusal {
            Refusal::Sqlite(source) if is_of_unique(&source) => {
                match Duplicates::of_index(self.connection, sql) {
                    Some(Duplicates { table, terms, count, values }) => {
                        let source = Box::new(source);
                        Refusal::NotUnique { table, terms, count, values, source }
                    }
                    None => Refusal::Sqlite(source),
                }
            }
            refusal => refusal,
        }
    }
}

fn is_of_unique(error: &rusqlite::Error) -> bool {
    error.sqlite_extended_error_code() == Some(rusqlite::ffi::SQLITE_CONSTRAINT_UNIQUE)
}

fn term(term: &IndexTerm) -> String {
    match term {
        IndexTerm::Column(name) => quote(name),
        IndexTerm::Expression(text) => format!("(\n{text}\n)"),
    }
}

/// The name by which the table's rows are numbered, if they are.
fn rowid_name(connection: &Connection, table: &str) -> Option<String> {
    let ask = "SELECT sql FROM sqlite_schema WHERE type = 'table' AND name = ?1 COLLATE NOCASE";
    let text: String = connection.query_row(ask, [table], |row| row.get(0)).ok()?;
    Table::parse(&text).ok()?.rowid_name().map(str::to_owned)
}

/// In which rows a value is.
fn places(count: i64, first: Option<i64>, last: Option<i64>) -> String {
    match (count, first, last) {
        (2, Some(first), Some(last)) => format!("in rows {first} and {last}"),
        (count, Some(first), Some(last)) => format!("in {count} rows from {first} to {last}"),
        (count, ..) => format!("in {count} rows"),
    }
}

/// A value as a person reads it.
pub(in crate::perform) fn shortened(value: &str) -> String {
    const CHARACTERS: usize = 60;
    match value.char_indices().nth(CHARACTERS) {
        Some((end, _)) => format!("{}...", &value[..end]),
        None => value.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(rows: &str, index: &str) -> Option<(String, i64, Vec<String>)> {
        let connection = Connection::open_in_memory().unwrap();
        connection.execute_batch(rows).unwrap();
        Duplicates::of_index(&connection, index).map(|it| (it.terms, it.count, it.values))
    }

    #[test]
    fn values_of_several_rows_are_told_with_their_rows() {
        let rows = "CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT, b);
                    INSERT INTO t VALUES (1, 'x', 1), (2, 'X', 1), (4, 'x', 1), (5, 'y', 2), (7, 'y', 2),
                                         (8, NULL, 3), (9, NULL, 3);";
        let told = |terms: &str, count, values: &[&str]| {
            Some((terms.to_owned(), count, values.iter().map(|it| (*it).to_owned()).collect()))
        };
        for (index, expected) in [
            (
                "CREATE UNIQUE INDEX i ON t (a)",
                told("`a`", 2, &["'x' in rows 1 and 4", "'y' in rows 5 and 7"]),
            ),
            (
                "CREATE UNIQUE INDEX IF NOT EXISTS i ON t (a COLLATE NOCASE, \"b\" DESC)",
                told("`a`, `b`", 2, &["'x', 1 in 3 rows from 1 to 4", "'y', 2 in rows 5 and 7"]),
            ),
            (
                "CREATE UNIQUE INDEX i ON t (a) WHERE b > 1",
                told("`a`", 1, &["'y' in rows 5 and 7"]),
            ),
            (
                "CREATE UNIQUE INDEX i ON t (lower(a)) WHERE b < 2",
                told("`lower(a)`", 1, &["'x' in 3 rows from 1 to 4"]),
            ),
            ("CREATE UNIQUE INDEX i ON t (id)", None),
            ("CREATE INDEX i ON t (a)", None),
            ("SELECT 1", None),
        ] {
            assert_eq!(found(rows, index), expected, "{index}");
        }
        let rows =
            "CREATE TABLE t (a PRIMARY KEY, b) WITHOUT ROWID; INSERT INTO t VALUES (1, 2), (2, 2)";
        let expected = told("`b`", 1, &["2 in 2 rows"]);
        assert_eq!(found(rows, "CREATE UNIQUE INDEX i ON t (b)"), expected);
        assert_eq!(shortened(&"a".repeat(70)), format!("{}...", "a".repeat(60)));
    }
}
