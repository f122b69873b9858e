//! Says that there is no way back, and means it.

use migration_api::prelude::*;

#[derive(Default)]
pub struct IrreversibleDeclared;

impl Migration for IrreversibleDeclared {
    const REVERSIBLE: bool = false;

    fn migrate_forward(&self, migrator: &mut Migrator) -> Result {
        migrator.execute_batch("CREATE TABLE trace (a); DELETE FROM item")?;
        Ok(())
    }
}

export_migration!(IrreversibleDeclared);
