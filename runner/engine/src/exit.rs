//! The exit codes, and what each promises.

use std::io;

use serde::{Deserialize, Serialize};

/// How a command ended. The numbers are part of the command line's contract.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[repr(u8)]
pub enum Exit {
    /// 0: done, or nothing to do.
    Done = 0,
    /// 1: a migration, a build or the machine failed; what was applied before it stays applied.
    Failed = 1,
    /// 2: the command, the configuration or the project is not usable as it is.
    Usage = 2,
    /// 3: refused, because going on would not be safe.
    Refused = 3,
    /// 4: the database is damaged or is no database.
    Damaged = 4,
    /// 75: nothing is wrong but the moment: the database is busy, the disk is full. Try again.
    TryAgain = 75,
    /// 129: stopped by SIGHUP, as when the terminal is closed.
    HungUp = 129,
    /// 130: stopped by SIGINT, as Ctrl-C sends it, or by a [`Stop`](crate::Stop).
    Interrupted = 130,
    /// 143: stopped by SIGTERM.
    Terminated = 143,
}

impl From<Exit> for std::process::ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}

/// The exit that an error of SQLite asks for, by its primary result code.
pub fn of_sqlite(error: &rusqlite::Error) -> Exit {
    use rusqlite::ErrorCode;
    match error.sqlite_error_code() {
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked | ErrorCode::DiskFull) => {
            Exit::TryAgain
        }
        Some(ErrorCode::NotADatabase | ErrorCode::DatabaseCorrupt) => Exit::Damaged,
        _ => Exit::Failed,
    }
}

/// The exit that a file which could not be read or written asks for: `otherwise`, unless there was no room.
pub fn of_io(error: &io::Error, otherwise: Exit) -> Exit {
    if has_no_room(error) { Exit::TryAgain } else { otherwise }
}

/// The exit that a file which could not be written asks for.
pub fn of_writing(error: &io::Error) -> Exit {
    let otherwise = match error.kind() {
        io::ErrorKind::PermissionDenied
        | io::ErrorKind::ReadOnlyFilesystem
        | io::ErrorKind::AlreadyExists => Exit::Usage,
        _ => Exit::Failed,
    };
    of_io(error, otherwise)
}

/// Whether a file could not grow: a full disk, a quota, a limit of the process.
pub fn has_no_room(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded | io::ErrorKind::FileTooLarge
    )
}

/// As [`of_sqlite`], for an extended result code that crossed the plugin boundary.
pub fn of_sqlite_code(extended: i32) -> Exit {
    of_sqlite(&sqlite_failure(extended))
}

/// The error of SQLite with an extended result code that crossed the plugin boundary.
pub fn sqlite_failure(extended: i32) -> rusqlite::Error {
    rusqlite::Error::SqliteFailure(rusqlite::ffi::Error::new(extended), None)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sqlite_codes_map_to_exits_by_their_primary_part() {
        const SQLITE_BUSY_SNAPSHOT: i32 = 517;
        const SQLITE_FULL: i32 = 13;
        const SQLITE_CORRUPT_INDEX: i32 = 779;
        const SQLITE_NOTADB: i32 = 26;
        const SQLITE_CONSTRAINT_UNIQUE: i32 = 2067;
        assert_eq!(
            [
                SQLITE_BUSY_SNAPSHOT,
                SQLITE_FULL,
                SQLITE_CORRUPT_INDEX,
                SQLITE_NOTADB,
                SQLITE_CONSTRAINT_UNIQUE
            ]
            .map(of_sqlite_code),
            [Exit::TryAgain, Exit::TryAgain, Exit::Damaged, Exit::Damaged, Exit::Failed]
        );
    }
}
