//! The codes of errors of the system and of SQLite, wherever they occur.

use std::io;

use rusqlite::ErrorCode;

use super::Code;
use crate::exit;

/// The code of a file that could not be read or written: `otherwise`, unless there was no room.
pub fn of_io(error: &io::Error, otherwise: Code) -> Code {
    if exit::has_no_room(error) { Code::DiskFull } else { otherwise }
}

/// The code of what SQLite refused (<https://sqlite.org/rescode.html>).
pub fn of_sqlite(error: &rusqlite::Error) -> Code {
    match error.sqlite_error_code() {
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => Code::DatabaseBusy,
        Some(ErrorCode::DiskFull) => Code::DiskFull,
        Some(ErrorCode::DatabaseCorrupt) => Code::DamagedDatabase,
        Some(ErrorCode::NotADatabase) => Code::NotADatabase,
        Some(ErrorCode::SystemIoFailure) => Code::DiskFailed,
        _ => Code::SqliteRefused,
    }
}
