//! Goes forward well, and aborts on its way back.

use migration_api::prelude::*;

#[derive(Default)]
pub struct AbortsOnItsWayBack;

impl Migration for AbortsOnItsWayBack {
    fn migrate_forward(&self, migrator: &mut Migrator) -> Result {
        migrator.execute_batch("CREATE TABLE trace (a); DELETE FROM item")?;
        Ok(())
    }

    fn migrate_backward(&self, migrator: &mut Migrator) -> Result {
        migrator.execute_batch("DROP TABLE trace; DELETE FROM player")?;
        std::process::abort();
    }
}

export_migration!(AbortsOnItsWayBack);
