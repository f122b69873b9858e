//! Writes the text of a table over without a transaction, with the settings that operations have.

use migration_api::prelude::*;
use rusqlite::config::DbConfig;

#[derive(Default)]
pub struct EditsTheSchemaAlone;

impl Migration for EditsTheSchemaAlone {
    const TRANSACTIONAL: bool = false;

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

export_migration!(EditsTheSchemaAlone);
