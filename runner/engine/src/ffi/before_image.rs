//! A database as it was before the transaction that is open on it, read through the rollback journal: that
//! holds each page as it was before it is written over.
//!
//! Nobody else can read a database once SQLite has begun to write into its file, and this process may not
//! open that a second time past SQLite. So a VFS of our own (<https://sqlite.org/vfs.html>) reads through
//! the two files that the connection has open, and never asks for a lock.

use std::ffi::{CString, c_char, c_int, c_void};
use std::marker::PhantomData;
use std::ptr;
use std::slice;
use std::sync::atomic::{AtomicU64, Ordering};

use rusqlite::ffi::{self, sqlite3_file, sqlite3_io_methods, sqlite3_vfs};
use rusqlite::{Connection, OpenFlags};

use super::rollback_journal::OldPages;

/// A connection to the database of another one, as it was before the transaction that is open there. It
/// reads no longer than that transaction lasts.
pub(crate) struct BeforeImage<'c> {
    connection: Connection,
    _files: Vfs,
    _of: PhantomData<&'c Connection>,
}

impl<'c> BeforeImage<'c> {
    /// That of `connection`, which is in a transaction that has a rollback journal.
    ///
    /// # Errors
    /// There is no such journal, or it cannot be read.
    pub(crate) fn of(connection: &'c Connection) -> rusqlite::Result<Self> {
        let files = Vfs::over(connection)?;
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY;
        let connection = Connection::open_with_flags_and_vfs("before", flags, &*files.name)?;
        // There is one file. What must be sorted is sorted in memory.
        connection.pragma_update(None, "temp_store", "MEMORY")?;
        Ok(Self { connection, _files: files, _of: PhantomData })
    }

    /// Asks `is_over` after so many steps of SQLite's machine, and interrupts what it reads if so.
    ///
    /// # Errors
    /// SQLite's.
    pub(crate) fn interrupt_if(
        &mut self,
        steps: c_int,
        is_over: impl FnMut() -> bool + Send + 'static,
    ) -> rusqlite::Result<()> {
        self.connection.progress_handler(steps, Some(is_over))
    }

    /// The connection.
    pub(crate) fn connection(&self) -> &Connection {
        &self.connection
    }
}

/// A registered VFS that has one file: the database as it was.
struct Vfs {
    name: CString,
    vfs: *mut sqlite3_vfs,
    before: *mut Before,
}

impl Vfs {
    fn over(connection: &Connection) -> rusqlite::Result<Self> {
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
        // SAFETY: both were made by `over`. The connection that was opened through it is closed: it stands
        // before this one in `BeforeImage`, and fields are dropped in their order.
        unsafe {
            ffi::sqlite3_vfs_unregister(self.vfs);
            drop(Box::from_raw(self.vfs));
            drop(Box::from_raw(self.before));
        }
    }
}

/// What the file is read from.
struct Before {
    database: *mut sqlite3_file,
    journal: *mut sqlite3_file,
    pages: OldPages,
}

impl Before {
    /// Reads as much as there is into `buffer`, and gives how much that was.
    ///
    /// # Safety
    /// The files are those of a connection that is open.
    unsafe fn read(&self, buffer: &mut [u8], at: i64) -> rusqlite::Result<usize> {
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
fn file(connection: &Connection, which: c_int) -> rusqlite::Result<*mut sqlite3_file> {
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
unsafe fn size(file: *mut sqlite3_file) -> rusqlite::Result<i64> {
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
unsafe fn read_at(file: *mut sqlite3_file, buffer: &mut [u8], at: i64) -> rusqlite::Result<()> {
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

fn failure(code: c_int) -> rusqlite::Error {
    rusqlite::Error::SqliteFailure(ffi::Error::new(code), None)
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

#[cfg(test)]
mod tests {
    use super::*;

    fn content(connection: &Connection) -> String {
        let mut all = String::new();
        let mut tables = connection
            .prepare("SELECT name, rootpage, sql FROM sqlite_schema ORDER BY name")
            .unwrap();
        let mut rows = tables.query([]).unwrap();
        while let Some(row) = rows.next().unwrap() {
            let (name, root, sql): (String, i64, Option<String>) =
                (row.get(0).unwrap(), row.get(1).unwrap(), row.get(2).unwrap());
            all += &format!("{name} {root} {sql:?}\n");
        }
        let sum = "SELECT count(*), sum(id), sum(length(a)), max(hex(a)) FROM t";
        let sum: rusqlite::Result<(i64, i64, i64, String)> = connection
            .query_row(sum, [], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?)));
        all + &format!("{sum:?}")
    }

    #[test]
    fn what_was_there_is_read_while_nobody_else_can_read() {
        for page_size in [512, 4096, 65536] {
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join("a.db");
            let connection = Connection::open(&path).unwrap();
            let make = format!(
                "PRAGMA page_size = {page_size}; PRAGMA auto_vacuum = INCREMENTAL;
                 CREATE TABLE t (id INTEGER PRIMARY KEY, a); CREATE INDEX t_a ON t (a);
                 CREATE TABLE gone (a); INSERT INTO gone VALUES (zeroblob(300000)); DELETE FROM gone;
                 WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 3000)
                 INSERT INTO t SELECT i, randomblob(300) FROM n;"
            );
            connection.execute_batch(&make).unwrap();
            let expected = content(&connection);
            connection
                .execute_batch(
                    "PRAGMA cache_size = 5; BEGIN IMMEDIATE; SAVEPOINT s;
                     UPDATE t SET a = randomblob(200); DELETE FROM t WHERE id % 3 = 0;
                     CREATE TABLE more (a); INSERT INTO more SELECT a FROM t; DROP TABLE gone;
                     PRAGMA incremental_vacuum; SAVEPOINT u; DROP TABLE t; ROLLBACK TO u;
                     INSERT INTO more SELECT randomblob(900) FROM t; RELEASE s;",
                )
                .unwrap();
            let other = Connection::open(&path).unwrap();
            other.busy_timeout(std::time::Duration::ZERO).unwrap();
            let locked = other.query_row("SELECT 1 FROM sqlite_schema", [], |_| Ok(()));
            assert!(locked.is_err(), "nothing was written into the file yet");

            let image = BeforeImage::of(&connection).unwrap();
            assert_eq!(content(image.connection()), expected, "{page_size}");
            let sound: String = image
                .connection()
                .query_row("PRAGMA integrity_check", [], |row| row.get(0))
                .unwrap();
            assert_eq!(sound, "ok");
            image.connection().execute_batch("CREATE TABLE x (a)").unwrap_err();
            drop(image);
            connection.execute_batch("ROLLBACK").unwrap();
            assert_eq!(content(&connection), expected);
        }
    }

    #[test]
    fn a_database_that_is_made_in_the_transaction_was_empty() {
        let folder = tempfile::tempdir().unwrap();
        let connection = Connection::open(folder.path().join("a.db")).unwrap();
        connection
            .execute_batch(
                "PRAGMA cache_size = 5; BEGIN IMMEDIATE; CREATE TABLE t (a);
                 WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 3000)
                 INSERT INTO t SELECT randomblob(300) FROM n;",
            )
            .unwrap();
        let image = BeforeImage::of(&connection).unwrap();
        let tables: i64 = image
            .connection()
            .query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))
            .unwrap();
        assert_eq!(tables, 0);
    }

    #[test]
    fn without_a_rollback_journal_there_is_no_image() {
        let folder = tempfile::tempdir().unwrap();
        let connection = Connection::open(folder.path().join("a.db")).unwrap();
        assert!(BeforeImage::of(&connection).is_err());
    }
}
