//! A VFS (<https://sqlite.org/vfs.html>) that has one file, never locks it, and refuses every write.

use std::ffi::{CString, c_char, c_int, c_void};
use std::ptr;
use std::slice;
use std::sync::atomic::{AtomicU64, Ordering};

use rusqlite::Connection;
use rusqlite::ffi::{self, sqlite3_file, sqlite3_io_methods, sqlite3_vfs};

use super::files::{Before, failure, file, read_at, size};
use crate::ffi::rollback_journal::OldPages;

/// A registered VFS that has one file: the database as it was.
pub(super) struct Vfs {
    pub(super) name: CString,
    vfs: *mut sqlite3_vfs,
    before: *mut Before,
}

impl Vfs {
    pub(super) fn over(connection: &Connection) -> rusqlite::Result<Self> {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        let (database, journal) = (
            file(connection, ffi::SQLITE_FCNTL_FILE_POINTER)?,
            file(connection, ffi::SQLITE_FCNTL_JOURNAL_POINTER)?,
        );
        // SAFETY: both are files of a connection that is open.
        let pages = OldPages::of(unsafe { size(journal) }?, |buffer, at| unsafe {
            read_at(journal, buffer, at)
        })?;
        let name = CString::new(format!("runner-{}", NEXT.fetch_add(1, Ordering::Relaxed)))?;
        let before = Box::into_raw(Box::new(Before { database, journal, pages }));
        let vfs = Box::into_raw(Box::new(sqlite3_vfs {
            iVersion: 1,
            szOsFile: size_of::<OpenFile>() as c_int,
            mxPathname: 64,
            pNext: ptr::null_mut(),
            zName: name.as_ptr(),
            pAppData: before.cast(),
            xOpen: Some(open),
            xDelete: Some(delete),
            xAccess: Some(access),
            xFullPathname: Some(full_path_name),
            xDlOpen: None,
            xDlError: None,
            xDlSym: None,
            xDlClose: None,
            xRandomness: Some(randomness),
            xSleep: Some(sleep),
            xCurrentTime: Some(current_time),
            xGetLastError: Some(last_error),
            xCurrentTimeInt64: None,
            xSetSystemCall: None,
            xGetSystemCall: None,
            xNextSystemCall: None,
        }));
        let registered = Self { name, vfs, before };
        // SAFETY: it stays where it is until `registered` is dropped.
        match unsafe { ffi::sqlite3_vfs_register(vfs, 0) } {
            ffi::SQLITE_OK => Ok(registered),
            code => Err(failure(code)),
        }
    }
}

impl Drop for Vfs {
    fn drop(&mut self) {
        // SAFETY: both were made by `over`. The connection that was opened through it is closed: it is
        // before this one in `BeforeImage`, and fields are dropped in their order.
        unsafe {
            ffi::sqlite3_vfs_unregister(self.vfs);
            drop(Box::from_raw(self.vfs));
            drop(Box::from_raw(self.before));
        }
    }
}

fn code_of(error: &rusqlite::Error) -> c_int {
    error.sqlite_error().map_or(ffi::SQLITE_IOERR_READ, |error| error.extended_code)
}

/// What SQLite knows as the file.
#[repr(C)]
struct OpenFile {
    base: sqlite3_file,
    before: *const Before,
}

/// # Safety
/// `file` was opened by [`open`].
unsafe fn before<'b>(file: *mut sqlite3_file) -> &'b Before {
    // SAFETY: the caller's promise; what it reads outlives the connection that has it open.
    unsafe { &*(*file.cast::<OpenFile>()).before }
}

unsafe extern "C" fn open(
    vfs: *mut sqlite3_vfs,
    _path: ffi::sqlite3_filename,
    file: *mut sqlite3_file,
    flags: c_int,
    flags_out: *mut c_int,
) -> c_int {
    // SAFETY: SQLite gives as much room for the file as the VFS asks for, and a place for the flags or none.
    unsafe {
        (*file).pMethods = ptr::null();
        if flags & ffi::SQLITE_OPEN_MAIN_DB == 0 {
            return ffi::SQLITE_CANTOPEN;
        }
        let before = (*vfs).pAppData.cast_const().cast();
        file.cast::<OpenFile>()
            .write(OpenFile { base: sqlite3_file { pMethods: &raw const METHODS }, before });
        if let Some(flags_out) = flags_out.as_mut() {
            *flags_out = flags;
        }
    }
    ffi::SQLITE_OK
}

unsafe extern "C" fn read(
    file: *mut sqlite3_file,
    buffer: *mut c_void,
    length: c_int,
    at: i64,
) -> c_int {
    // SAFETY: SQLite calls this for a file that is open, with room for so many bytes.
    let (before, buffer) = unsafe {
        let length = usize::try_from(length).unwrap_or_default();
        (before(file), slice::from_raw_parts_mut(buffer.cast::<u8>(), length))
    };
    // SAFETY: an image does not outlive the connection whose files it reads.
    match unsafe { before.read(buffer, at) } {
        Ok(done) if done == buffer.len() => ffi::SQLITE_OK,
        Ok(done) => {
            buffer[done..].fill(0);
            ffi::SQLITE_IOERR_SHORT_READ
        }
        Err(error) => code_of(&error),
    }
}

unsafe extern "C" fn file_size(file: *mut sqlite3_file, size: *mut i64) -> c_int {
    // SAFETY: SQLite calls this for a file that is open, with a place for the answer.
    unsafe { *size = before(file).pages.size() };
    ffi::SQLITE_OK
}

unsafe extern "C" fn check_lock(_file: *mut sqlite3_file, answer: *mut c_int) -> c_int {
    // SAFETY: SQLite gives a place for the answer.
    unsafe { *answer = 0 };
    ffi::SQLITE_OK
}

/// It is read as one that nobody changes, so without locks and without a look for a journal of its own.
unsafe extern "C" fn characteristics(_file: *mut sqlite3_file) -> c_int {
    ffi::SQLITE_IOCAP_IMMUTABLE
}

unsafe extern "C" fn close(_file: *mut sqlite3_file) -> c_int {
    ffi::SQLITE_OK
}

unsafe extern "C" fn refuse_write(
    _: *mut sqlite3_file,
    _: *const c_void,
    _: c_int,
    _: i64,
) -> c_int {
    ffi::SQLITE_READONLY
}

unsafe extern "C" fn refuse_truncate(_: *mut sqlite3_file, _: i64) -> c_int {
    ffi::SQLITE_READONLY
}

unsafe extern "C" fn refuse_sync(_: *mut sqlite3_file, _: c_int) -> c_int {
    ffi::SQLITE_READONLY
}

unsafe extern "C" fn lock(_: *mut sqlite3_file, _: c_int) -> c_int {
    ffi::SQLITE_OK
}

unsafe extern "C" fn control(_: *mut sqlite3_file, _: c_int, _: *mut c_void) -> c_int {
    ffi::SQLITE_NOTFOUND
}

unsafe extern "C" fn sector_size(_: *mut sqlite3_file) -> c_int {
    4096
}

static METHODS: sqlite3_io_methods = sqlite3_io_methods {
    iVersion: 1,
    xClose: Some(close),
    xRead: Some(read),
    xWrite: Some(refuse_write),
    xTruncate: Some(refuse_truncate),
    xSync: Some(refuse_sync),
    xFileSize: Some(file_size),
    xLock: Some(lock),
    xUnlock: Some(lock),
    xCheckReservedLock: Some(check_lock),
    xFileControl: Some(control),
    xSectorSize: Some(sector_size),
    xDeviceCharacteristics: Some(characteristics),
    xShmMap: None,
    xShmLock: None,
    xShmBarrier: None,
    xShmUnmap: None,
    xFetch: None,
    xUnfetch: None,
};

unsafe extern "C" fn delete(_: *mut sqlite3_vfs, _: *const c_char, _: c_int) -> c_int {
    ffi::SQLITE_READONLY
}

unsafe extern "C" fn access(
    _: *mut sqlite3_vfs,
    _: *const c_char,
    _: c_int,
    answer: *mut c_int,
) -> c_int {
    // SAFETY: SQLite gives a place for the answer. There is no other file.
    unsafe { *answer = 0 };
    ffi::SQLITE_OK
}

unsafe extern "C" fn full_path_name(
    _: *mut sqlite3_vfs,
    _: *const c_char,
    room: c_int,
    path: *mut c_char,
) -> c_int {
    let name = c"before".to_bytes_with_nul();
    if usize::try_from(room).is_ok_and(|room| room < name.len()) {
        return ffi::SQLITE_CANTOPEN;
    }
    // SAFETY: SQLite gives so much room, and the name fits.
    unsafe { ptr::copy_nonoverlapping(name.as_ptr().cast(), path, name.len()) };
    ffi::SQLITE_OK
}

/// Nothing that is asked here depends on chance, or on the time.
unsafe extern "C" fn randomness(_: *mut sqlite3_vfs, _: c_int, _: *mut c_char) -> c_int {
    0
}

unsafe extern "C" fn sleep(_: *mut sqlite3_vfs, _: c_int) -> c_int {
    0
}

unsafe extern "C" fn current_time(_: *mut sqlite3_vfs, _: *mut f64) -> c_int {
    ffi::SQLITE_ERROR
}

unsafe extern "C" fn last_error(_: *mut sqlite3_vfs, _: c_int, _: *mut c_char) -> c_int {
    0
}
