//! Makes a table anew, and forgets what was on it.

use migration_api::prelude::*;

#[derive(Default)]
pub struct RebuildsByHand;

impl Migration for RebuildsByHand {
    fn migrate_forward(&self, migrator: &mut Migrator) -> Result {
        migrator.execute_batch(
            "CREATE TABLE item_new (
               id INTEGER PRIMARY KEY,
               owner INTEGER NOT NULL REFERENCES player (id) ON DELETE CASCADE,
               what TEXT
             );
             INSERT INTO item_new SELECT * FROM item;
             DROP TABLE item;
             ALTER TABLE item_new RENAME TO item",
        )
    }
}

export_migration!(RebuildsByHand);
