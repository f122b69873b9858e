//! What a connection holds that no SQL sets, put back as it is when one is opened.

use std::ffi::{CStr, CString};
use std::ptr;

use rusqlite::{Connection, ffi};

/// The limits of a connection (<https://sqlite.org/c3ref/limit.html>).
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Limits(Vec<i32>);

impl Limits {
    /// As they are now.
    pub(crate) fn of(connection: &Connection) -> Self {
        const ONLY_ASK: i32 = -1;
        let all = ffi::SQLITE_LIMIT_LENGTH..=ffi::SQLITE_LIMIT_TRIGGER_DEPTH;
        // SAFETY: the connection is open; -1 changes nothing.
        let ask = |limit| unsafe { ffi::sqlite3_limit(connection.handle(), limit, ONLY_ASK) };
        Self(all.map(ask).collect())
    }

    /// Makes them so.
    pub(crate) fn put_back(&self, connection: &Connection) {
        for (limit, value) in (ffi::SQLITE_LIMIT_LENGTH..).zip(&self.0) {
            // SAFETY: the connection is open; the value was read from such a one.
            unsafe { ffi::sqlite3_limit(connection.handle(), limit, *value) };
        }
    }
}

/// What `sqlite3_db_config` sets on a connection, which databases it has, and whether statements were prepared on
/// it that are still there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Configuration {
    /// What SQLite answered for each setting, and the answer.
    settings: Vec<(i32, i32)>,
    /// The names of the first database and of those that are attached.
    databases: Vec<Option<CString>>,
    has_statements: bool,
}

impl Configuration {
    /// As it is now.
    pub(crate) fn of(connection: &Connection) -> Self {
        const ONLY_ASK: i32 = -1;
        // Those before are of another kind: a name, and the memory for short-lived pieces, which cannot be changed
        // while a savepoint is open (<https://sqlite.org/c3ref/c_dbconfig_defensive.html>).
        let all = ffi::SQLITE_DBCONFIG_ENABLE_FKEY..=ffi::SQLITE_DBCONFIG_FP_DIGITS;
        let ask = |setting| {
            let mut answer = ONLY_ASK;
            // SAFETY: the connection is open; with -1 nothing of it changes, and the last argument takes the
            // answer.
            let outcome = unsafe {
                let answer = ptr::from_mut(&mut answer);
                ffi::sqlite3_db_config(connection.handle(), setting, ONLY_ASK, answer)
            };
            (outcome, answer)
        };
        // The one between them is for what is temporary.
        let name = |place| {
            // SAFETY: the connection is open. The name ends with a zero, and is copied at once.
            unsafe {
                let name = ffi::sqlite3_db_name(connection.handle(), place);
                (!name.is_null()).then(|| CStr::from_ptr(name).to_owned())
            }
        };
        // SAFETY: the connection is open.
        let statement = unsafe { ffi::sqlite3_next_stmt(connection.handle(), ptr::null_mut()) };
        Self {
            settings: all.map(ask).collect(),
            databases: [0, 2].map(name).to_vec(),
            has_statements: !statement.is_null(),
        }
    }
}

/// Takes from `connection` whatever is called on it other than the guard's, and what it remembers of rows.
pub(crate) fn forget_callbacks(connection: &Connection) {
    /// As SQLite opens a connection (<https://sqlite.org/c3ref/wal_autocheckpoint.html>).
    const PAGES_TO_CHECKPOINT: i32 = 1000;
    // SAFETY: the connection is open and no statement runs on it; nothing is handed over.
    unsafe {
        let database = connection.handle();
        ffi::sqlite3_progress_handler(database, 0, None, ptr::null_mut());
        ffi::sqlite3_collation_needed(database, ptr::null_mut(), None);
        ffi::sqlite3_wal_autocheckpoint(database, PAGES_TO_CHECKPOINT);
        ffi::sqlite3_extended_result_codes(database, 1);
    }
    forget_last_row(connection);
}

/// Has `connection` forget which row was inserted last.
pub(crate) fn forget_last_row(connection: &Connection) {
    // SAFETY: the connection is open.
    unsafe { ffi::sqlite3_set_last_insert_rowid(connection.handle(), 0) };
}

/// Removes a function that was registered on `connection` with this number of arguments.
pub(crate) fn remove_function(connection: &Connection, name: &str, arguments: i32) {
    let Ok(name) = CString::new(name) else { return };
    // SAFETY: the connection is open and no statement runs on it; without any function it removes what
    // is there.
    unsafe {
        let (database, encoding) = (connection.handle(), ffi::SQLITE_ANY);
        let (name, none) = (name.as_ptr(), ptr::null_mut());
        ffi::sqlite3_create_function_v2(
            database, name, arguments, encoding, none, None, None, None, None,
        );
    }
}

/// Removes a collation that was registered on `connection`.
pub(crate) fn remove_collation(connection: &Connection, name: &str) {
    let Ok(name) = CString::new(name) else { return };
    for encoding in [ffi::SQLITE_UTF8, ffi::SQLITE_UTF16LE, ffi::SQLITE_UTF16BE] {
        // SAFETY: as above.
        unsafe {
            let (database, none) = (connection.handle(), ptr::null_mut());
            ffi::sqlite3_create_collation_v2(database, name.as_ptr(), encoding, none, None, None);
        }
    }
}

/// Removes a module from `connection`, if it has it.
pub(crate) fn remove_module(connection: &Connection, name: &str) {
    let Ok(name) = CString::new(name) else { return };
    // SAFETY: the connection is open and no statement runs on it; without any methods it removes what is there.
    unsafe {
        let (database, none) = (connection.handle(), ptr::null_mut());
        ffi::sqlite3_create_module_v2(database, name.as_ptr(), ptr::null(), none, None);
    }
}

/// Removes every module of `connection` but those named.
pub(crate) fn keep_modules<'n>(connection: &Connection, names: impl Iterator<Item = &'n String>) {
    let names: Vec<CString> = names.filter_map(|name| CString::new(name.as_str()).ok()).collect();
    let mut list: Vec<_> = names.iter().map(|name| name.as_ptr()).collect();
    list.push(ptr::null());
    // SAFETY: the connection is open and no statement runs on it; the list ends with a null, and it and
    // its names outlive the call.
    unsafe { ffi::sqlite3_drop_modules(connection.handle(), list.as_mut_ptr()) };
}
