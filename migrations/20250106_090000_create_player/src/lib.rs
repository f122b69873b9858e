//! Create player: the first table of the game, written out. An initial schema is not derived from
//! models: they will change, and this migration must not.

use migration_api::prelude::*;

#[derive(Default)]
pub struct CreatePlayer;

impl Migration for CreatePlayer {
    fn migrate_forward(&self, migrator: &mut Migrator) -> Result {
        migrator.execute_batch(
            "CREATE TABLE player (
               id INTEGER PRIMARY KEY,
               name TEXT NOT NULL UNIQUE COLLATE NOCASE,
               score INTEGER NOT NULL DEFAULT 0 CHECK (score >= 0),
               joined_on TEXT NOT NULL
             );
             -- The house players that every new world starts with.
             INSERT INTO player (name, score, joined_on) VALUES
               ('Merlin', 640, '2025-01-06'),
               ('Morgana', 90, '2025-01-06'),
               ('Tom', 0, '2025-01-06');",
        )
    }

    fn migrate_backward(&self, migrator: &mut Migrator) -> Result {
        migrator.execute_batch("DROP TABLE player")
    }
}

export_migration!(CreatePlayer);
