//! As `renames_a_parent_away`, without a transaction around it.

use migration_api::prelude::*;

#[derive(Default)]
pub struct RenamesAParentAwayAlone;

impl Migration for RenamesAParentAwayAlone {
    const TRANSACTIONAL: bool = false;

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

export_migration!(RenamesAParentAwayAlone);
