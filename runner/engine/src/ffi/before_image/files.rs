//! The database file and the journal of a connection, read as it has them open.

use std::ffi::c_int;
use std::ptr;

use rusqlite::Connection;
use rusqlite::ffi::{self, sqlite3_file, sqlite3_io_methods};

use crate::ffi::rollback_journal::OldPages;

/// What the file is read from.
pub(super) struct Before {
    pub(super) database: *mut sqlite3_file,
    pub(super) journal: *mut sqlite3_file,
    pub(super) pages: OldPages,
}

impl Before {
    /// Reads as much as there is into `buffer`, and gives how much that was.
    ///
    /// # Safety
    /// The files are those of a connection that is open.
    pub(super) unsafe fn read(&self, buffer: &mut [u8], at: i64) -> rusqlite::Result<usize> {
        let mut done = 0;
        while let Some(part) = self.pages.find(at + done as i64, buffer.len() - done) {
            let wanted = &mut buffer[done..done + part.length];
            // SAFETY: the caller's promise.
            unsafe {
                match part.in_journal {
                    Some(at) => read_at(self.journal, wanted, at)?,
                    None => read_at(self.database, wanted, at + done as i64)?,
                }
            }
            done += part.length;
        }
        Ok(done)
    }
}

/// One of the files that `connection` has open.
pub(super) fn file(connection: &Connection, which: c_int) -> rusqlite::Result<*mut sqlite3_file> {
    let mut file: *mut sqlite3_file = ptr::null_mut();
    // SAFETY: the connection is open, the name ends with a zero, and the last argument takes the answer
    // that this question has.
    let code = unsafe {
        let (name, answer) = (c"main".as_ptr(), (&raw mut file).cast());
        ffi::sqlite3_file_control(connection.handle(), name, which, answer)
    };
    match code {
        ffi::SQLITE_OK if !file.is_null() => Ok(file),
        ffi::SQLITE_OK => Err(failure(ffi::SQLITE_CANTOPEN)),
        code => Err(failure(code)),
    }
}

/// # Safety
/// `file` belongs to a connection that is open.
unsafe fn methods<'f>(file: *mut sqlite3_file) -> rusqlite::Result<&'f sqlite3_io_methods> {
    // SAFETY: the caller's promise; a file that is not open has no methods.
    unsafe { (*file).pMethods.as_ref() }.ok_or_else(|| failure(ffi::SQLITE_CANTOPEN))
}

/// # Safety
/// As [`methods`].
pub(super) unsafe fn size(file: *mut sqlite3_file) -> rusqlite::Result<i64> {
    let mut size = 0;
    // SAFETY: the caller's promise.
    let code = unsafe {
        match methods(file)?.xFileSize {
            Some(ask) => ask(file, &raw mut size),
            None => ffi::SQLITE_CANTOPEN,
        }
    };
    if code == ffi::SQLITE_OK { Ok(size) } else { Err(failure(code)) }
}

/// Fills `buffer` from the place `at` on.
///
/// # Safety
/// As [`methods`].
pub(super) unsafe fn read_at(
    file: *mut sqlite3_file,
    buffer: &mut [u8],
    at: i64,
) -> rusqlite::Result<()> {
    let length = c_int::try_from(buffer.len()).map_err(|_| failure(ffi::SQLITE_TOOBIG))?;
    // SAFETY: the caller's promise; the buffer has as much room as is said.
    let code = unsafe {
        match methods(file)?.xRead {
            Some(read) => read(file, buffer.as_mut_ptr().cast(), length, at),
            None => ffi::SQLITE_CANTOPEN,
        }
    };
    if code == ffi::SQLITE_OK { Ok(()) } else { Err(failure(code)) }
}

pub(super) fn failure(code: c_int) -> rusqlite::Error {
    rusqlite::Error::SqliteFailure(ffi::Error::new(code), None)
}
