//! The VFS itself: opening, deleting and asking for files. What it does not watch is the system's own.

use std::ffi::{CStr, c_char, c_int};
use std::path::Path;
use std::ptr;
use std::sync::{Once, OnceLock};

use rusqlite::ffi::{self, sqlite3_file, sqlite3_vfs};

use super::faults::{Operation, strikes};
use super::file::{self, ShimFile};
use super::recording::{Change, made, note};

/// The files that outlive a power cut; the others SQLite makes anew.
const LASTING: c_int =
    ffi::SQLITE_OPEN_MAIN_DB | ffi::SQLITE_OPEN_MAIN_JOURNAL | ffi::SQLITE_OPEN_WAL;

/// The system's own VFS, and its name.
struct System(*mut sqlite3_vfs);

// SAFETY: SQLite never frees the VFS that it was built with, and calls it from any thread.
unsafe impl Send for System {}
// SAFETY: as above.
unsafe impl Sync for System {}

static SYSTEM: OnceLock<System> = OnceLock::new();

/// Makes the shim this process's default VFS.
pub fn install() {
    static INSTALLED: Once = Once::new();
    INSTALLED.call_once(|| {
        // SAFETY: without a name, SQLite gives its default VFS, which stays for ever.
        let system = unsafe { ffi::sqlite3_vfs_find(ptr::null()) };
        SYSTEM.get_or_init(|| System(system));
        // SAFETY: the default VFS is there in every SQLite with an operating system under it.
        let mut shim = unsafe { ptr::read(system) };
        shim.szOsFile += file::HEADER;
        shim.pNext = ptr::null_mut();
        shim.zName = c"shim".as_ptr();
        shim.xOpen = Some(open);
        shim.xDelete = Some(delete);
        shim.xAccess = Some(access);
        // SAFETY: a registered VFS must stay for ever, so it is leaked. Its other functions are the
        // system's, which find what they need in the application data that was copied with them.
        let status = unsafe { ffi::sqlite3_vfs_register(Box::leak(Box::new(shim)), 1) };
        assert_eq!(status, ffi::SQLITE_OK);
    });
}

/// The name of the system's own VFS.
pub fn system() -> &'static str {
    // SAFETY: a VFS has a name, as long as it lives.
    unsafe { CStr::from_ptr((*real()).zName) }.to_str().unwrap()
}

fn real() -> *mut sqlite3_vfs {
    SYSTEM.get().unwrap().0
}

unsafe extern "C" fn open(
    _shim: *mut sqlite3_vfs,
    path: ffi::sqlite3_filename,
    file: *mut sqlite3_file,
    flags: c_int,
    flags_out: *mut c_int,
) -> c_int {
    // SAFETY: SQLite gives `szOsFile` bytes for the file, and a path or nothing.
    unsafe {
        // Without methods SQLite does not close what could not be opened.
        (*file).pMethods = ptr::null();
        if let Some(code) = strikes(Operation::Open) {
            return code;
        }
        let name = (flags & LASTING != 0 && !path.is_null()).then(|| name(path));
        let is_new = name.is_some() && !Path::new(text(path)).exists();
        let real_file = ShimFile::real_in(file);
        let status = (*real()).xOpen.unwrap()(real(), path, real_file, flags, flags_out);
        if status == ffi::SQLITE_OK {
            if let Some(file) = name.clone().filter(|_| is_new) {
                made(Path::new(text(path)));
                note(|| Change::Create { file });
            }
            let is_database = flags & ffi::SQLITE_OPEN_MAIN_DB != 0;
            // The first sync of a new journal or log syncs its folder too: `UNIXFILE_DIRSYNC`.
            let syncs_folder = !is_database && flags & ffi::SQLITE_OPEN_CREATE != 0;
            ShimFile::make_in(file, name, syncs_folder);
        }
        status
    }
}

unsafe extern "C" fn delete(
    _shim: *mut sqlite3_vfs,
    path: *const c_char,
    sync_folder: c_int,
) -> c_int {
    if let Some(code) = strikes(Operation::Delete) {
        return code;
    }
    // SAFETY: SQLite's own arguments, passed on. The folder is not synced, only noted to be.
    let status = unsafe { (*real()).xDelete.unwrap()(real(), path, 0) };
    if status == ffi::SQLITE_OK {
        // SAFETY: the path is SQLite's.
        note(|| Change::Delete { file: unsafe { name(path) }, folder: sync_folder != 0 });
    }
    status
}

unsafe extern "C" fn access(
    _shim: *mut sqlite3_vfs,
    path: *const c_char,
    flags: c_int,
    answer: *mut c_int,
) -> c_int {
    // SAFETY: SQLite's own arguments, passed on.
    strikes(Operation::Access)
        .unwrap_or_else(|| unsafe { (*real()).xAccess.unwrap()(real(), path, flags, answer) })
}

/// # Safety
/// `path` is a C string.
unsafe fn text<'p>(path: *const c_char) -> &'p str {
    // SAFETY: the caller's promise.
    unsafe { CStr::from_ptr(path) }.to_str().unwrap()
}

/// The name of a file in its folder.
///
/// # Safety
/// As [`text`].
unsafe fn name(path: *const c_char) -> String {
    // SAFETY: the caller's promise.
    let path = unsafe { text(path) };
    Path::new(path).file_name().unwrap().to_str().unwrap().to_owned()
}
