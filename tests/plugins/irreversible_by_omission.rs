//! Has no way back, and does not say so.

use migration_api::prelude::*;

#[derive(Default)]
pub struct IrreversibleByOmission;

impl Migration for IrreversibleByOmission {
    fn migrate_forward(&self, migrator: &mut Migrator) -> Result {
        migrator.execute_batch("CREATE TABLE trace (a); DELETE FROM item")?;
        Ok(())
    }
}

export_migration!(IrreversibleByOmission);
