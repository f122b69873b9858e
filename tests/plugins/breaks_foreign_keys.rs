//! Deletes players whose items stay.

use migration_api::prelude::*;

#[derive(Default)]
pub struct BreaksForeignKeys;

impl Migration for BreaksForeignKeys {
    fn migrate_forward(&self, migrator: &mut Migrator) -> Result {
        migrator.execute_batch("CREATE TABLE trace (a); DELETE FROM player WHERE name <> 'edsger'")
    }
}

export_migration!(BreaksForeignKeys);
