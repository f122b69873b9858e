//! Writes the text of a table over, and covers up how.

use migration_api::prelude::*;
use rusqlite::config::DbConfig;

#[derive(Default)]
pub struct EditsTheSchema;

impl Migration for EditsTheSchema {
    fn migrate_forward(&self, migrator: &mut Migrator) -> Result {
        let set = |setting, value| migrator.connection().set_db_config(setting, value);
        set(DbConfig::SQLITE_DBCONFIG_DEFENSIVE, false)?;
        set(DbConfig::SQLITE_DBCONFIG_WRITABLE_SCHEMA, true)?;
        let _ = migrator.connection().execute_batch(
            "UPDATE sqlite_schema SET sql = 'CREATE TABLE item (id)' WHERE name = 'item'",
        );
        set(DbConfig::SQLITE_DBCONFIG_WRITABLE_SCHEMA, false)?;
        set(DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true)?;
        Ok(())
    }
}

export_migration!(EditsTheSchema);
