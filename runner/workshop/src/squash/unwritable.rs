//! What cannot be written as SQL that gives it again.

use std::fmt;

/// Why a part of a database cannot be written as SQL.
#[derive(Debug)]
pub(super) enum Unwritable {
    /// The object, and the reason.
    Object { name: String, why: String },
    /// SQLite cannot read it.
    Sqlite(rusqlite::Error),
}

impl Unwritable {
    pub(super) fn of(name: &str, why: impl fmt::Display) -> Self {
        Self::Object { name: name.to_owned(), why: why.to_string() }
    }
}

impl From<rusqlite::Error> for Unwritable {
    fn from(error: rusqlite::Error) -> Self {
        Self::Sqlite(error)
    }
}
