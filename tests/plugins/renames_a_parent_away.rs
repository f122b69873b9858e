//! Makes a table anew in the order in which SQLite takes the references to it along.

use migration_api::prelude::*;

#[derive(Default)]
pub struct RenamesAParentAway;

impl Migration for RenamesAParentAway {
    fn migrate_forward(&self, migrator: &mut Migrator) -> Result {
        migrator.execute_batch(
            "ALTER TABLE player RENAME TO player_old;
             CREATE TABLE player (
               id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, score INTEGER NOT NULL DEFAULT 0
             );
             INSERT INTO player SELECT * FROM player_old;
             DROP TABLE player_old",
        )
    }
}

export_migration!(RenamesAParentAway);
