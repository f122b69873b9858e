//! Deletes players, and a trigger deletes their items.

use migration_api::prelude::*;

#[derive(Default)]
pub struct LosesRowsToATrigger;

impl Migration for LosesRowsToATrigger {
    fn migrate_forward(&self, migrator: &mut Migrator) -> Result {
        migrator.execute_batch(
            "CREATE TRIGGER items_go_too AFTER DELETE ON player
             BEGIN DELETE FROM item WHERE owner = old.id; END;
             DELETE FROM player WHERE name = 'ada'",
        )
    }
}

export_migration!(LosesRowsToATrigger);
