//! Never returns, and runs no SQL that could be interrupted.

use migration_api::prelude::*;

#[derive(Default)]
pub struct LoopsInRust;

impl Migration for LoopsInRust {
    fn migrate_forward(&self, migrator: &mut Migrator) -> Result {
        migrator.execute_batch("CREATE TABLE trace (a); DELETE FROM item")?;
        loop {
            std::hint::spin_loop();
        }
    }
}

export_migration!(LoopsInRust);
