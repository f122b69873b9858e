//! What to do about an error of SQLite that stopped rows from being copied.

use std::fmt;

use rusqlite::ErrorCode;

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
