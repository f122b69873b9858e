//! Running statements: each as it begins, and those that were left unfinished.

use std::ffi::{CStr, c_char, c_int, c_uint, c_void};
use std::ptr;

use rusqlite::{Connection, ffi};

use super::Settings;

/// An observer of statements. It has no state of its own: a hook lives as long as its connection.
pub(crate) trait StatementObserver {
    /// A statement with the text `sql` is about to run. Returns whether it may.
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

/// Sets `H` as the observer of statements of `connection`, and replaces the one before
/// (<https://sqlite.org/c3ref/trace_v2.html>). rusqlite's own hook reads the text of each, which costs
/// in a loop over a million rows.
pub(crate) fn observe_statements<H: StatementObserver>(connection: &Connection) {
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

unsafe extern "C" fn hook<H: StatementObserver>(
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

/// What was left unfinished.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum LeftRunning {
    /// A statement of this text: some of its rows were read.
    Statement(String),
    /// A value that was opened to be read or written in parts (<https://sqlite.org/c3ref/blob.html>).
    Blob,
}

/// What was stepped on `connection`, and neither run to its end nor reset
/// (<https://sqlite.org/c3ref/stmt_busy.html>). Prepared statements at rest do not count: virtual
/// tables such as FTS5 keep some of their own.
///
/// Inside a transaction a virtual table may also keep a blob open: an R-Tree keeps its last node. It
/// closes the blob when a savepoint begins, as SQLite asks it to before a table is dropped.
pub(crate) fn left_running(connection: &Connection) -> Option<LeftRunning> {
    let left = busy(connection)?;
    if left == LeftRunning::Blob && !connection.is_autocommit() {
        // What does not succeed here is left as it was, and found again.
        let _ = connection.execute_batch("SAVEPOINT runner_look; RELEASE runner_look");
        return busy(connection);
    }
    Some(left)
}

fn busy(connection: &Connection) -> Option<LeftRunning> {
    let mut left = None;
    // SAFETY: the connection is open, and the statements found are read at once, on its thread.
    unsafe {
        let database = connection.handle();
        let mut statement = ffi::sqlite3_next_stmt(database, ptr::null_mut());
        while !statement.is_null() {
            if ffi::sqlite3_stmt_busy(statement) != 0 {
                let sql = ffi::sqlite3_sql(statement);
                if !sql.is_null() {
                    let text = CStr::from_ptr(sql).to_string_lossy().into_owned();
                    return Some(LeftRunning::Statement(text));
                }
                // What SQLite runs for a blob was never written as SQL.
                left = Some(LeftRunning::Blob);
            }
            statement = ffi::sqlite3_next_stmt(database, statement);
        }
    }
    left
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_statement_in_the_middle_of_its_rows_counts() {
        let connection = Connection::open_in_memory().unwrap();
        let mut statement = connection.prepare("SELECT 1 UNION ALL SELECT 2").unwrap();
        assert_eq!(left_running(&connection), None);
        let mut rows = statement.query([]).unwrap();
        rows.next().unwrap();
        let left = LeftRunning::Statement("SELECT 1 UNION ALL SELECT 2".to_owned());
        assert_eq!(left_running(&connection), Some(left));
        drop(rows);
        assert_eq!(left_running(&connection), None);
    }

    #[test]
    fn what_a_virtual_table_keeps_open_in_a_transaction_does_not_count() {
        let connection = Connection::open_in_memory().unwrap();
        connection
            .execute_batch(
                "CREATE VIRTUAL TABLE place USING rtree (id, x0, x1, +name);
                 CREATE VIRTUAL TABLE word USING fts5 (body);
                 CREATE VIRTUAL TABLE old_word USING fts4 (body);",
            )
            .unwrap();
        let fill =
            "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 500) ";
        for sql in [
            "INSERT INTO place SELECT i, i, i + 1, 'p' || i FROM n",
            "SELECT * FROM place WHERE x0 > 100 AND x1 < 200",
            "UPDATE place SET x1 = x1 + 1 WHERE id % 2",
            "DELETE FROM place WHERE x0 > 400",
            "INSERT INTO word SELECT 'word' || i FROM n",
            "SELECT * FROM word WHERE word MATCH 'word7*'",
            "UPDATE word SET body = body || ' more' WHERE rowid > 100",
            "DELETE FROM word WHERE word MATCH 'word9*'",
            "INSERT INTO old_word SELECT 'word' || i FROM n",
            "SELECT * FROM old_word WHERE old_word MATCH 'word7*'",
            "DELETE FROM old_word WHERE rowid > 100",
        ] {
            for end in ["ROLLBACK", "COMMIT"] {
                connection.execute_batch("BEGIN; SAVEPOINT around").unwrap();
                let sql = format!("{}{sql}", if sql.contains("FROM n") { fill } else { "" });
                let mut statement = connection.prepare(&sql).unwrap();
                let mut rows = statement.query([]).unwrap();
                while rows.next().unwrap().is_some() {}
                drop(rows);
                drop(statement);
                assert_eq!(left_running(&connection), None, "{sql}");
                connection.execute_batch("RELEASE around").unwrap();
                connection.execute_batch(end).unwrap();
            }
        }
    }

    #[test]
    fn a_blob_that_is_left_open_counts() {
        let connection = Connection::open_in_memory().unwrap();
        connection
            .execute_batch(
                "CREATE VIRTUAL TABLE place USING rtree (id, x0, x1);
                 CREATE TABLE t (a); INSERT INTO t VALUES (zeroblob(9)); BEGIN;
                 INSERT INTO place VALUES (1, 1, 2);",
            )
            .unwrap();
        for writes in [0, 1] {
            let mut blob = ptr::null_mut();
            let (main, table, column) = (c"main".as_ptr(), c"t".as_ptr(), c"a".as_ptr());
            // SAFETY: the connection is open, and the names end with a zero.
            let status = unsafe {
                let database = connection.handle();
                ffi::sqlite3_blob_open(database, main, table, column, 1, writes, &raw mut blob)
            };
            assert_eq!(status, ffi::SQLITE_OK);
            assert_eq!(left_running(&connection), Some(LeftRunning::Blob));
            // SAFETY: it was opened above.
            unsafe { ffi::sqlite3_blob_close(blob) };
            assert_eq!(left_running(&connection), None);
        }
    }
}
