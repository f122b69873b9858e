//! What an error of SQLite is about: a row, a statement, or neither, as when the disk is full
//! (<https://sqlite.org/rescode.html>); or a name that an application may have.

use rusqlite::ErrorCode;

/// What has to change before SQLite accepts a statement that it refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Blame {
    /// A row breaks a constraint, or a key is of another type than it must be.
    Row,
    /// SQLite does not understand the statement, or a function in it fails.
    Statement,
    /// Neither: the disk, the memory, a lock, the file.
    Circumstances,
}

impl Blame {
    pub(super) fn of(error: &rusqlite::Error) -> Self {
        match error.sqlite_error_code() {
            Some(ErrorCode::ConstraintViolation | ErrorCode::TypeMismatch) => Self::Row,
            // A function of the application may give no error of SQLite's at all.
            None
            | Some(
                ErrorCode::Unknown
                | ErrorCode::AuthorizationForStatementDenied
                | ErrorCode::ParameterOutOfRange
                | ErrorCode::TooBig,
            ) => Self::Statement,
            Some(_) => Self::Circumstances,
        }
    }
}

/// Something that an application may have and this connection has not. SQLite has no code for this, only a
/// message.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Unknown {
    Function(String),
    Collation(String),
    /// A module for virtual tables, or a tokenizer of FTS5.
    Module(String),
}

impl Unknown {
    /// What SQLite's `words` say it does not know, if they say so.
    pub(super) fn in_words(words: &str) -> Option<Self> {
        let after = |before: &str| {
            let (_, name) = words.split_once(before)?;
            // The statement may follow, and behind a function of a definition its parentheses.
            let name = name.split(" in ").next().unwrap_or(name).trim();
            Some(name.strip_suffix("()").unwrap_or(name).to_owned())
        };
        after("no such function: ")
            .or_else(|| after("unknown function: "))
            .map(Self::Function)
            .or_else(|| after("no such collation sequence: ").map(Self::Collation))
            .or_else(|| after("no such module: ").map(Self::Module))
            .or_else(|| after("no such tokenizer: ").map(Self::Module))
    }

    pub(super) fn name(&self) -> &str {
        match self {
            Self::Function(name) | Self::Collation(name) | Self::Module(name) => name,
        }
    }
}
