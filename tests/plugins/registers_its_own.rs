//! Registers a function or collation of its own, and has the schema or the rows use it: what, is in the
//! variable `REGISTERS`.

use std::ffi::{CStr, c_int, c_void};
use std::ptr::null_mut;
use std::slice;

use migration_api::prelude::*;
use rusqlite::ffi;

unsafe extern "C" fn mine(
    context: *mut ffi::sqlite3_context,
    _count: c_int,
    _values: *mut *mut ffi::sqlite3_value,
) {
    unsafe { ffi::sqlite3_result_text(context, c"mine".as_ptr(), -1, None) }
}

unsafe extern "C" fn backwards(
    _: *mut c_void,
    length: c_int,
    text: *const c_void,
    other_length: c_int,
    other: *const c_void,
) -> c_int {
    let bytes = |text: *const c_void, length: c_int| unsafe {
        slice::from_raw_parts(text.cast::<u8>(), usize::try_from(length).unwrap())
    };
    bytes(other, other_length).cmp(bytes(text, length)) as c_int
}

fn function(connection: &rusqlite::Connection, name: &CStr) {
    let flags = ffi::SQLITE_UTF8 | ffi::SQLITE_DETERMINISTIC;
    unsafe {
        let (database, name) = (connection.handle(), name.as_ptr());
        ffi::sqlite3_create_function_v2(
            database, name, 1, flags, null_mut(), Some(mine), None, None, None,
        );
    }
}

fn remove_function(connection: &rusqlite::Connection, name: &CStr) {
    unsafe {
        let (database, name) = (connection.handle(), name.as_ptr());
        ffi::sqlite3_create_function_v2(
            database, name, 1, ffi::SQLITE_UTF8, null_mut(), None, None, None, None,
        );
    }
}

fn collation(connection: &rusqlite::Connection, name: &CStr) {
    unsafe {
        let (database, name) = (connection.handle(), name.as_ptr());
        ffi::sqlite3_create_collation_v2(
            database, name, ffi::SQLITE_UTF8, null_mut(), Some(backwards), None,
        );
    }
}

#[derive(Default)]
pub struct RegistersItsOwn;

impl Migration for RegistersItsOwn {
    fn migrate_forward(&self, migrator: &mut Migrator) -> Result {
        let connection = migrator.connection();
        match std::env::var("REGISTERS").unwrap_or_default().as_str() {
            "function" => {
                function(connection, c"slug");
                connection.execute_batch("CREATE INDEX by_slug ON player (slug(name))")?;
            }
            "collation" => {
                collation(connection, c"de");
                connection.execute_batch(
                    "CREATE TABLE word (word TEXT COLLATE de PRIMARY KEY);
                     CREATE INDEX by_name ON player (name COLLATE de)",
                )?;
            }
            "lower" => {
                function(connection, c"lower");
                connection.execute_batch("CREATE INDEX by_lower ON player (lower(name))")?;
            }
            "lower, removed" => {
                function(connection, c"lower");
                connection.execute_batch("CREATE INDEX by_lower ON player (lower(name))")?;
                remove_function(connection, c"lower");
            }
            "nocase" => {
                collation(connection, c"NOCASE");
                connection
                    .execute_batch("CREATE INDEX by_nocase ON player (name COLLATE NOCASE)")?;
            }
            "trigger" => connection.execute_batch(
                "CREATE TRIGGER slugs AFTER UPDATE OF name ON player
                 BEGIN UPDATE farewell SET name = slug(new.name); END",
            )?,
            "for its rows" => {
                function(connection, c"lower");
                function(connection, c"slug");
                connection.execute_batch("UPDATE item SET what = lower(what) || slug(what)")?;
            }
            what => panic!("{what}"),
        }
        Ok(())
    }
}

export_migration!(RegistersItsOwn);
