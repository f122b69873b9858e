//! Dies after a part of its work, without a transaction.

use migration_api::prelude::*;

#[derive(Default)]
pub struct AbortsAlone;

impl Migration for AbortsAlone {
    const TRANSACTIONAL: bool = false;

    fn migrate_forward(&self, migrator: &mut Migrator) -> Result {
        migrator.execute_batch("INSERT INTO farewell VALUES ('half')")?;
        std::process::abort()
    }
}

export_migration!(AbortsAlone);
