//! Tells that it has come half way, and never returns, runs SQL, or asks whether to stop.

use migration_api::prelude::*;

#[derive(Default)]
pub struct ComputesForEver;

impl Migration for ComputesForEver {
    fn migrate_forward(&self, migrator: &mut Migrator) -> Result {
        migrator.execute_batch("CREATE TABLE trace (a); DELETE FROM item")?;
        std::fs::write("half", std::process::id().to_string())?;
        loop {
            std::thread::yield_now();
        }
    }
}

export_migration!(ComputesForEver);
