//! Leaves its connection or its process other than it found it: what, is in the variable `LEAVES`.

use std::ffi::{CStr, c_int, c_void};
use std::ptr::null_mut;

use migration_api::prelude::*;
use rusqlite::config::DbConfig;
use rusqlite::ffi;

unsafe extern "C" {
    fn signal(signal: c_int, handler: usize) -> usize;
    fn sigprocmask(how: c_int, set: *const u64, old: *mut u64) -> c_int;
    fn umask(mask: u32) -> u32;
}

const SIGUSR1: c_int = 10;
const SIG_BLOCK: c_int = 0;

/// Newer than the SQLite that a migration is compiled for.
const ENABLE_COMMENTS: c_int = 1022;
const FP_DIGITS: c_int = 1023;

extern "C" fn ignore(_: c_int) {}

unsafe extern "C" fn empty(
    context: *mut ffi::sqlite3_context,
    _count: c_int,
    _values: *mut *mut ffi::sqlite3_value,
) {
    unsafe { ffi::sqlite3_result_text(context, c"mine".as_ptr(), -1, None) }
}

unsafe extern "C" fn all_equal(
    _: *mut c_void,
    _: c_int,
    _: *const c_void,
    _: c_int,
    _: *const c_void,
) -> c_int {
    0
}

unsafe extern "C" fn interrupt(_: *mut c_void) -> c_int {
    1
}

unsafe extern "C" fn give_up(_: *mut c_void, _: c_int) -> c_int {
    0
}

fn function(connection: &rusqlite::Connection, name: &CStr) {
    let flags = ffi::SQLITE_UTF8 | ffi::SQLITE_DETERMINISTIC;
    unsafe {
        let (database, name) = (connection.handle(), name.as_ptr());
        ffi::sqlite3_create_function_v2(
            database, name, 1, flags, null_mut(), Some(empty), None, None, None,
        );
    }
}

fn collation(connection: &rusqlite::Connection, name: &CStr) {
    unsafe {
        let (database, name) = (connection.handle(), name.as_ptr());
        ffi::sqlite3_create_collation_v2(
            database, name, ffi::SQLITE_UTF8, null_mut(), Some(all_equal), None,
        );
    }
}

fn configure(connection: &rusqlite::Connection, setting: c_int, value: c_int) {
    unsafe {
        ffi::sqlite3_db_config(connection.handle(), setting, value, null_mut::<c_int>());
    }
}

#[derive(Default)]
pub struct LeavesASetting;

impl Migration for LeavesASetting {
    fn migrate_forward(&self, migrator: &mut Migrator) -> Result {
        let connection = migrator.connection();
        let set = |setting, value| connection.set_db_config(setting, value).map(drop);
        match std::env::var("LEAVES")?.as_str() {
            "nothing" => {}
            "triggers off" => set(DbConfig::SQLITE_DBCONFIG_ENABLE_TRIGGER, false)?,
            "views off" => set(DbConfig::SQLITE_DBCONFIG_ENABLE_VIEW, false)?,
            "foreign keys on" => set(DbConfig::SQLITE_DBCONFIG_ENABLE_FKEY, true)?,
            "no strings in double quotes" => set(DbConfig::SQLITE_DBCONFIG_DQS_DML, false)?,
            "legacy ALTER TABLE" => set(DbConfig::SQLITE_DBCONFIG_LEGACY_ALTER_TABLE, true)?,
            "rows in reverse" => set(DbConfig::SQLITE_DBCONFIG_REVERSE_SCANORDER, true)?,
            "no comments" => configure(connection, ENABLE_COMMENTS, 0),
            "short numbers" => configure(connection, FP_DIGITS, 4),
            "client data" => unsafe {
                let data = c"data".as_ptr().cast_mut().cast();
                ffi::sqlite3_set_clientdata(connection.handle(), c"mine".as_ptr(), data, None);
            },
            "a statement" => std::mem::forget(connection.prepare("SELECT 1")?),
            "its own lower()" => function(connection, c"lower"),
            "its own NOCASE" => collation(connection, c"NOCASE"),
            "a function" => function(connection, c"mine"),
            "a collation" => collation(connection, c"mine"),
            "a temporary table" => migrator.execute_batch("CREATE TEMP TABLE player (a)")?,
            "a row id" => migrator.execute_batch(
                "INSERT INTO farewell VALUES ('a'); DELETE FROM farewell WHERE name = 'a'",
            )?,
            "a mapped file" => migrator.execute_batch("PRAGMA mmap_size = 65536")?,
            "triggers of triggers" => migrator.execute_batch("PRAGMA recursive_triggers = ON")?,
            "a small cache" => migrator.execute_batch("PRAGMA cache_size = 7")?,
            "a limit" => unsafe {
                ffi::sqlite3_limit(connection.handle(), ffi::SQLITE_LIMIT_LENGTH, 1000);
            },
            "a progress handler" => unsafe {
                ffi::sqlite3_progress_handler(connection.handle(), 500, Some(interrupt), null_mut());
            },
            "a busy handler" => unsafe {
                ffi::sqlite3_busy_handler(connection.handle(), Some(give_up), null_mut());
            },
            "plain result codes" => unsafe {
                ffi::sqlite3_extended_result_codes(connection.handle(), 0);
            },
            "no guard" => unsafe {
                ffi::sqlite3_set_authorizer(connection.handle(), None, null_mut());
                ffi::sqlite3_commit_hook(connection.handle(), None, null_mut());
                ffi::sqlite3_rollback_hook(connection.handle(), None, null_mut());
                ffi::sqlite3_update_hook(connection.handle(), None, null_mut());
            },
            "another folder" => std::env::set_current_dir("/")?,
            "an environment variable" => unsafe { std::env::set_var("ANOTHER", "value") },
            "a variable less" => unsafe { std::env::remove_var("HOME") },
            "a signal handler" => unsafe {
                signal(SIGUSR1, ignore as *const () as usize);
            },
            "a signal that waits" => unsafe {
                sigprocmask(SIG_BLOCK, [1 << (SIGUSR1 - 1); 16].as_ptr(), null_mut());
            },
            "a mask for files" => unsafe {
                umask(0o070);
            },
            "SQLite's memory" => unsafe {
                ffi::sqlite3_soft_heap_limit64(7_000_000);
            },
            other => return Err(format!("nothing is known of `{other}`").into()),
        }
        Ok(())
    }
}

export_migration!(LeavesASetting);
