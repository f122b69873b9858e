//! Loses the runner's transaction, and goes on with a statement that was prepared before.

use migration_api::prelude::*;

#[derive(Default)]
pub struct WritesOnOutside;

impl Migration for WritesOnOutside {
    fn migrate_forward(&self, migrator: &mut Migrator) -> Result {
        let mut update = migrator.connection().prepare("UPDATE player SET score = 0")?;
        let taken = "INSERT OR ROLLBACK INTO player VALUES (9, 'ada', 0)";
        let _ = migrator.connection().execute_batch(taken);
        let _ = update.execute([]);
        Ok(())
    }
}

export_migration!(WritesOnOutside);
