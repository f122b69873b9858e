//! Loses the transaction by a statement `OR ROLLBACK`, and writes on.

use migration_api::prelude::*;

#[derive(Default)]
pub struct LosesTheTransaction;

impl Migration for LosesTheTransaction {
    fn migrate_forward(&self, migrator: &mut Migrator) -> Result {
        migrator.execute_batch("CREATE TABLE trace (a); DELETE FROM item")?;
        let taken = "INSERT OR ROLLBACK INTO player VALUES (9, 'ada', 0)";
        let _ = migrator.execute_batch(taken);
        let _ = migrator.execute_batch("UPDATE player SET score = 0");
        Ok(())
    }
}

export_migration!(LosesTheTransaction);
