//! Ends with a connection that may write the schema.

use migration_api::prelude::*;
use rusqlite::config::DbConfig;

#[derive(Default)]
pub struct LeavesTheSchemaWritable;

impl Migration for LeavesTheSchemaWritable {
    fn migrate_forward(&self, migrator: &mut Migrator) -> Result {
        let set = |setting, value| migrator.connection().set_db_config(setting, value);
        set(DbConfig::SQLITE_DBCONFIG_DEFENSIVE, false)?;
        set(DbConfig::SQLITE_DBCONFIG_WRITABLE_SCHEMA, true)?;
        Ok(())
    }
}

export_migration!(LeavesTheSchemaWritable);
