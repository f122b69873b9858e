//! Add experience to player: ten points for each point of the score so far.

use migration_api::prelude::*;

#[derive(Default)]
pub struct AddExperienceToPlayer;

impl Migration for AddExperienceToPlayer {
    fn migrate_forward(&self, migrator: &mut Migrator) -> Result {
        migrator.execute_batch("ALTER TABLE player ADD COLUMN experience INTEGER DEFAULT 0")?;
        migrator.execute("UPDATE player SET experience = score * 10", [])?;
        Ok(())
    }

    fn migrate_backward(&self, migrator: &mut Migrator) -> Result {
        migrator.execute_batch("ALTER TABLE player DROP COLUMN experience")
    }
}

export_migration!(AddExperienceToPlayer);
