//! The table of SQLite's functions that a plugin works with, as SQLite hands it to extensions.

use std::ffi::{c_char, c_int, c_void};
use std::ptr;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicPtr, Ordering};

use rusqlite::{Connection, auto_extension, ffi};

use super::watched_routines;

static CAUGHT: AtomicPtr<c_void> = AtomicPtr::new(ptr::null_mut());

/// Keeps the third argument of an extension's entry point, which is what this is called as.
unsafe extern "C" fn catch(
    _database: *mut ffi::sqlite3,
    _message: *mut *mut c_char,
    routines: *const ffi::sqlite3_api_routines,
) -> c_int {
    CAUGHT.store(routines.cast_mut().cast(), Ordering::Release);
    ffi::SQLITE_OK
}

/// A `const sqlite3_api_routines*` that stays valid as long as the process.
pub(crate) struct Routines(*const c_void);

// SAFETY: the table is never written again.
unsafe impl Send for Routines {}
// SAFETY: as above.
unsafe impl Sync for Routines {}

impl Routines {
    pub(super) fn as_ptr(&self) -> *const c_void {
        self.0
    }
}

/// The routines of this process's SQLite. They are fetched once, by opening a database in memory,
/// which also shows that this process has an SQLite of its own.
///
/// # Errors
/// SQLite's error at opening a database in memory.
pub(crate) fn routines() -> rusqlite::Result<&'static Routines> {
    static ROUTINES: OnceLock<Routines> = OnceLock::new();
    if let Some(routines) = ROUTINES.get() {
        return Ok(routines);
    }
    // SAFETY: `catch` opens no database, closes none, and leaves the list of extensions alone.
    unsafe { auto_extension::register_auto_extension(catch)? };
    let opened = Connection::open_in_memory();
    auto_extension::cancel_auto_extension(catch);
    opened?;
    let caught = CAUGHT.load(Ordering::Acquire);
    if caught.is_null() {
        let message = "SQLite was built without extensions, and plugins work as such";
        let misuse = ffi::Error::new(ffi::SQLITE_MISUSE);
        return Err(rusqlite::Error::SqliteFailure(misuse, Some(message.to_owned())));
    }
    // SAFETY: SQLite has just handed it to an extension.
    Ok(ROUTINES.get_or_init(|| Routines(unsafe { watched_routines::watched(caught) })))
}

/// A number that changes whenever a library calls what leaves something on a connection, or in the process.
/// `None`: that is not seen with this SQLite.
pub(crate) fn lasting_calls() -> Option<u64> {
    routines().ok()?;
    watched_routines::calls()
}
