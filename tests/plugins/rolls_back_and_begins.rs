//! Swaps the runner's transaction for one of its own.

use migration_api::prelude::*;

#[derive(Default)]
pub struct RollsBackAndBegins;

impl Migration for RollsBackAndBegins {
    fn migrate_forward(&self, migrator: &mut Migrator) -> Result {
        migrator.execute_batch("CREATE TABLE trace (a); DELETE FROM item")?;
        let _ = migrator.execute_batch("ROLLBACK");
        let _ = migrator.execute_batch("BEGIN");
        migrator.execute_batch("UPDATE player SET score = 0")
    }
}

export_migration!(RollsBackAndBegins);
