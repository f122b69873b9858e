//! Whether a connection enforces foreign keys, asked where no statement may run.

use std::ptr;

use rusqlite::{Connection, ffi};

/// Asks one connection. It is for the hooks of that connection, which live as long as it does.
pub(crate) struct KeyEnforcement(*mut ffi::sqlite3);

// SAFETY: the pointer is used by the hooks of its connection alone, on whatever thread that is used.
unsafe impl Send for KeyEnforcement {}

impl KeyEnforcement {
    /// That of `connection`, to be moved into a hook of it.
    pub(crate) fn of(connection: &Connection) -> Self {
        // SAFETY: the handle is kept and not used here.
        Self(unsafe { connection.handle() })
    }

    /// Whether foreign keys are enforced now
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_tells_the_setting_as_it_is_now() {
        let connection = Connection::open_in_memory().unwrap();
        let keys = KeyEnforcement::of(&connection);
        for state in [true, false, true] {
            connection.pragma_update(None, "foreign_keys", state).unwrap();
            assert_eq!(keys.is_on(), state);
        }
    }
}
