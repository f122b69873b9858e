//! Reads rows of the runner's tables. Any program can write to them, so each value is checked. One that
//! the runner never writes is an error that names table, row and column.

use jiff::Timestamp;
use rusqlite::types::ValueRef;
use rusqlite::{Connection, Row};

use super::RecordError;
use super::failure::{BadRow, Expected};
use crate::id::MigrationId;

/// One of the runner's tables, as a SELECT reads it.
pub(crate) struct Table {
    /// Its name.
    pub(crate) name: &'static str,
    /// Its columns in the order of the SELECT. The first is the key.
    pub(crate) columns: &'static [&'static str],
}

impl Table {
    /// Maps each row of `select` by `read`; no rows if the table does not exist.
    ///
    /// # Errors
    /// SQLite's error; a column is missing; that of `read`.
    pub(crate) fn read<T>(
        &self,
        connection: &Connection,
        select: &str,
        mut read: impl FnMut(&TableRow<'_>) -> Result<T, RecordError>,
    ) -> Result<Vec<T>, RecordError> {
        if !exists(connection, self.name)? {
            return Ok(Vec::new());
        }
        let mut statement = match connection.prepare(select) {
            Ok(statement) => statement,
            Err(error) => {
                return Err(self.missing_column(connection, select)?.unwrap_or(error.into()));
            }
        };
        let mut rows = statement.query([])?;
        let mut all = Vec::new();
        while let Some(row) = rows.next()? {
            all.push(read(&TableRow { table: self, row })?);
        }
        Ok(all)
    }

    /// Whether it has `column`, which those of older runners may lack.
    pub(crate) fn has_column(
        &self,
        connection: &Connection,
        column: &str,
    ) -> rusqlite::Result<bool> {
        connection.column_exists(Some("main"), self.name, column)
    }

    /// The name of `column`, or `NULL` if the table lacks it.
    pub(crate) fn column_or_null<'c>(
        &self,
        connection: &Connection,
        column: &'c str,
    ) -> rusqlite::Result<&'c str> {
        Ok(if self.has_column(connection, column)? { column } else { "NULL" })
    }

    /// The first column that `select` names and the table lacks.
    fn missing_column(
        &self,
        connection: &Connection,
        select: &str,
    ) -> rusqlite::Result<Option<RecordError>> {
        for column in self.columns {
            if select.contains(column) && !self.has_column(connection, column)? {
                return Ok(Some(RecordError::NoColumn { table: self.name, column }));
            }
        }
        Ok(None)
    }
}

/// A row, read value by value.
pub(crate) struct TableRow<'r> {
    table: &'r Table,
    row: &'r Row<'r>,
}

impl<'r> TableRow<'r> {
    /// The text in `column`, not copied: there may be thousands of rows.
    pub(crate) fn text(&self, column: usize) -> Result<&'r str, RecordError> {
        self.text_or(column, || Expected::Text)
    }

    /// The text in `column`, which has to be what is `expected`.
    pub(crate) fn text_or(
        &self,
        column: usize,
        expected: impl FnOnce() -> Expected,
    ) -> Result<&'r str, RecordError> {
        let value = self.row.get_ref(column)?;
        value.as_str().map_err(|_| self.bad(column, expected()))
    }

    /// The bytes in `column`.
    pub(crate) fn blob(&self, column: usize) -> Result<&'r [u8], RecordError> {
        let value = self.row.get_ref(column)?;
        value.as_blob().map_err(|_| self.bad(column, Expected::Bytes))
    }

    /// The value of `column` by `read`; `None` if it is NULL.
    pub(crate) fn optional<T>(
        &self,
        column: usize,
        read: impl FnOnce(&Self, usize) -> Result<T, RecordError>,
    ) -> Result<Option<T>, RecordError> {
        match self.row.get_ref(column)? {
            ValueRef::Null => Ok(None),
            _ => read(self, column).map(Some),
        }
    }

    /// The migration in `column`.
    pub(crate) fn id(&self, column: usize) -> Result<MigrationId, RecordError> {
        let id = self.text_or(column, || Expected::Id(None))?;
        id.parse().map_err(|source| self.bad(column, Expected::Id(Some(source))))
    }

    /// The list of migrations in `column`, a JSON array.
    pub(crate) fn ids(&self, column: usize) -> Result<Vec<MigrationId>, RecordError> {
        let text = self.text_or(column, || Expected::Ids)?;
        serde_json::from_str(text).map_err(|_| self.bad(column, Expected::Ids))
    }

    /// The moment in `column`.
    pub(crate) fn time(&self, column: usize) -> Result<Timestamp, RecordError> {
        let time = self.text_or(column, || Expected::Time(None))?;
        time.parse().map_err(|source| self.bad(column, Expected::Time(Some(source))))
    }

    /// The whole number in `column`, which is never negative.
    pub(crate) fn count(&self, column: usize) -> Result<u64, RecordError> {
        match self.row.get_ref(column)? {
            ValueRef::Integer(number) => u64::try_from(number).ok(),
            _ => None,
        }
        .ok_or_else(|| self.bad(column, Expected::Count))
    }

    /// The error that the value in `column` is not what is `expected`.
    pub(crate) fn bad(&self, column: usize, expected: Expected) -> RecordError {
        let shown = |column| self.row.get_ref(column).map_or_else(|_| String::new(), literal);
        let name = |column: usize| self.table.columns.get(column).copied().unwrap_or_default();
        RecordError::BadRow(Box::new(BadRow {
            table: self.table.name,
            key: (name(0), shown(0)),
            column: name(column),
            found: shown(column),
            expected,
        }))
    }
}

/// A value as an SQL literal, so that it can be typed.
fn literal(value: ValueRef<'_>) -> String {
    match value {
        ValueRef::Null => "NULL".to_owned(),
        ValueRef::Integer(number) => number.to_string(),
        ValueRef::Real(number) => format!("{number:?}"),
        ValueRef::Text(bytes) => match str::from_utf8(bytes) {
            Ok(text) if !text.contains(char::is_control) => {
                format!("'{}'", text.replace('\'', "''"))
            }
            _ => format!("CAST(x'{}' AS TEXT)", hex(bytes)),
        },
        ValueRef::Blob(bytes) => format!("x'{}'", hex(bytes)),
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// What their names begin with.
const OURS: &str = "_runner_";

/// Whether `table` is one of them, in whatever case it is written.
pub fn is_history(table: impl AsRef<[u8]>) -> bool {
    let beginning = table.as_ref().get(..OURS.len());
    beginning.is_some_and(|beginning| beginning.eq_ignore_ascii_case(OURS.as_bytes()))
}

/// Whether `table` exists.
pub(crate) fn exists(connection: &Connection, table: &str) -> rusqlite::Result<bool> {
    // `sqlite3_table_column_metadata` answers from a schema that may have been read before another program changed
    // it. Any statement that runs has SQLite read it anew then; to look for the name by one would be to pass over
    // all objects.
    connection.prepare("SELECT 1 FROM main.sqlite_schema LIMIT 0")?.exists([])?;
    connection.table_exists(Some("main"), table)
}

/// A time, in UTC, to the millisecond.
pub(super) fn time_text(time: Timestamp) -> String {
    time.strftime("%Y-%m-%dT%H:%M:%S.%3fZ").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_literal_gives_the_value_that_it_shows() {
        let connection = Connection::open_in_memory().unwrap();
        for sql in
            ["NULL", "-7", "1.5", "1e300", "'it''s'", "'a\n\t'", "x'00ff'", "CAST(x'ff' AS TEXT)"]
        {
            let shown: String = connection
                .query_row(&format!("SELECT {sql}"), [], |row| Ok(literal(row.get_ref(0)?)))
                .unwrap();
            let same = format!("SELECT {shown} IS {sql} AND typeof({shown}) = typeof({sql})");
            assert!(
                connection.query_row(&same, [], |row| row.get::<_, bool>(0)).unwrap(),
                "{shown}"
            );
        }
    }

    #[test]
    fn a_beginning_is_the_runners_in_whatever_case() {
        assert!(is_history("_Runner_Migrations") && is_history("_runner_REPAIRS"));
        assert!(!is_history("_runner") && !is_history("migrations"));
    }
}
