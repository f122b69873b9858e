//! Observes each row that is inserted or deleted on a connection.

use std::ffi::{CStr, c_char, c_int, c_void};

use rusqlite::{Connection, ffi};

use super::Settings;

/// An observer of rows. It has no state of its own: a hook lives as long as its connection.
pub(crate) trait RowObserver {
    /// A row of `table` was inserted or deleted.
    fn row(change: RowChange, database: &str, table: &str, settings: &Settings);
}

/// What became of a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum RowChange {
    /// It is there.
    Came,
    /// It is not there any more.
    Went,
}

/// Sets `H` as the observer of rows of `connection`, and replaces the one before
/// (<https://sqlite.org/c3ref/update_hook.html>). rusqlite's own hook also reads both names for each
/// row that is updated, which costs in a loop over a million rows.
pub(crate) fn observe_rows<H: RowObserver>(connection: &Connection) {
    // SAFETY: the connection is open; what is handed to the hook is that connection itself.
    unsafe {
        let database = connection.handle();
        ffi::sqlite3_update_hook(database, Some(hook::<H>), database.cast());
    }
}

unsafe extern "C" fn hook<H: RowObserver>(
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
        // SAFETY: it is lent for this call, during which the connection is open.
        let settings = unsafe { Settings::of(connection.cast()) };
        H::row(change, database, table, &settings);
    }
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;

    use rusqlite::config::DbConfig;

    use super::*;

    thread_local! { static HEARD: RefCell<Vec<String>> = const { RefCell::new(Vec::new()) } }

    struct Listener;

    impl RowObserver for Listener {
        fn row(change: RowChange, database: &str, table: &str, settings: &Settings) {
            let enforced = settings.is_on(DbConfig::SQLITE_DBCONFIG_ENABLE_FKEY);
            let words = format!("{change:?} {database}.{table} {enforced}");
            HEARD.with_borrow_mut(|heard| heard.push(words));
        }
    }

    #[test]
    fn rows_that_come_and_go_are_heard_with_the_setting_of_the_moment() {
        let connection = Connection::open_in_memory().unwrap();
        observe_rows::<Listener>(&connection);
        connection
            .execute_batch(
                "PRAGMA foreign_keys = ON; CREATE TABLE t (a); INSERT INTO t VALUES (1);
                 UPDATE t SET a = 2; PRAGMA foreign_keys = OFF; DELETE FROM t WHERE a = 2",
            )
            .unwrap();
        assert_eq!(HEARD.take(), ["Came main.t true", "Went main.t false"]);
    }
}
