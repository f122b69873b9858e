//! Drops a table that a trigger of another one writes to.

use migration_api::prelude::*;

#[derive(Default)]
pub struct DropsWhatATriggerNames;

impl Migration for DropsWhatATriggerNames {
    fn migrate_forward(&self, migrator: &mut Migrator) -> Result {
        migrator.execute_batch("DROP TABLE farewell")
    }
}

export_migration!(DropsWhatATriggerNames);
