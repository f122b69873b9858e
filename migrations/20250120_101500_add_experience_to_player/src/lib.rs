//! Add experience to player: ten points for each point of the score so far.

use migration_api::prelude::*;

#[derive(Default)]
pub struct AddExperienceToPlayer;

impl Migration for AddExperienceToPlayer {
    fn migrate_forward(&self, migrator: &mut Migrator) -> Result {
        migrator.add_column("player", Column::integer("experience").default(0))?;
        migrator.execute("UPDATE player SET experience = score * 10", [])?;
        Ok(())
    }

    fn migrate_backward(&self, migrator: &mut Migrator) -> Result {
        migrator.drop_column("player", "experience")
    }
}

export_migration!(AddExperienceToPlayer);
