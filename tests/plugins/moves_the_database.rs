//! Puts the database's file elsewhere while it is in use.

use migration_api::prelude::*;

#[derive(Default)]
pub struct MovesTheDatabase;

impl Migration for MovesTheDatabase {
    fn migrate_forward(&self, migrator: &mut Migrator) -> Result {
        let path = migrator.connection().path().unwrap_or_default().to_owned();
        migrator.execute_batch("CREATE TABLE trace (a)")?;
        std::fs::rename(&path, std::path::Path::new(&path).with_file_name("moved.db"))?;
        Ok(())
    }
}

export_migration!(MovesTheDatabase);
