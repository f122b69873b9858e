//! Goes forward well, and panics on its way back.

use migration_api::prelude::*;

#[derive(Default)]
pub struct PanicsOnItsWayBack;

impl Migration for PanicsOnItsWayBack {
    fn migrate_forward(&self, migrator: &mut Migrator) -> Result {
        migrator.execute_batch("CREATE TABLE trace (a); DELETE FROM item")?;
        Ok(())
    }

    fn migrate_backward(&self, migrator: &mut Migrator) -> Result {
        migrator.execute_batch("DROP TABLE trace; DELETE FROM player")?;
        panic!("there is no way back after all");
    }
}

export_migration!(PanicsOnItsWayBack);
