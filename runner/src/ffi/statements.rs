//! Statements that someone left in the middle of running.

use std::ffi::CStr;
use std::ptr;

use rusqlite::{Connection, ffi};

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
