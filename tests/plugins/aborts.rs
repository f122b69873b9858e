//! Aborts its process.

use migration_api::prelude::*;

#[derive(Default)]
pub struct Aborts;

impl Migration for Aborts {
    fn migrate_forward(&self, migrator: &mut Migrator) -> Result {
        migrator.execute_batch("CREATE TABLE trace (a); DELETE FROM item")?;
        std::process::abort();
    }
}

export_migration!(Aborts);
