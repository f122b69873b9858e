//! Hears of each row that comes or goes on a connection.

use std::ffi::{CStr, c_char, c_int, c_void};
use std::ptr;

use rusqlite::{Connection, ffi};

/// Who hears of rows. It has no state of its own: a hook lives as long as its connection.
pub(crate) trait HearsOfRows {
    /// A row of `table` came, or went.
    fn row(change: RowChange, database: &str, table: &str, keys: &KeyEnforcement);
}

/// What became of a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum RowChange {
    /// It is there.
    Came,
    /// It is not there any more.
    Went,
}

/// Whether a connection enforces foreign keys, asked where no statement may run.
pub(crate) struct KeyEnforcement(*mut ffi::sqlite3);

impl KeyEnforcement {
    /// Whether they are enforced now
    /// (<https://sqlite.org/c3ref/c_dbconfig_defensive.html#sqlitedbconfigenablefkey>).
    pub(crate) fn is_on(&self) -> bool {
        const ONLY_ASK: i32 = -1;
        let mut enforced: i32 = 0;
        // SAFETY: the connection is open, as it calls the hook that asks. With -1 nothing of it
        // changes, and the last argument takes the answer.
        let outcome = unsafe {
            ffi::sqlite3_db_config(
                self.0,
                ffi::SQLITE_DBCONFIG_ENABLE_FKEY,
                ONLY_ASK,
                ptr::from_mut(&mut enforced),
            )
        };
        outcome == ffi::SQLITE_OK && enforced != 0
    }
}

/// Has `H` hear of the rows of `connection`, in place of who did before
/// (<https://sqlite.org/c3ref/update_hook.html>). rusqlite's own hook reads both names for each row
/// that is updated too, which a loop over a million rows shows.
pub(crate) fn hear_of_rows<H: HearsOfRows>(connection: &Connection) {
    // SAFETY: the connection is open; what is handed to the hook is that connection itself.
    unsafe {
        let database = connection.handle();
        ffi::sqlite3_update_hook(database, Some(hook::<H>), database.cast());
    }
}

unsafe extern "C" fn hook<H: HearsOfRows>(
    connection: *mut c_void,
    action: c_int,
    database: *const c_char,
    table: *const c_char,
    _row: ffi::sqlite3_int64,
) {
    let change = match action {
        ffi::SQLITE_INSERT => RowChange::Came,
        ffi::SQLITE_DELETE => RowChange::Went,
        _ => return,
    };
    // SAFETY: SQLite hands over two names that end with a zero and stay until this returns.
    let (database, table) = unsafe { (CStr::from_ptr(database), CStr::from_ptr(table)) };
    if let (Ok(database), Ok(table)) = (database.to_str(), table.to_str()) {
        H::row(change, database, table, &KeyEnforcement(connection.cast()));
    }
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;

    use super::*;

    thread_local! { static HEARD: RefCell<Vec<String>> = const { RefCell::new(Vec::new()) } }

    struct Listener;

    impl HearsOfRows for Listener {
        fn row(change: RowChange, database: &str, table: &str, keys: &KeyEnforcement) {
            let words = format!("{change:?} {database}.{table} {}", keys.is_on());
            HEARD.with_borrow_mut(|heard| heard.push(words));
        }
    }

    #[test]
    fn rows_that_come_and_go_are_heard_with_the_setting_of_the_moment() {
        let connection = Connection::open_in_memory().unwrap();
        hear_of_rows::<Listener>(&connection);
        connection
            .execute_batch(
                "PRAGMA foreign_keys = ON; CREATE TABLE t (a); INSERT INTO t VALUES (1);
                 UPDATE t SET a = 2; PRAGMA foreign_keys = OFF; DELETE FROM t WHERE a = 2",
            )
            .unwrap();
        assert_eq!(HEARD.take(), ["Came main.t true", "Went main.t false"]);
    }
}
