//! Empties the file.

use migration_api::prelude::*;
use rusqlite::config::DbConfig;

#[derive(Default)]
pub struct ResetsTheDatabaseAlone;

impl Migration for ResetsTheDatabaseAlone {
    const TRANSACTIONAL: bool = false;

    fn migrate_forward(&self, migrator: &mut Migrator) -> Result {
        let set = |setting, value| migrator.connection().set_db_config(setting, value);
        set(DbConfig::SQLITE_DBCONFIG_RESET_DATABASE, true)?;
        let _ = migrator.connection().execute_batch("VACUUM");
        set(DbConfig::SQLITE_DBCONFIG_RESET_DATABASE, false)?;
        Ok(())
    }
}

export_migration!(ResetsTheDatabaseAlone);
