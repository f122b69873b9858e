//! Runs of statements: each as it begins and as it ends.

use std::ffi::{CStr, c_char, c_int, c_uint, c_void};

use rusqlite::{Connection, ffi};

use super::{MayRun, Settings};

/// An observer of runs. It has no state of its own: a hook lives as long as its connection.
pub(crate) trait RunObserver {
    /// A statement, or a trigger or another part of one, is about to run, which SQLite calls `told`. Returns whether
    /// it may.
    fn begins(run: &Run, told: &CStr, settings: &Settings) -> MayRun;

    /// A statement has ended, or is reset.
    fn ends(run: &Run);
}

/// A statement that runs.
pub(crate) struct Run {
    database: *mut ffi::sqlite3,
    statement: *mut ffi::sqlite3_stmt,
}

impl Run {
    /// Which statement it is, among those that are prepared now.
    pub(crate) fn statement(&self) -> usize {
        self.statement.addr()
    }

    /// Its text; `None`: it was never written as one.
    pub(crate) fn text(&self) -> Option<&CStr> {
        // SAFETY: the statement is there while this is lent to an observer, and so is its text.
        unsafe {
            let text = ffi::sqlite3_sql(self.statement);
            (!text.is_null()).then(|| CStr::from_ptr(text))
        }
    }

    /// Its text with its parameters filled in.
    pub(crate) fn expanded(&self) -> Option<String> {
        // SAFETY: the statement is there; what SQLite makes of it is copied, and freed once.
        unsafe {
            let text = ffi::sqlite3_expanded_sql(self.statement);
            if text.is_null() {
                return None;
            }
            let copy = CStr::from_ptr(text).to_string_lossy().into_owned();
            ffi::sqlite3_free(text.cast());
            Some(copy)
        }
    }

    /// Whether it may change a database (<https://sqlite.org/c3ref/stmt_readonly.html>).
    pub(crate) fn writes(&self) -> bool {
        // SAFETY: the statement is there.
        unsafe { ffi::sqlite3_stmt_readonly(self.statement) == 0 }
    }

    /// How many rows its connection has changed so far (<https://sqlite.org/c3ref/total_changes.html>).
    pub(crate) fn changes(&self) -> i64 {
        // SAFETY: the connection is open.
        unsafe { ffi::sqlite3_total_changes64(self.database) }
    }
}

/// Sets `H` as the observer of runs on `connection`, and replaces what observes statements
/// (<https://sqlite.org/c3ref/trace_v2.html>).
pub(crate) fn observe_runs<H: RunObserver>(connection: &Connection) {
    // SAFETY: the connection is open; what is handed to the hook is that connection itself.
    unsafe {
        let database = connection.handle();
        let hook: unsafe extern "C" fn(_, _, _, _) -> _ = hook::<H>;
        let events = ffi::SQLITE_TRACE_STMT | ffi::SQLITE_TRACE_PROFILE;
        ffi::sqlite3_trace_v2(database, events as c_uint, Some(hook), database.cast());
    }
}

unsafe extern "C" fn hook<H: RunObserver>(
    event: c_uint,
    connection: *mut c_void,
    statement: *mut c_void,
    told: *mut c_void,
) -> c_int {
    let database: *mut ffi::sqlite3 = connection.cast();
    let run = Run { database, statement: statement.cast() };
    if event == ffi::SQLITE_TRACE_PROFILE as c_uint {
        H::ends(&run);
        return 0;
    }
    // SAFETY: SQLite hands over a text that ends with a zero and stays until this returns, and calls on a connection
    // that is open. What is interrupted is the statement that is about to run.
    unsafe {
        let told = CStr::from_ptr(told.cast::<c_char>());
        if H::begins(&run, told, &Settings::of(database)) == MayRun::No {
            ffi::sqlite3_interrupt(database);
        }
    }
    0
}
