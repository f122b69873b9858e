//! Why a schema, or a piece of SQL, cannot be read.

use std::borrow::Cow;
use std::error::Error;
use std::fmt;

/// Why a schema cannot be read.
#[derive(Debug)]
#[non_exhaustive]
pub enum SchemaError {
    /// SQLite refused.
    Sqlite(rusqlite::Error),
    /// The text of an object is not understood.
    Text {
        /// The object.
        name: String,
        /// Where it stumbled.
        source: SyntaxError,
    },
    /// The text of a table says one thing, and SQLite another.
    Disagrees {
        /// The table.
        table: String,
        /// What they disagree about.
        difference: String,
    },
}

/// Text that is not what SQLite's grammar allows at its place.
#[derive(Debug)]
pub struct SyntaxError {
    /// The text.
    pub sql: String,
    /// What the parser said.
    pub reason: SyntaxReason,
}

/// What was wrong with the text.
#[derive(Debug)]
pub enum SyntaxReason {
    /// The tokenizer or the parser stumbled.
    Grammar(String),
    /// It goes deeper than SQLite takes it.
    TooDeep,
    /// It parses, and is something else.
    Other(Cow<'static, str>),
}

impl SyntaxError {
    /// `sql` parses, but is not one `expected`.
    #[must_use]
    pub fn not(expected: &'static str, sql: &str) -> Self {
        Self { sql: sql.to_owned(), reason: SyntaxReason::Other(expected.into()) }
    }
}

impl fmt::Display for SchemaError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sqlite(_) => f.write_str("cannot read the schema"),
            Self::Text { name, .. } => write!(f, "cannot read the text of `{name}`"),
            Self::Disagrees { table, difference } => write!(
                f,
                "the text of `{table}` was read differently from SQLite: {difference}; \
                 make the change in SQL instead"
            ),
        }
    }
}

impl Error for SchemaError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Sqlite(source) => Some(source),
            Self::Text { source, .. } => Some(source),
            Self::Disagrees { .. } => None,
        }
    }
}

impl From<rusqlite::Error> for SchemaError {
    fn from(error: rusqlite::Error) -> Self {
        Self::Sqlite(error)
    }
}

impl fmt::Display for SyntaxError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` is not what SQLite understands here", self.sql)
    }
}

impl Error for SyntaxError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(&self.reason)
    }
}

impl fmt::Display for SyntaxReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Grammar(words) => f.write_str(words),
            Self::TooDeep => f.write_str("it is nested too deeply"),
            Self::Other(expected) => write!(f, "it is no {expected}"),
        }
    }
}

impl Error for SyntaxReason {}
