//! What an error of SQLite is about: a row, a statement, or neither, as when the disk is full
//! (<https://sqlite.org/rescode.html>).

use std::fmt;

use rusqlite::ErrorCode;

/// What has to change before a statement is taken that SQLite refused.
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

/// What to do about an error that stopped rows from being copied, behind what was not done.
pub(super) struct WayOut<'e>(pub(super) &'e rusqlite::Error);

impl fmt::Display for WayOut<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(code) = self.0.sqlite_error_code() else { return Ok(()) };
        f.write_str(match code {
            ErrorCode::DiskFull => ": make room for another copy of them, and try again",
            ErrorCode::SystemIoFailure => {
                ": see whether the disk is sound and has room, and try again"
            }
            ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked => {
                ": wait until nothing else uses the database, and try again"
            }
            ErrorCode::OutOfMemory => ": give the process more memory, and try again",
            ErrorCode::OperationInterrupted => ": it was interrupted; try again",
            ErrorCode::TooBig => {
                ": a value or a row would be longer than SQLite allows; shorten it first"
            }
            ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase => {
                ": the database is damaged; restore a backup of it"
            }
            ErrorCode::ReadOnly | ErrorCode::CannotOpen | ErrorCode::PermissionDenied => {
                ": see that the database, its folder and the folder for temporary files can be written"
            }
            ErrorCode::Unknown => {
                ": an expression fails for one of them; change the row or the expression first"
            }
            _ => "",
        })
    }
}
