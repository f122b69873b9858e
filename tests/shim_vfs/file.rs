//! An open file: each call may fail, is noted down, and goes on to the system's file behind it.

use std::ffi::{c_int, c_void};
use std::{ptr, slice};

use rusqlite::ffi::{self, sqlite3_file, sqlite3_io_methods};

use super::faults::{Operation, strikes};
use super::recording::{Change, note};

/// What SQLite knows as the file. The system's file lies right behind it.
#[repr(C)]
pub(super) struct ShimFile {
    base: sqlite3_file,
    /// The name of a file that outlives a power cut.
    name: Option<Box<str>>,
    /// The next sync makes the names in its folder last too.
    syncs_folder: bool,
}

/// How much room the shim needs before the system's file.
pub(super) const HEADER: c_int = size_of::<ShimFile>() as c_int;

impl ShimFile {
    /// Where the system's file is, in the room for a file.
    ///
    /// # Safety
    /// `file` has the room that the shim asked SQLite for.
    pub(super) unsafe fn real_in(file: *mut sqlite3_file) -> *mut sqlite3_file {
        // SAFETY: the caller's promise.
        unsafe { file.cast::<Self>().add(1).cast() }
    }

    /// Makes `file` one of the shim.
    ///
    /// # Safety
    /// As [`Self::real_in`], and the system's file is open.
    pub(super) unsafe fn make_in(
        file: *mut sqlite3_file,
        name: Option<String>,
        syncs_folder: bool,
    ) {
        let shim = Self {
            base: sqlite3_file { pMethods: &raw const METHODS },
            name: name.map(String::into_boxed_str),
            syncs_folder,
        };
        // SAFETY: the caller's promise.
        unsafe { file.cast::<Self>().write(shim) }
    }
}

/// The system's file behind `file`, and its methods.
///
/// # Safety
/// `file` is an open one of the shim.
unsafe fn real<'m>(file: *mut sqlite3_file) -> (*mut sqlite3_file, &'m sqlite3_io_methods) {
    // SAFETY: the caller's promise; methods are constants of the system's VFS.
    unsafe {
        let real = ShimFile::real_in(file);
        (real, &*(*real).pMethods)
    }
}

/// Notes a change, if the file outlives a power cut.
///
/// # Safety
/// As [`real`].
unsafe fn note_of(file: *mut sqlite3_file, change: impl FnOnce(String) -> Change) {
    // SAFETY: the caller's promise.
    if let Some(name) = unsafe { &(*file.cast::<ShimFile>()).name } {
        note(|| change(name.to_string()));
    }
}

/// Methods that go on to the system's file, and may fail as an operation if one is named.
macro_rules! pass_on {
    ($($method:ident = $real:ident ($($argument:ident: $type:ty),*) $(, $operation:ident)?;)*) => {$(
        unsafe extern "C" fn $method(file: *mut sqlite3_file, $($argument: $type),*) -> c_int {
            $(if let Some(code) = strikes(Operation::$operation) {
                return code;
            })?
            // SAFETY: SQLite calls this for an open file of the shim.
            unsafe {
                let (real, methods) = real(file);
                methods.$real.unwrap()(real, $($argument),*)
            }
        }
    )*};
}

pass_on! {
    read = xRead(buffer: *mut c_void, amount: c_int, at: i64), Read;
    file_size = xFileSize(size: *mut i64), FileSize;
    lock = xLock(level: c_int), Lock;
    unlock = xUnlock(level: c_int);
    check_lock = xCheckReservedLock(answer: *mut c_int), CheckLock;
    control = xFileControl(what: c_int, argument: *mut c_void);
    sector_size = xSectorSize();
    characteristics = xDeviceCharacteristics();
    share_memory =
        xShmMap(page: c_int, size: c_int, extend: c_int, memory: *mut *mut c_void), ShareMemory;
    lock_memory = xShmLock(offset: c_int, count: c_int, flags: c_int), LockMemory;
    unshare_memory = xShmUnmap(delete: c_int);
}

/// A write that fails has written its first half: that is what a full disk does.
unsafe extern "C" fn write(
    file: *mut sqlite3_file,
    buffer: *const c_void,
    amount: c_int,
    at: i64,
) -> c_int {
    let fails = strikes(Operation::Write);
    let amount = if fails.is_some() { amount / 2 } else { amount };
    // SAFETY: SQLite calls this for an open file of the shim, with `amount` readable bytes.
    unsafe {
        note_of(file, |file| Change::Write {
            file,
            at: usize::try_from(at).unwrap(),
            bytes: slice::from_raw_parts(buffer.cast(), usize::try_from(amount).unwrap()).to_vec(),
        });
        let (real, methods) = real(file);
        let status = methods.xWrite.unwrap()(real, buffer, amount, at);
        fails.unwrap_or(status)
    }
}

unsafe extern "C" fn truncate(file: *mut sqlite3_file, size: i64) -> c_int {
    if let Some(code) = strikes(Operation::Truncate) {
        return code;
    }
    // SAFETY: SQLite calls this for an open file of the shim.
    unsafe {
        note_of(file, |file| Change::Truncate { file, size: usize::try_from(size).unwrap() });
        let (real, methods) = real(file);
        methods.xTruncate.unwrap()(real, size)
    }
}

/// A sync is noted and left out: nobody cuts the power of this machine, and thousands take long.
unsafe extern "C" fn sync(file: *mut sqlite3_file, _flags: c_int) -> c_int {
    if let Some(code) = strikes(Operation::Sync) {
        return code;
    }
    // SAFETY: SQLite calls this for an open file of the shim, from one thread at a time.
    unsafe {
        let folder = std::mem::take(&mut (*file.cast::<ShimFile>()).syncs_folder);
        note_of(file, |file| Change::Sync { file, folder });
    }
    ffi::SQLITE_OK
}

unsafe extern "C" fn close(file: *mut sqlite3_file) -> c_int {
    // SAFETY: SQLite calls this for an open file of the shim, and never touches it again.
    unsafe {
        let (real, methods) = real(file);
        let status = methods.xClose.unwrap()(real);
        ptr::drop_in_place(file.cast::<ShimFile>());
        status
    }
}

unsafe extern "C" fn memory_barrier(file: *mut sqlite3_file) {
    // SAFETY: SQLite calls this for an open file of the shim.
    unsafe {
        let (real, methods) = real(file);
        methods.xShmBarrier.unwrap()(real);
    }
}

/// The second version: no memory-mapped reads, which would pass by `read`.
static METHODS: sqlite3_io_methods = sqlite3_io_methods {
    iVersion: 2,
    xClose: Some(close),
    xRead: Some(read),
    xWrite: Some(write),
    xTruncate: Some(truncate),
    xSync: Some(sync),
    xFileSize: Some(file_size),
    xLock: Some(lock),
    xUnlock: Some(unlock),
    xCheckReservedLock: Some(check_lock),
    xFileControl: Some(control),
    xSectorSize: Some(sector_size),
    xDeviceCharacteristics: Some(characteristics),
    xShmMap: Some(share_memory),
    xShmLock: Some(lock_memory),
    xShmBarrier: Some(memory_barrier),
    xShmUnmap: Some(unshare_memory),
    xFetch: None,
    xUnfetch: None,
};
