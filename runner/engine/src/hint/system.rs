//! What to do about errors of the system and of SQLite, wherever they occur.

use std::io;
use std::path::Path;

use rusqlite::{ErrorCode, ffi};

use super::{Action, Hint};
use crate::exit;

/// What to do where a file could not be read.
pub fn reading(error: &io::Error) -> Option<Hint> {
    let hint = match error.kind() {
        io::ErrorKind::NotFound => "see whether this is the right path",
        io::ErrorKind::PermissionDenied => "give yourself the right to read it",
        io::ErrorKind::InvalidData => "save it as UTF-8",
        io::ErrorKind::InvalidInput => "put a regular file there, or name another one",
        io::ErrorKind::FileTooLarge => "it is another file than is read there: name that one",
        _ => return None,
    };
    Some(hint.into())
}

/// What to do where a file could not be written.
pub fn writing(error: &io::Error) -> Option<Hint> {
    let hint = match error.kind() {
        io::ErrorKind::PermissionDenied => "give yourself the right to write there",
        io::ErrorKind::AlreadyExists => "name another file",
        io::ErrorKind::FileTooLarge => {
            "a limit on the size of files is reached: raise it, and try again"
        }
        _ if exit::has_no_room(error) => "make room, and try again",
        _ => return None,
    };
    Some(hint.into())
}

/// How to make a folder that is not there.
pub fn making(folder: &Path) -> Hint {
    Hint::from("make it: ").and(Action::MakeFolder(folder.to_owned()))
}

/// What to do where SQLite refused (<https://sqlite.org/rescode.html>).
pub fn of_sqlite(error: &rusqlite::Error) -> Option<Hint> {
    let hint = match error.sqlite_error_code()? {
        // A limit on the size of files has no code of its own.
        ErrorCode::SystemIoFailure
            if error.sqlite_extended_error_code() == Some(ffi::SQLITE_IOERR_WRITE) =>
        {
            "see whether the disk is sound, and whether it or a limit on the size of files (`ulimit -f`) \
             leaves room; then try again"
        }
        ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked => {
            "another program is using the database; try again"
        }
        ErrorCode::DiskFull => "make room, and try again",
        ErrorCode::DatabaseCorrupt => return Some(restoring()),
        ErrorCode::NotADatabase => "is it encrypted, or another file?",
        ErrorCode::SystemIoFailure => "see whether the disk is sound, and try again",
        ErrorCode::OutOfMemory => "give the process more memory, and try again",
        _ => return None,
    };
    Some(hint.into())
}

/// What to do where a database is damaged.
pub(crate) fn restoring() -> Hint {
    Hint::from("restore a backup with ")
        .and(Action::Restore)
        .and(", or try `.recover` in SQLite's own shell")
}
