//! What an error of SQLite is about: a row, a statement, or neither, as when the disk is full
//! (<https://sqlite.org/rescode.html>).

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
