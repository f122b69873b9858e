//! Reads a table of another tool, value by value. Any program may have written to it, so each value is checked.

use rusqlite::Connection;
use rusqlite::types::Value;

use super::AppliedError;
use super::moment::moment;
use jiff::Timestamp;

/// The names of the columns of `table`, in their order; none where there is no such table.
pub(super) fn columns(connection: &Connection, table: &str) -> rusqlite::Result<Vec<String>> {
    connection
        .prepare("SELECT name FROM pragma_table_info(?1, 'main') ORDER BY cid")?
        .query_map([table], |row| row.get(0))?
        .collect()
}

/// The rows of `table`, in the order of `by`, which is SQL.
///
/// # Errors
/// SQLite's.
pub(super) fn rows<'t>(
    connection: &Connection,
    table: &'t str,
    by: &str,
) -> rusqlite::Result<Vec<TableRow<'t>>> {
    let quoted = table.replace('"', "\"\"");
    let mut select =
        connection.prepare(&format!("SELECT * FROM main.\"{quoted}\" ORDER BY {by}"))?;
    let names: Vec<String> = select.column_names().map(str::to_owned).collect();
    let mut found = select.query([])?;
    let mut all = Vec::new();
    while let Some(row) = found.next()? {
        let values = names.iter().enumerate();
        let values = values.map(|(at, name)| Ok((name.clone(), row.get(at)?)));
        all.push(TableRow { table, values: values.collect::<rusqlite::Result<_>>()? });
    }
    Ok(all)
}

/// A row, by the names of its columns.
pub(super) struct TableRow<'t> {
    table: &'t str,
    values: Vec<(String, Value)>,
}

impl TableRow<'_> {
    fn value(&self, column: &str) -> &Value {
        let found = self.values.iter().find(|(name, _)| name.eq_ignore_ascii_case(column));
        found.map_or(&Value::Null, |(_, value)| value)
    }

    /// Whether there is nothing in `column`, or no such column.
    pub(super) fn is_null(&self, column: &str) -> bool {
        *self.value(column) == Value::Null
    }

    /// A text, or a number in digits: SQLite keeps the one where the other is declared.
    pub(super) fn text(&self, column: &str) -> Result<String, AppliedError> {
        match self.value(column) {
            Value::Text(text) => Ok(text.clone()),
            Value::Integer(number) => Ok(number.to_string()),
            // A column that is declared numeric may have made one of a number.
            Value::Real(number) if number.fract() == 0.0 => Ok(format!("{number:.0}")),
            _ => Err(self.bad(column)),
        }
    }

    pub(super) fn integer(&self, column: &str) -> Result<i64, AppliedError> {
        match self.value(column) {
            Value::Integer(number) => Ok(*number),
            Value::Text(text) => text.trim().parse().map_err(|_| self.bad(column)),
            _ => Err(self.bad(column)),
        }
    }

    /// A yes or no.
    pub(super) fn flag(&self, column: &str) -> Result<bool, AppliedError> {
        match self.value(column) {
            Value::Integer(number) => Ok(*number != 0),
            Value::Text(text) if text.eq_ignore_ascii_case("true") => Ok(true),
            Value::Text(text) if text.eq_ignore_ascii_case("false") => Ok(false),
            _ => Err(self.bad(column)),
        }
    }

    pub(super) fn bytes(&self, column: &str) -> Result<Vec<u8>, AppliedError> {
        match self.value(column) {
            Value::Blob(bytes) => Ok(bytes.clone()),
            _ => Err(self.bad(column)),
        }
    }

    /// The moment in `column`. People read it and nothing is ordered by it, so none is made of what is no moment.
    pub(super) fn moment(&self, column: &str) -> Option<Timestamp> {
        moment(self.value(column))
    }

    /// The error that the value in `column` is none that the tool writes.
    pub(super) fn bad(&self, column: &str) -> AppliedError {
        let found = match self.value(column) {
            Value::Null => "NULL".to_owned(),
            Value::Integer(number) => number.to_string(),
            Value::Real(number) => number.to_string(),
            Value::Text(text) => format!("'{}'", text.escape_debug()),
            Value::Blob(bytes) => format!("a blob of {} bytes", bytes.len()),
        };
        AppliedError::BadRow { table: self.table.to_owned(), column: column.to_owned(), found }
    }
}
