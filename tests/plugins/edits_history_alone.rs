//! Writes to the history, without a transaction.

use migration_api::prelude::*;

#[derive(Default)]
pub struct EditsHistoryAlone;

impl Migration for EditsHistoryAlone {
    const TRANSACTIONAL: bool = false;

    fn migrate_forward(&self, migrator: &mut Migrator) -> Result {
        migrator.execute_batch("DELETE FROM _runner_started")
    }
}

export_migration!(EditsHistoryAlone);
