//! A file whose size is counted; each call goes on to the system's file behind it.

use std::ffi::{c_int, c_void};
use std::ptr;

use rusqlite::ffi::{self, sqlite3_file, sqlite3_io_methods};

use super::Sizes;

/// What a file is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Journal,
    Log,
    Temporary,
}

impl Kind {
    /// The kind of a file that is opened with `flags` (<https://sqlite.org/c3ref/c_open_autoproxy.html>); `None`: it
    /// is a database, whose size SQLite knows.
    pub(super) fn of(flags: c_int) -> Option<Self> {
        const TEMPORARY: c_int = ffi::SQLITE_OPEN_TEMP_DB
            | ffi::SQLITE_OPEN_TRANSIENT_DB
            | ffi::SQLITE_OPEN_TEMP_JOURNAL
            | ffi::SQLITE_OPEN_SUBJOURNAL;
        const JOURNAL: c_int = ffi::SQLITE_OPEN_MAIN_JOURNAL | ffi::SQLITE_OPEN_SUPER_JOURNAL;
        match flags {
            _ if flags & JOURNAL != 0 => Some(Self::Journal),
            _ if flags & ffi::SQLITE_OPEN_WAL != 0 => Some(Self::Log),
            _ if flags & TEMPORARY != 0 => Some(Self::Temporary),
            _ => None,
        }
    }
}

/// What SQLite knows as the file. The system's file lies right behind it.
#[repr(C)]
pub(super) struct CountedFile {
    base: sqlite3_file,
    sizes: &'static Sizes,
    kind: Kind,
    size: i64,
}

/// How much room this needs before the system's file.
pub(super) const HEADER: c_int = size_of::<CountedFile>() as c_int;

impl CountedFile {
    /// Where the system's file is, in the room for a file.
    ///
    /// # Safety
    /// `file` has the room that the VFS asked SQLite for.
    pub(super) unsafe fn real_in(file: *mut sqlite3_file) -> *mut sqlite3_file {
        // SAFETY: the caller's promise.
        unsafe { file.cast::<Self>().add(1).cast() }
    }

    /// Makes `file` one that is counted.
    ///
    /// # Safety
    /// As [`Self::real_in`], and the system's file is open.
    pub(super) unsafe fn make_in(file: *mut sqlite3_file, kind: Kind, sizes: &'static Sizes) {
        // SAFETY: the caller's promise; methods are constants of the system's VFS.
        unsafe {
            let real = Self::real_in(file);
            let methods = &*(*real).pMethods;
            // The newer ones read a file as memory, which sorting does.
            let own =
                if methods.iVersion >= 3 { &raw const METHODS } else { &raw const OLD_METHODS };
            let mut size = 0;
            if methods.xFileSize.is_none_or(|ask| ask(real, &raw mut size) != ffi::SQLITE_OK) {
                size = 0;
            }
            let counted = Self { base: sqlite3_file { pMethods: own }, sizes, kind, size: 0 };
            file.cast::<Self>().write(counted);
            (*file.cast::<Self>()).resize(size);
        }
    }

    fn resize(&mut self, size: i64) {
        match self.kind {
            Kind::Journal => self.sizes.journal.set(size),
            Kind::Log => self.sizes.log.set(size),
            Kind::Temporary => self.sizes.temporary.add(size - self.size),
        }
        self.size = size;
    }
}

/// The system's file behind `file`, and its methods.
///
/// # Safety
/// `file` is an open one that is counted.
unsafe fn real<'m>(file: *mut sqlite3_file) -> (*mut sqlite3_file, &'m sqlite3_io_methods) {
    // SAFETY: the caller's promise; methods are constants of the system's VFS.
    unsafe {
        let real = CountedFile::real_in(file);
        (real, &*(*real).pMethods)
    }
}

/// Methods that go on to the system's file; the last word is what is answered where that has none.
macro_rules! hand_on {
    ($($method:ident = $real:ident ($($argument:ident: $type:ty),*), $none:expr;)*) => {$(
        unsafe extern "C" fn $method(file: *mut sqlite3_file, $($argument: $type),*) -> c_int {
            // SAFETY: SQLite calls this for an open file of this VFS, with arguments of its own.
            unsafe {
                let (real, methods) = real(file);
                methods.$real.map_or($none, |method| method(real, $($argument),*))
            }
        }
    )*};
}

hand_on! {
    read = xRead(buffer: *mut c_void, amount: c_int, at: i64), ffi::SQLITE_IOERR_READ;
    sync = xSync(flags: c_int), ffi::SQLITE_IOERR_FSYNC;
    file_size = xFileSize(size: *mut i64), ffi::SQLITE_IOERR_FSTAT;
    lock = xLock(level: c_int), ffi::SQLITE_IOERR_LOCK;
    unlock = xUnlock(level: c_int), ffi::SQLITE_IOERR_UNLOCK;
    check_lock = xCheckReservedLock(answer: *mut c_int), ffi::SQLITE_IOERR_CHECKRESERVEDLOCK;
    control = xFileControl(what: c_int, argument: *mut c_void), ffi::SQLITE_NOTFOUND;
    sector_size = xSectorSize(), 4096;
    characteristics = xDeviceCharacteristics(), 0;
    fetch = xFetch(at: i64, amount: c_int, memory: *mut *mut c_void), ffi::SQLITE_IOERR_MMAP;
    give_back = xUnfetch(at: i64, memory: *mut c_void), ffi::SQLITE_OK;
}

unsafe extern "C" fn write(
    file: *mut sqlite3_file,
    buffer: *const c_void,
    amount: c_int,
    at: i64,
) -> c_int {
    // SAFETY: SQLite calls this for an open file of this VFS, with `amount` readable bytes, and on one thread at a
    // time.
    unsafe {
        let (real, methods) = real(file);
        let Some(write) = methods.xWrite else { return ffi::SQLITE_IOERR_WRITE };
        let status = write(real, buffer, amount, at);
        let (counted, end) = (&mut *file.cast::<CountedFile>(), at + i64::from(amount));
        if status == ffi::SQLITE_OK && end > counted.size {
            counted.resize(end);
        }
        status
    }
}

unsafe extern "C" fn truncate(file: *mut sqlite3_file, size: i64) -> c_int {
    // SAFETY: as in `write`.
    unsafe {
        let (real, methods) = real(file);
        let Some(truncate) = methods.xTruncate else { return ffi::SQLITE_IOERR_TRUNCATE };
        let status = truncate(real, size);
        if status == ffi::SQLITE_OK {
            (*file.cast::<CountedFile>()).resize(size);
        }
        status
    }
}

unsafe extern "C" fn close(file: *mut sqlite3_file) -> c_int {
    // SAFETY: SQLite calls this for an open file of this VFS, and never touches it again.
    unsafe {
        let (real, methods) = real(file);
        let status = methods.xClose.map_or(ffi::SQLITE_OK, |close| close(real));
        let counted = &mut *file.cast::<CountedFile>();
        // A log stays after the connection, and may be open in another one.
        if counted.kind != Kind::Log {
            counted.resize(0);
        }
        ptr::drop_in_place(counted);
        status
    }
}

/// Memory is shared by the database file alone, so that what is for that is left out.
static METHODS: sqlite3_io_methods = sqlite3_io_methods {
    iVersion: 3,
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
    xShmMap: None,
    xShmLock: None,
    xShmBarrier: None,
    xShmUnmap: None,
    xFetch: Some(fetch),
    xUnfetch: Some(give_back),
};

static OLD_METHODS: sqlite3_io_methods =
    sqlite3_io_methods { iVersion: 1, xFetch: None, xUnfetch: None, ..METHODS };
