//! A VFS (<https://sqlite.org/vfs.html>) in front of the default one that counts how large journals, logs and temporary
//! files become. It hands everything on; the database file itself is opened as if it were not there.

mod file;
#[cfg(test)]
mod tests;

use std::cell::UnsafeCell;
use std::ffi::{CStr, CString, c_char, c_int, c_void};
use std::ptr;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Mutex, PoisonError};

use rusqlite::ffi::{self, sqlite3_file, sqlite3_vfs};

use self::file::CountedFile;

/// A size now, and the largest that it was since somebody asked to begin anew.
#[derive(Debug, Default)]
struct Size {
    now: AtomicI64,
    largest: AtomicI64,
}

impl Size {
    fn set(&self, size: i64) {
        self.now.store(size, Ordering::Relaxed);
        self.largest.fetch_max(size, Ordering::Relaxed);
    }

    fn add(&self, more: i64) {
        let size = self.now.fetch_add(more, Ordering::Relaxed) + more;
        self.largest.fetch_max(size, Ordering::Relaxed);
    }

    fn begin_anew(&self) {
        self.largest.store(self.now.load(Ordering::Relaxed), Ordering::Relaxed);
    }

    fn largest(&self) -> u64 {
        u64::try_from(self.largest.load(Ordering::Relaxed)).unwrap_or_default()
    }
}

/// What is counted of the files of one VFS.
#[derive(Debug, Default)]
struct Sizes {
    journal: Size,
    log: Size,
    /// Of all files together.
    temporary: Size,
}

/// The largest sizes that files had, in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct LargestSizes {
    pub(crate) journal: u64,
    pub(crate) log: u64,
    /// Of all temporary files together.
    pub(crate) temporary: u64,
}

/// A VFS that counts, for as long as somebody asks it.
#[derive(Debug)]
pub(crate) struct CountingVfs(&'static Shim);

/// What SQLite knows as the VFS.
#[repr(C)]
struct Shim {
    /// SQLite writes its list into it.
    base: UnsafeCell<sqlite3_vfs>,
    system: *mut sqlite3_vfs,
    sizes: Sizes,
}

// SAFETY: once it is registered only atomics change in it, and SQLite's list, which SQLite guards. The default VFS stays
// as long as the process, and SQLite calls both from any thread.
unsafe impl Send for Shim {}
// SAFETY: as above.
unsafe impl Sync for Shim {}

impl std::fmt::Debug for Shim {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.sizes.fmt(out)
    }
}

/// Those that nobody asks any more. A connection may have outlived who asked, so that none is ever taken away.
static FREE: Mutex<Vec<&'static Shim>> = Mutex::new(Vec::new());

impl CountingVfs {
    /// One that nobody else asks.
    ///
    /// # Errors
    /// SQLite's, at registering it.
    pub(crate) fn new() -> rusqlite::Result<Self> {
        let free = FREE.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let vfs = Self(free.map_or_else(Shim::register, Ok)?);
        vfs.0.sizes.log.set(0);
        vfs.begin_anew();
        Ok(vfs)
    }

    /// Its name, by which a connection is opened through it.
    pub(crate) fn name(&self) -> &'static CStr {
        // SAFETY: the name was made for it, and is never freed.
        unsafe { CStr::from_ptr((*self.0.base.get()).zName) }
    }

    /// From here on the largest size is the one that is there now.
    pub(crate) fn begin_anew(&self) {
        let Sizes { journal, log, temporary } = &self.0.sizes;
        [journal, log, temporary].into_iter().for_each(Size::begin_anew);
    }

    /// The largest sizes since.
    pub(crate) fn largest(&self) -> LargestSizes {
        let Sizes { journal, log, temporary } = &self.0.sizes;
        LargestSizes {
            journal: journal.largest(),
            log: log.largest(),
            temporary: temporary.largest(),
        }
    }
}

impl Drop for CountingVfs {
    fn drop(&mut self) {
        FREE.lock().unwrap_or_else(PoisonError::into_inner).push(self.0);
    }
}

impl Shim {
    fn register() -> rusqlite::Result<&'static Self> {
        static MADE: AtomicI64 = AtomicI64::new(0);
        let name = format!("runner-counting-{}", MADE.fetch_add(1, Ordering::Relaxed));
        let name = CString::new(name)?.into_raw();
        // SAFETY: without a name, SQLite gives its default VFS, which is there and stays.
        let system = unsafe { ffi::sqlite3_vfs_find(ptr::null()) };
        // SAFETY: as above.
        let Some(real) = (unsafe { system.as_ref() }) else {
            return Err(failure(ffi::SQLITE_ERROR));
        };
        let base = sqlite3_vfs {
            iVersion: real.iVersion.min(3),
            szOsFile: real.szOsFile + file::HEADER,
            mxPathname: real.mxPathname,
            pNext: ptr::null_mut(),
            zName: name,
            pAppData: ptr::null_mut(),
            xOpen: Some(open),
            xDelete: Some(delete),
            xAccess: Some(access),
            xFullPathname: Some(full_path_name),
            xDlOpen: real.xDlOpen.and(Some(open_library)),
            xDlError: real.xDlError.and(Some(library_error)),
            xDlSym: real.xDlSym.and(Some(library_symbol)),
            xDlClose: real.xDlClose.and(Some(close_library)),
            xRandomness: Some(randomness),
            xSleep: Some(sleep),
            xCurrentTime: Some(current_time),
            xGetLastError: Some(last_error),
            xCurrentTimeInt64: real.xCurrentTimeInt64.and(Some(current_time_in_ms)),
            // They exchange calls of the system for tests of SQLite itself, which ask the default VFS.
            xSetSystemCall: None,
            xGetSystemCall: None,
            xNextSystemCall: None,
        };
        let base = UnsafeCell::new(base);
        let shim = Box::into_raw(Box::new(Self { base, system, sizes: Sizes::default() }));
        // SAFETY: it begins with what SQLite knows, and stays where it is for as long as the process.
        unsafe {
            match ffi::sqlite3_vfs_register(shim.cast(), 0) {
                ffi::SQLITE_OK => Ok(&*shim),
                code => Err(failure(code)),
            }
        }
    }
}

fn failure(code: c_int) -> rusqlite::Error {
    rusqlite::Error::SqliteFailure(ffi::Error::new(code), None)
}

/// The default VFS behind `vfs`, and its methods.
///
/// # Safety
/// `vfs` is that of a [`Shim`].
unsafe fn system<'s>(vfs: *mut sqlite3_vfs) -> (*mut sqlite3_vfs, &'s sqlite3_vfs) {
    // SAFETY: the caller's promise; both stay as long as the process.
    unsafe {
        let system = (*vfs.cast::<Shim>()).system;
        (system, &*system)
    }
}

unsafe extern "C" fn open(
    vfs: *mut sqlite3_vfs,
    path: ffi::sqlite3_filename,
    file: *mut sqlite3_file,
    flags: c_int,
    flags_out: *mut c_int,
) -> c_int {
    // SAFETY: SQLite calls this with a VFS that was registered, gives as much room for the file as that asks for, and
    // a path or nothing.
    unsafe {
        let (real, methods) = system(vfs);
        let Some(open) = methods.xOpen else { return ffi::SQLITE_CANTOPEN };
        let sizes: &'static Sizes = &(*vfs.cast::<Shim>()).sizes;
        match file::Kind::of(flags) {
            None => open(real, path, file, flags, flags_out),
            Some(kind) => {
                // Without methods SQLite does not close what could not be opened.
                (*file).pMethods = ptr::null();
                let status = open(real, path, CountedFile::real_in(file), flags, flags_out);
                if status == ffi::SQLITE_OK {
                    CountedFile::make_in(file, kind, sizes);
                }
                status
            }
        }
    }
}

/// Methods that are handed on to the default VFS; the first word is what is answered where that has none.
macro_rules! hand_on {
    ($($method:ident = $real:ident ($($argument:ident: $type:ty),*) -> $result:ty, $none:expr;)*) => {$(
        unsafe extern "C" fn $method(vfs: *mut sqlite3_vfs, $($argument: $type),*) -> $result {
            // SAFETY: SQLite calls this with a VFS that was registered; the arguments are its own.
            unsafe {
                let (real, methods) = system(vfs);
                match methods.$real {
                    Some(method) => method(real, $($argument),*),
                    None => $none,
                }
            }
        }
    )*};
}

type Symbol = Option<unsafe extern "C" fn(*mut sqlite3_vfs, *mut c_void, *const c_char)>;

hand_on! {
    delete = xDelete(path: *const c_char, sync: c_int) -> c_int, ffi::SQLITE_IOERR_DELETE;
    access = xAccess(path: *const c_char, flags: c_int, answer: *mut c_int) -> c_int, ffi::SQLITE_IOERR_ACCESS;
    full_path_name = xFullPathname(path: *const c_char, room: c_int, full: *mut c_char) -> c_int,
        ffi::SQLITE_CANTOPEN;
    open_library = xDlOpen(path: *const c_char) -> *mut c_void, ptr::null_mut();
    library_error = xDlError(room: c_int, message: *mut c_char) -> (), ();
    library_symbol = xDlSym(library: *mut c_void, name: *const c_char) -> Symbol, None;
    close_library = xDlClose(library: *mut c_void) -> (), ();
    randomness = xRandomness(room: c_int, bytes: *mut c_char) -> c_int, 0;
    sleep = xSleep(microseconds: c_int) -> c_int, 0;
    current_time = xCurrentTime(time: *mut f64) -> c_int, ffi::SQLITE_ERROR;
    last_error = xGetLastError(room: c_int, message: *mut c_char) -> c_int, 0;
    current_time_in_ms = xCurrentTimeInt64(time: *mut i64) -> c_int, ffi::SQLITE_ERROR;
}
