//! Fails after a part of its work, without a transaction.

use migration_api::prelude::*;

#[derive(Default)]
pub struct FailsAlone;

impl Migration for FailsAlone {
    const TRANSACTIONAL: bool = false;

    fn migrate_forward(&self, migrator: &mut Migrator) -> Result {
        migrator.execute_batch("INSERT INTO farewell VALUES ('half'); INSERT INTO nowhere VALUES (1)")
    }
}

export_migration!(FailsAlone);
