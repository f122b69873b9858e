//! A database in memory, asked and told in the words of the cases.

use rusqlite::fallible_iterator::FallibleIterator;
use rusqlite::types::ValueRef;
use rusqlite::{Batch, Connection, Error};
use serde_json::{Number, Value, json};

use crate::case::Row;

pub(crate) struct Database {
    pub(crate) connection: Connection,
}

impl Database {
    pub(crate) fn in_memory() -> Result<Self, String> {
        Ok(Self { connection: Connection::open_in_memory().map_err(said)? })
    }

    /// Runs every statement of a script to its end.
    pub(crate) fn run(&self, script: &str) -> Result<(), String> {
        let mut batch = Batch::new(&self.connection, script);
        while let Some(mut statement) = batch.next().map_err(said)? {
            let mut rows = statement.raw_query();
            while rows.next().map_err(said)?.is_some() {}
        }
        Ok(())
    }

    /// The rows of a query, each value as JSON.
    pub(crate) fn rows(&self, query: &str) -> Result<Vec<Row>, String> {
        self.each(query, as_json)
    }

    /// The rows of a query, each value by `convert`.
    pub(crate) fn each<T>(
        &self,
        query: &str,
        convert: impl Fn(ValueRef) -> T,
    ) -> Result<Vec<Vec<T>>, String> {
        let mut statement = self.connection.prepare(query).map_err(said)?;
        let width = statement.column_count();
        let mut rows = statement.query([]).map_err(said)?;
        let mut all = Vec::new();
        while let Some(row) = rows.next().map_err(said)? {
            let cells = (0..width).map(|column| row.get_ref(column).map(&convert));
            all.push(cells.collect::<Result<_, _>>().map_err(said)?);
        }
        Ok(all)
    }

    /// What SQLite says against a statement, if it does.
    pub(crate) fn objection(&self, statement: &str) -> Option<String> {
        self.rows(statement).err()
    }

    pub(crate) fn in_transaction(&self) -> bool {
        !self.connection.is_autocommit()
    }
}

/// SQLite's own words. The text of the statement, which rusqlite adds, could hold what a case looks
/// for in the message.
fn said(error: Error) -> String {
    match error {
        Error::SqliteFailure(_, Some(message)) | Error::SqlInputError { msg: message, .. } => {
            message
        }
        other => other.to_string(),
    }
}

/// A value as JSON; what JSON has no word for (a blob, text that is not UTF-8, infinity) is an object.
fn as_json(value: ValueRef) -> Value {
    match value {
        ValueRef::Null => Value::Null,
        ValueRef::Integer(integer) => json!(integer),
        ValueRef::Real(real) => match Number::from_f64(real) {
            Some(number) => Value::Number(number),
            None => json!({ "real": real.to_string() }),
        },
        ValueRef::Text(bytes) => match std::str::from_utf8(bytes) {
            Ok(text) => json!(text),
            Err(_) => json!({ "text": hex(bytes) }),
        },
        ValueRef::Blob(bytes) => json!({ "blob": hex(bytes) }),
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A name in double quotes.
pub(crate) fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// Text as an SQL literal.
pub(crate) fn literal(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}
