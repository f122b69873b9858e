//! What is wrong with a row.

use std::error::Error as StdError;
use std::fmt;

use rusqlite::types::{FromSqlError, ValueRef};

use super::literal::literal;
use super::panicked::Panic;

/// What is wrong with a row of a table, which it names by its key.
///
/// [`Error::source`](crate::Error::source) of what [`Rows::update`](super::Rows::update) returns is one, if a row is the reason.
#[derive(Debug)]
pub struct RowError {
    pub(super) table: String,
    pub(super) key: String,
    pub(super) values: String,
    pub(super) fault: Fault,
}

/// A value that is not what the function asked for.
#[derive(Debug)]
pub(super) struct Mismatch {
    pub(super) column: String,
    pub(super) value: String,
    pub(super) wanted: String,
    pub(super) reason: MismatchReason,
}

#[derive(Debug)]
pub(super) enum MismatchReason {
    Null,
    NotUtf8,
    OutOfRange,
    Type,
    Other(String),
}

#[derive(Debug)]
pub(super) enum Fault {
    /// The function asked for a column that was not read.
    NotRead { column: String },
    /// The function asked for another type.
    Mismatch(Mismatch),
    /// The function returned an error.
    Function(Box<dyn StdError + Send + Sync>),
    /// The function panicked.
    Panic(Panic),
    /// The function gave another number of values than there are columns to write.
    Count { given: usize, wanted: usize },
    /// SQLite did not write the row.
    Write { new: String, source: rusqlite::Error },
    /// The UPDATE found no row.
    Gone,
}

impl RowError {
    /// The table.
    #[must_use]
    pub fn table(&self) -> &str {
        &self.table
    }

    /// The key of the row in words, as [`Row::key`](super::Row::key) gives it.
    #[must_use]
    pub fn key(&self) -> &str {
        &self.key
    }

    /// The values that the function read, in words; empty if it reads none.
    #[must_use]
    pub fn values(&self) -> &str {
        &self.values
    }

    /// The row, with its values where they help to see why it failed.
    pub(super) fn place(&self) -> String {
        let Self { key, table, values, fault } = self;
        if fault.needs_values() && !values.is_empty() {
            format!("row {key} of `{table}`, where {values}")
        } else {
            format!("row {key} of `{table}`")
        }
    }

    /// What is wrong, without the row and with the errors behind it.
    pub(super) fn reason(&self) -> String {
        let mut reason = self.fault.to_string();
        let mut next = self.source();
        // rusqlite puts the bare code behind the error that says the same in words.
        while let Some(error) = next.filter(|error| !error.is::<rusqlite::ffi::Error>()) {
            let separator = if reason.is_empty() { "" } else { ": " };
            reason += &format!("{separator}{error}");
            next = error.source();
        }
        reason
    }
}

impl fmt::Display for RowError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let place = self.place();
        match &self.fault {
            Fault::Function(_) => f.write_str(&place),
            fault => write!(f, "{place}: {fault}"),
        }
    }
}

impl StdError for RowError {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        match &self.fault {
            Fault::Function(source) => Some(source.as_ref()),
            Fault::Write { source, .. } => Some(source),
            _ => None,
        }
    }
}

impl Fault {
    /// Whether the values of the row help to see why.
    fn needs_values(&self) -> bool {
        match self {
            Self::Function(_) | Self::Panic(_) | Self::Write { .. } => true,
            Self::NotRead { .. } | Self::Mismatch(_) | Self::Count { .. } | Self::Gone => false,
        }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotRead { column } => write!(
                f,
                "`{column}` was asked for, and is not among the columns that are read: add it to `.read([..])`",
            ),
            Self::Mismatch(mismatch) => mismatch.fmt(f),
            // It is the source.
            Self::Function(_) => Ok(()),
            Self::Panic(panic) => panic.fmt(f),
            Self::Count { given, wanted } => {
                let s = if *given == 1 { "" } else { "s" };
                let columns = if *wanted == 1 { "column" } else { "columns" };
                write!(f, "the function gave {given} value{s}, and `update` names {wanted} {columns}")
            }
            Self::Write { new, .. } => write!(f, "cannot write {new}"),
            Self::Gone => f.write_str(
                "its UPDATE changed no row: a trigger has removed it or given it another key, or ignores the UPDATE",
            ),
        }
    }
}

impl Mismatch {
    /// Why `value` of `column` is no `wanted`.
    pub(super) fn of(
        column: &str,
        value: ValueRef<'_>,
        wanted: &str,
        error: &FromSqlError,
    ) -> Self {
        let reason = match (error, value) {
            (FromSqlError::Other(error), _) => MismatchReason::Other(error.to_string()),
            (_, ValueRef::Null) => MismatchReason::Null,
            (FromSqlError::OutOfRange(_), _) => MismatchReason::OutOfRange,
            (_, ValueRef::Text(text)) if str::from_utf8(text).is_err() => MismatchReason::NotUtf8,
            _ => MismatchReason::Type,
        };
        let (column, wanted) = (column.to_owned(), without_paths(wanted));
        Self { column, value: literal(value), wanted, reason }
    }
}

impl fmt::Display for Mismatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { column, value, wanted, reason } = self;
        match reason {
            MismatchReason::Null => write!(
                f,
                "`{column}` is NULL, and `{wanted}` was asked for; `Option<{wanted}>` takes NULL too",
            ),
            MismatchReason::NotUtf8 => write!(
                f,
                "`{column}` is {value}, and `{wanted}` was asked for; `get_ref` gives its bytes",
            ),
            MismatchReason::OutOfRange => {
                write!(f, "`{column}` is {value}, which is out of the range of `{wanted}`")
            }
            MismatchReason::Type => {
                write!(f, "`{column}` is {value}, and `{wanted}` was asked for")
            }
            MismatchReason::Other(error) => {
                write!(f, "`{column}` is {value}, which is no `{wanted}`: {error}")
            }
        }
    }
}

/// The name of a type without the modules that it is in: `Option<String>`.
fn without_paths(name: &str) -> String {
    let mut short = String::new();
    let mut word = String::new();
    let mut characters = name.chars().peekable();
    while let Some(character) = characters.next() {
        if character == ':' && characters.peek() == Some(&':') {
            characters.next();
            word.clear();
        } else if character.is_alphanumeric() || character == '_' {
            word.push(character);
        } else {
            short.push_str(&std::mem::take(&mut word));
            short.push(character);
        }
    }
    short + &word
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_are_called_as_their_source_calls_them() {
        let name = std::any::type_name::<Option<Vec<(String, std::time::Duration)>>>();
        assert_eq!(without_paths(name), "Option<Vec<(String, Duration)>>");
        assert_eq!(without_paths("i64"), "i64");
    }
}
