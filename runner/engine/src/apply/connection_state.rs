//! The state of a connection, restored between migrations that share one connection: in a single
//! transaction.

use std::collections::BTreeSet;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, OptionalExtension as _};

use super::pragmas::OF_CONNECTION;
use crate::ffi;

/// A connection as it was opened.
pub(super) struct ConnectionState {
    settings: Vec<(DbConfig, bool)>,
    pragmas: Vec<(&'static str, i64)>,
    functions: BTreeSet<(String, i32)>,
    collations: BTreeSet<String>,
    modules: BTreeSet<String>,
}

/// Settings that are on or off, and that SQLite lets be asked for at any time.
const SETTINGS: [DbConfig; 16] = [
    DbConfig::SQLITE_DBCONFIG_ENABLE_FKEY,
    DbConfig::SQLITE_DBCONFIG_ENABLE_TRIGGER,
    DbConfig::SQLITE_DBCONFIG_ENABLE_FTS3_TOKENIZER,
    DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE,
    DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG,
    DbConfig::SQLITE_DBCONFIG_TRIGGER_EQP,
    DbConfig::SQLITE_DBCONFIG_RESET_DATABASE,
    DbConfig::SQLITE_DBCONFIG_DEFENSIVE,
    DbConfig::SQLITE_DBCONFIG_WRITABLE_SCHEMA,
    DbConfig::SQLITE_DBCONFIG_LEGACY_ALTER_TABLE,
    DbConfig::SQLITE_DBCONFIG_DQS_DML,
    DbConfig::SQLITE_DBCONFIG_DQS_DDL,
    DbConfig::SQLITE_DBCONFIG_ENABLE_VIEW,
    DbConfig::SQLITE_DBCONFIG_LEGACY_FILE_FORMAT,
    DbConfig::SQLITE_DBCONFIG_TRUSTED_SCHEMA,
    DbConfig::SQLITE_DBCONFIG_REVERSE_SCANORDER,
];

impl ConnectionState {
    /// Records the state of `connection`.
    ///
    /// # Errors
    /// SQLite's error.
    pub(super) fn of(connection: &Connection) -> rusqlite::Result<Self> {
        let ask = |setting| Ok((setting, connection.db_config(setting)?));
        // Where no file can be mapped into memory, nothing is said about that.
        let value = |name: &'static str| {
            let value = connection.pragma_query_value(None, name, |row| row.get(0)).optional()?;
            Ok(value.map(|value| (name, value)))
        };
        let pragmas = OF_CONNECTION.into_iter().map(value).collect::<rusqlite::Result<Vec<_>>>()?;
        Ok(Self {
            settings: SETTINGS.into_iter().map(ask).collect::<rusqlite::Result<_>>()?,
            pragmas: pragmas.into_iter().flatten().collect(),
            functions: functions(connection)?,
            collations: names(connection, "SELECT name FROM pragma_collation_list")?,
            modules: names(connection, "SELECT name FROM pragma_module_list")?,
        })
    }

    /// Restores the state of `connection`, as far as SQLite can: removing a function or collation that
    /// replaced one of SQLite's does not bring that one back.
    ///
    /// # Errors
    /// SQLite's error.
    pub(super) fn put_back(&self, connection: &Connection) -> rusqlite::Result<()> {
        for (setting, value) in &self.settings {
            connection.set_db_config(*setting, *value)?;
        }
        for (name, value) in &self.pragmas {
            // Some of them answer with a row.
            connection.execute_batch(&format!("PRAGMA {name} = {value}"))?;
        }
        connection.pragma_update(None, "defer_foreign_keys", false)?;
        for (name, arguments) in functions(connection)?.difference(&self.functions) {
            ffi::remove_function(connection, name, *arguments);
        }
        let collations = names(connection, "SELECT name FROM pragma_collation_list")?;
        for name in collations.difference(&self.collations) {
            ffi::remove_collation(connection, name);
        }
        ffi::keep_modules(connection, self.modules.iter());
        Ok(())
    }
}

fn functions(connection: &Connection) -> rusqlite::Result<BTreeSet<(String, i32)>> {
    connection
        .prepare("SELECT name, narg FROM pragma_function_list WHERE builtin = 0")?
        .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?
        .collect()
}

fn names(connection: &Connection, sql: &str) -> rusqlite::Result<BTreeSet<String>> {
    connection.prepare(sql)?.query_map([], |row| row.get(0))?.collect()
}
