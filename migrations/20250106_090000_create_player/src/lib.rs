//! Create player: the first table of the game, written out. An initial schema is not derived from
//! models: they will change, and this migration must not.

use migration_api::prelude::*;

#[derive(Default)]
pub struct CreatePlayer;

impl Migration for CreatePlayer {
    fn migrate_forward(&self, migrator: &mut Migrator) -> Result {
        migrator.create_table(
            Table::new("player")
                .column(Column::integer("id").primary_key())
                .column(Column::text("name").not_null().unique().collate("NOCASE"))
                .column(Column::integer("score").not_null().default(0).check("score >= 0"))
                .column(Column::text("joined_on").not_null()),
        )?;
        // The house players that every new world starts with.
        migrator.execute_batch(
            "INSERT INTO player (name, score, joined_on) VALUES
               ('Merlin', 640, '2025-01-06'),
               ('Morgana', 90, '2025-01-06'),
               ('Tom', 0, '2025-01-06')",
        )
    }

    fn migrate_backward(&self, migrator: &mut Migrator) -> Result {
        migrator.drop_table("player")
    }
}

export_migration!(CreatePlayer);
