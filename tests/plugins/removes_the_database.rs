//! Removes the database's file, and then writes to it.

use migration_api::prelude::*;

#[derive(Default)]
pub struct RemovesTheDatabase;

impl Migration for RemovesTheDatabase {
    fn migrate_forward(&self, migrator: &mut Migrator) -> Result {
        let path = migrator.connection().path().unwrap_or_default().to_owned();
        std::fs::remove_file(&path)?;
        migrator.execute_batch("INSERT INTO farewell VALUES ('all')")?;
        Ok(())
    }
}

export_migration!(RemovesTheDatabase);
