//! Vacuums, on both ways, which only works without a transaction.

use migration_api::prelude::*;

#[derive(Default)]
pub struct VacuumsAndReturns;

impl Migration for VacuumsAndReturns {
    const TRANSACTIONAL: bool = false;

    fn migrate_forward(&self, migrator: &mut Migrator) -> Result {
        migrator.execute_batch("VACUUM")
    }

    fn migrate_backward(&self, migrator: &mut Migrator) -> Result {
        migrator.execute_batch("VACUUM")
    }
}

export_migration!(VacuumsAndReturns);
