//! Rebuilds a table that others point to in SQL, in the order that SQLite's manual gives.

use migration_api::prelude::*;

#[derive(Default)]
pub struct DropsAParent;

impl Migration for DropsAParent {
    fn migrate_forward(&self, migrator: &mut Migrator) -> Result {
        migrator.execute_batch(
            "DROP VIEW ranking; DROP TRIGGER player_leaves;
             CREATE TABLE new (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, score);
             INSERT INTO new SELECT id, name, score FROM player;
             DROP TABLE player;
             ALTER TABLE new RENAME TO player;",
        )
    }
}

export_migration!(DropsAParent);
