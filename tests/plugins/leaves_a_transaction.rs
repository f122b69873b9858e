//! Begins a transaction of its own and does not end it.

use migration_api::prelude::*;

#[derive(Default)]
pub struct LeavesATransaction;

impl Migration for LeavesATransaction {
    const TRANSACTIONAL: bool = false;

    fn migrate_forward(&self, migrator: &mut Migrator) -> Result {
        migrator.execute_batch("BEGIN; INSERT INTO farewell VALUES ('open')")
    }
}

export_migration!(LeavesATransaction);
