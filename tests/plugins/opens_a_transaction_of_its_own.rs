//! Loses the runner's transaction with its own work, and leaves another in its place.

use migration_api::prelude::*;

#[derive(Default)]
pub struct OpensATransactionOfItsOwn;

impl Migration for OpensATransactionOfItsOwn {
    fn migrate_forward(&self, migrator: &mut Migrator) -> Result {
        migrator.execute_batch("CREATE TABLE trace (a); DELETE FROM item")?;
        let taken = "INSERT OR ROLLBACK INTO player VALUES (9, 'ada', 0)";
        let _ = migrator.execute_batch(taken);
        migrator.execute_batch("SAVEPOINT mine")
    }
}

export_migration!(OpensATransactionOfItsOwn);
