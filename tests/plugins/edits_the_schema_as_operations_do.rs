//! Writes the text of a table over, with the settings that operations have while they do.

use migration_api::prelude::*;
use rusqlite::config::DbConfig;

#[derive(Default)]
pub struct EditsTheSchemaAsOperationsDo;

impl Migration for EditsTheSchemaAsOperationsDo {
    fn migrate_forward(&self, migrator: &mut Migrator) -> Result {
        let set = |setting, value| migrator.connection().set_db_config(setting, value);
        for (setting, value) in [
            (DbConfig::SQLITE_DBCONFIG_DEFENSIVE, false),
            (DbConfig::SQLITE_DBCONFIG_WRITABLE_SCHEMA, true),
            (DbConfig::SQLITE_DBCONFIG_LEGACY_ALTER_TABLE, true),
        ] {
            set(setting, value)?;
        }
        let _ = migrator.connection().execute_batch(
            "UPDATE sqlite_schema SET sql = 'CREATE TABLE item (id)' WHERE name = 'item'",
        );
        set(DbConfig::SQLITE_DBCONFIG_WRITABLE_SCHEMA, false)?;
        set(DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true)?;
        Ok(())
    }
}

export_migration!(EditsTheSchemaAsOperationsDo);
