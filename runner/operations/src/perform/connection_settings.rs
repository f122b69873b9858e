//! Settings of a connection, changed for a while. `sqlite3_db_config` is used and no pragma: inside
//! the runner an authorizer denies those that write.

use rusqlite::Connection;
use rusqlite::config::DbConfig;

/// Changes to settings; put back when it is dropped.
#[must_use]
pub(super) struct Configured<'c> {
    connection: &'c Connection,
    before: Vec<(DbConfig, bool)>,
}

impl<'c> Configured<'c> {
    pub(super) fn new(
        connection: &'c Connection,
        settings: &[(DbConfig, bool)],
    ) -> rusqlite::Result<Self> {
        let mut configured = Self { connection, before: Vec::new() };
        for &(setting, value) in settings {
            let before = connection.db_config(setting)?;
            configured.before.push((setting, before));
            connection.set_db_config(setting, value)?;
        }
        Ok(configured)
    }
}

impl Drop for Configured<'_> {
    fn drop(&mut self) {
        for &(setting, value) in self.before.iter().rev() {
            // It was just read from there, so writing it cannot fail.
            let _ = self.connection.set_db_config(setting, value);
        }
    }
}

/// The schema's text is read as when it was written: an unknown name in double quotes is a string
/// (<https://sqlite.org/quirks.html#dblquote>).
pub(super) const AS_WRITTEN: [(DbConfig, bool); 2] = [
    (DbConfig::SQLITE_DBCONFIG_DQS_DDL, true),
    (DbConfig::SQLITE_DBCONFIG_LEGACY_ALTER_TABLE, true),
];

/// An unknown name in double quotes is an error.
pub(super) const STRICTLY: [(DbConfig, bool); 2] =
    [(DbConfig::SQLITE_DBCONFIG_DQS_DML, false), (DbConfig::SQLITE_DBCONFIG_DQS_DDL, false)];

/// Foreign keys are enforced. Only for statements that are compiled and not run: in the transaction of
/// a run, no statement may run with them.
pub(super) const WITH_KEYS: [(DbConfig, bool); 1] = [(DbConfig::SQLITE_DBCONFIG_ENABLE_FKEY, true)];

/// Foreign keys are not enforced.
pub(super) const WITHOUT_KEYS: [(DbConfig, bool); 1] =
    [(DbConfig::SQLITE_DBCONFIG_ENABLE_FKEY, false)];

/// Triggers and views are compiled, and may call what they like, whatever the connection says.
pub(super) const ALL_TAKES_PART: [(DbConfig, bool); 3] = [
    (DbConfig::SQLITE_DBCONFIG_ENABLE_TRIGGER, true),
    (DbConfig::SQLITE_DBCONFIG_ENABLE_VIEW, true),
    (DbConfig::SQLITE_DBCONFIG_TRUSTED_SCHEMA, true),
];

/// A rename changes every reference to the object.
pub(super) const EVERYWHERE: [(DbConfig, bool); 1] =
    [(DbConfig::SQLITE_DBCONFIG_LEGACY_ALTER_TABLE, false)];

/// The text of the schema may be written.
pub(super) const SCHEMA_WRITABLE: [(DbConfig, bool); 4] = [
    (DbConfig::SQLITE_DBCONFIG_DEFENSIVE, false),
    (DbConfig::SQLITE_DBCONFIG_WRITABLE_SCHEMA, true),
    (DbConfig::SQLITE_DBCONFIG_DQS_DDL, true),
    (DbConfig::SQLITE_DBCONFIG_LEGACY_ALTER_TABLE, true),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_are_put_back_whatever_they_were() {
        let connection = Connection::open_in_memory().unwrap();
        let all = || -> Vec<bool> {
            let settings = SCHEMA_WRITABLE.iter().chain(&STRICTLY);
            settings.map(|(setting, _)| connection.db_config(*setting).unwrap()).collect()
        };
        connection.set_db_config(DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true).unwrap();
        let before = all();
        {
            let _writable = Configured::new(&connection, &SCHEMA_WRITABLE).unwrap();
            let _strict = Configured::new(&connection, &STRICTLY).unwrap();
            assert_ne!(all(), before);
        }
        assert_eq!(all(), before);
    }
}
