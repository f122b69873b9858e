//! Drops the runner's table.

use migration_api::prelude::*;

#[derive(Default)]
pub struct DropsHistory;

impl Migration for DropsHistory {
    fn migrate_forward(&self, migrator: &mut Migrator) -> Result {
        migrator.execute_batch("CREATE TABLE trace (a); DELETE FROM item")?;
        migrator.execute_batch("DROP TABLE _runner_migrations")
    }
}

export_migration!(DropsHistory);
