//! Create roomstay: the players' hotel opens.

use migration_api::prelude::*;

#[derive(Default)]
pub struct CreateRoomstay;

impl Migration for CreateRoomstay {
    fn migrate_forward(&self, migrator: &mut Migrator) -> Result {
        migrator.execute_batch(
            "CREATE TABLE roomstay (
               id INTEGER PRIMARY KEY AUTOINCREMENT,
               player_id INTEGER REFERENCES player (id) ON DELETE SET NULL,
               guest TEXT NOT NULL,
               room TEXT NOT NULL,
               arrives_on TEXT NOT NULL,
               leaves_on TEXT NOT NULL,
               seam_access_code_id TEXT,
               CHECK (leaves_on > arrives_on)
             )",
        )
    }

    fn migrate_backward(&self, migrator: &mut Migrator) -> Result {
        migrator.execute_batch("DROP TABLE roomstay")
    }
}

export_migration!(CreateRoomstay);
