//! Attaches another database.

use migration_api::prelude::*;

#[derive(Default)]
pub struct Attaches;

impl Migration for Attaches {
    fn migrate_forward(&self, migrator: &mut Migrator) -> Result {
        migrator.execute_batch("CREATE TABLE trace (a); DELETE FROM item")?;
        migrator.execute_batch("ATTACH ':memory:' AS other")
    }
}

export_migration!(Attaches);
