//! The settings of a connection, read where no statement may run.

use std::ptr;

use rusqlite::config::DbConfig;
use rusqlite::hooks::{AuthContext, Authorization};
use rusqlite::trace::{TraceEvent, TraceEventCodes};
use rusqlite::{Connection, ffi};

/// The settings of a connection, as SQLite's callbacks get them.
pub(crate) struct Settings(*mut ffi::sqlite3);

// SAFETY: it is lent on the thread on which SQLite works with the connection, and only there.
unsafe impl Send for Settings {}

impl Settings {
    /// # Safety
    /// `database` is open for as long as this lives.
    pub(super) unsafe fn of(database: *mut ffi::sqlite3) -> Self {
        Self(database)
    }

    /// Whether `setting` is on now
    /// (<https://sqlite.org/c3ref/c_dbconfig_defensive.html>).
    pub(crate) fn is_on(&self, setting: DbConfig) -> bool {
        const ONLY_ASK: i32 = -1;
        let mut on: i32 = 0;
        // SAFETY: the connection is open, as it calls who asks. With -1 nothing of it changes, and the
        // last argument takes the answer.
        let outcome = unsafe {
            ffi::sqlite3_db_config(self.0, setting as i32, ONLY_ASK, ptr::from_mut(&mut on))
        };
        outcome == ffi::SQLITE_OK && on != 0
    }
}

/// Sets `judge` as the authorizer of `connection`, and replaces the one before
/// (<https://sqlite.org/c3ref/set_authorizer.html>).
///
/// # Errors
/// SQLite's.
pub(crate) fn authorize(
    connection: &mut Connection,
    judge: impl Fn(&AuthContext<'_>, &Settings) -> Authorization + Send + 'static,
) -> rusqlite::Result<()> {
    // SAFETY: what holds it belongs to the connection, which calls it only while it is open.
    let settings = unsafe { Settings::of(connection.handle()) };
    connection.authorizer(Some(move |context: AuthContext<'_>| judge(&context, &settings)))
}

/// Sets `observe` as the trace of `connection`, and replaces the one before
/// (<https://sqlite.org/c3ref/trace_v2.html>).
///
/// # Errors
/// SQLite's.
pub(crate) fn trace(
    connection: &mut Connection,
    observe: impl Fn(TraceEvent<'_>, &Settings) + Send + 'static,
) -> rusqlite::Result<()> {
    // SAFETY: as in `authorize`.
    let settings = unsafe { Settings::of(connection.handle()) };
    let observe = move |event: TraceEvent<'_>| observe(event, &settings);
    connection.trace_v2(TraceEventCodes::SQLITE_TRACE_STMT, Some(observe))
}

/// The settings of `connection`, for `look`.
pub(crate) fn with_settings<T>(connection: &Connection, look: impl FnOnce(&Settings) -> T) -> T {
    // SAFETY: it is lent for as long as the connection is borrowed.
    let settings = unsafe { Settings::of(connection.handle()) };
    look(&settings)
}
