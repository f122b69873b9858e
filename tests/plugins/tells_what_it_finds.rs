//! Writes down what its connection and its process are like.

use migration_api::prelude::*;
use rusqlite::config::DbConfig;
use rusqlite::{Connection, ffi};

const QUERIES: &[(&str, &str)] = &[
    ("lower()", "SELECT lower('ABC')"),
    ("NOCASE", "SELECT 'a' = 'b' COLLATE NOCASE"),
    ("RTRIM", "SELECT 'a' = 'a ' COLLATE RTRIM"),
    ("a string in double quotes", "SELECT \"a string\""),
    ("a comment", "SELECT 1 -- one"),
    ("digits", "SELECT '' || 1.0 / 3"),
    ("rows changed last", "SELECT changes()"),
    ("a view", "SELECT count(*) FROM ranking"),
    ("functions", "SELECT count(*) FROM pragma_function_list"),
    ("functions of its own", "SELECT group_concat(name) FROM pragma_function_list WHERE NOT builtin"),
    ("collations", "SELECT group_concat(name) FROM pragma_collation_list"),
    ("modules", "SELECT group_concat(name) FROM pragma_module_list"),
    ("temporary", "SELECT group_concat(name) FROM sqlite_temp_schema"),
    ("the last row id", "SELECT last_insert_rowid()"),
    ("changes", "SELECT total_changes() < 100"),
    ("the cache", "SELECT cache_size FROM pragma_cache_size"),
    ("the mapping", "PRAGMA mmap_size"),
    ("triggers of triggers", "SELECT * FROM pragma_recursive_triggers"),
    ("patience", "SELECT timeout FROM pragma_busy_timeout"),
    ("work", "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 10000) \
              SELECT count(*) FROM n"),
    ("a long text", "SELECT length(hex(zeroblob(4000)))"),
];

const SETTINGS: &[DbConfig] = &[
    DbConfig::SQLITE_DBCONFIG_ENABLE_FKEY,
    DbConfig::SQLITE_DBCONFIG_ENABLE_TRIGGER,
    DbConfig::SQLITE_DBCONFIG_ENABLE_VIEW,
    DbConfig::SQLITE_DBCONFIG_DEFENSIVE,
    DbConfig::SQLITE_DBCONFIG_WRITABLE_SCHEMA,
    DbConfig::SQLITE_DBCONFIG_LEGACY_ALTER_TABLE,
    DbConfig::SQLITE_DBCONFIG_DQS_DML,
    DbConfig::SQLITE_DBCONFIG_DQS_DDL,
    DbConfig::SQLITE_DBCONFIG_TRUSTED_SCHEMA,
    DbConfig::SQLITE_DBCONFIG_REVERSE_SCANORDER,
];

unsafe extern "C" {
    fn signal(signal: i32, handler: usize) -> usize;
    fn sigprocmask(how: i32, set: *const u64, old: *mut u64) -> i32;
    fn umask(mask: u32) -> u32;
}

const SIGUSR1: i32 = 10;
const SIG_BLOCK: i32 = 0;

fn ask(connection: &Connection, query: &str) -> String {
    let value = connection.query_row(query, [], |row| row.get::<_, rusqlite::types::Value>(0));
    format!("{value:?}")
}

fn found(connection: &Connection) -> Vec<(String, String)> {
    let mut found: Vec<(String, String)> = Vec::new();
    let mut tell = |what: &str, value: String| found.push((what.to_owned(), value));
    for (what, query) in QUERIES {
        tell(what, ask(connection, query));
    }
    for setting in SETTINGS {
        tell(&format!("{setting:?}"), format!("{:?}", connection.db_config(*setting)));
    }
    for limit in ffi::SQLITE_LIMIT_LENGTH..=ffi::SQLITE_LIMIT_TRIGGER_DEPTH {
        let value = unsafe { ffi::sqlite3_limit(connection.handle(), limit, -1) };
        tell(&format!("limit {limit}"), value.to_string());
    }
    unsafe {
        let database = connection.handle();
        let data = ffi::sqlite3_get_clientdata(database, c"mine".as_ptr());
        tell("client data", data.is_null().to_string());
        let statement = ffi::sqlite3_next_stmt(database, std::ptr::null_mut());
        tell("no statements", statement.is_null().to_string());
    }
    tell("the folder", format!("{:?}", std::env::current_dir()));
    let mut variables: Vec<_> = std::env::vars().filter(|(name, _)| name != "LEAVES").collect();
    variables.sort();
    tell("the environment", format!("{variables:?}"));
    let mut waiting = [0u64; 16];
    unsafe {
        let handler = signal(SIGUSR1, 0);
        signal(SIGUSR1, handler);
        tell("the handler", handler.to_string());
        sigprocmask(SIG_BLOCK, std::ptr::null(), waiting.as_mut_ptr());
        let mask = umask(0);
        umask(mask);
        tell("the mask for files", mask.to_string());
        tell("SQLite's memory", ffi::sqlite3_soft_heap_limit64(-1).to_string());
    }
    tell("the signals that wait", waiting[0].to_string());
    let error = connection.execute_batch("INSERT INTO player VALUES (1, 'b', 3)").unwrap_err();
    tell("an error", format!("{:?}", error.sqlite_error().map(|error| error.extended_code)));
    found
}

#[derive(Default)]
pub struct TellsWhatItFinds;

impl Migration for TellsWhatItFinds {
    fn migrate_forward(&self, migrator: &mut Migrator) -> Result {
        let found = found(migrator.connection());
        migrator.execute_batch(
            "CREATE TABLE main.found (what, value);
             INSERT INTO main.player VALUES (9, 'joan', 1); DELETE FROM main.player WHERE id = 9;
             ALTER TABLE main.farewell RENAME TO parting;",
        )?;
        for (what, value) in found {
            migrator.execute("INSERT INTO main.found VALUES (?1, ?2)", (what, value))?;
        }
        Ok(())
    }
}

export_migration!(TellsWhatItFinds);
