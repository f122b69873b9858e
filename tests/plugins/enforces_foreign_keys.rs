//! Turns foreign keys on where no pragma can, and deletes a player.

use migration_api::prelude::*;

#[derive(Default)]
pub struct EnforcesForeignKeys;

impl Migration for EnforcesForeignKeys {
    fn migrate_forward(&self, migrator: &mut Migrator) -> Result {
        use migration_api::rusqlite::config::DbConfig;

        let keys = DbConfig::SQLITE_DBCONFIG_ENABLE_FKEY;
        migrator.connection().set_db_config(keys, true)?;
        migrator.execute("DELETE FROM player WHERE name = 'ada'", [])?;
        migrator.connection().set_db_config(keys, false)?;
        Ok(())
    }
}

export_migration!(EnforcesForeignKeys);
