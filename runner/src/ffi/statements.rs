//! Statements that run: each that begins, and those that someone left in the middle.

use std::ffi::{CStr, c_char, c_int, c_uint, c_void};
use std::ptr;

use rusqlite::{Connection, ffi};

use super::Settings;

/// Who hears of statements. It has no state of its own: a hook lives as long as its connection.
pub(crate) trait HearsOfStatements {
    /// A statement with the text `sql` is about to run. Gives whether it may.
    fn statement(sql: &CStr, settings: &Settings) -> MayRun;
}

/// Whether a statement may run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum MayRun {
    /// It may.
    Yes,
    /// It is interrupted before it does anything.
    No,
}

/// Has `H` hear of the statements of `connection`, in place of who did before
/// (<https://sqlite.org/c3ref/trace_v2.html>). rusqlite's own hook reads the text of each, which a loop
/// over a million rows shows.
pub(crate) fn hear_of_statements<H: HearsOfStatements>(connection: &Connection) {
    // SAFETY: the connection is open; what is handed to the hook is that connection itself.
    unsafe {
        let database = connection.handle();
        let hook: unsafe extern "C" fn(_, _, _, _) -> _ = hook::<H>;
        ffi::sqlite3_trace_v2(
            database,
            ffi::SQLITE_TRACE_STMT as c_uint,
            Some(hook),
            database.cast(),
        );
    }
}

unsafe extern "C" fn hook<H: HearsOfStatements>(
    _event: c_uint,
    connection: *mut c_void,
    _statement: *mut c_void,
    text: *mut c_void,
) -> c_int {
    let database: *mut ffi::sqlite3 = connection.cast();
    // SAFETY: SQLite hands over a text that ends with a zero and stays until this returns, and calls on
    // a connection that is open. What is interrupted is the statement that is about to run.
    unsafe {
        let text = CStr::from_ptr(text.cast::<c_char>());
        if H::statement(text, &Settings::of(database)) == MayRun::No {
            ffi::sqlite3_interrupt(database);
        }
    }
    0
}

/// The text of a statement that has been stepped and not run to its end or reset
/// (<https://sqlite.org/c3ref/stmt_busy.html>). Prepared statements at rest do not count: virtual
/// tables such as FTS5 keep some of their own.
pub(crate) fn running_statement(connection: &Connection) -> Option<String> {
    // SAFETY: the connection is open, and the statements found are read at once, on its thread.
    unsafe {
        let database = connection.handle();
        let mut statement = ffi::sqlite3_next_stmt(database, ptr::null_mut());
        while !statement.is_null() {
            if ffi::sqlite3_stmt_busy(statement) != 0 {
                let sql = ffi::sqlite3_sql(statement);
                let text = if sql.is_null() { c"" } else { CStr::from_ptr(sql) };
                return Some(text.to_string_lossy().into_owned());
            }
            statement = ffi::sqlite3_next_stmt(database, statement);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_statement_in_the_middle_of_its_rows_counts() {
        let connection = Connection::open_in_memory().unwrap();
        let mut statement = connection.prepare("SELECT 1 UNION ALL SELECT 2").unwrap();
        assert_eq!(running_statement(&connection), None);
        let mut rows = statement.query([]).unwrap();
        rows.next().unwrap();
        assert_eq!(running_statement(&connection).unwrap(), "SELECT 1 UNION ALL SELECT 2");
        drop(rows);
        assert_eq!(running_statement(&connection), None);
    }
}
