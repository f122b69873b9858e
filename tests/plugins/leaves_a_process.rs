//! Leaves a process behind that waits for `ended`.

use migration_api::prelude::*;

#[derive(Default)]
pub struct LeavesAProcess;

impl Migration for LeavesAProcess {
    fn migrate_forward(&self, migrator: &mut Migrator) -> Result {
        migrator.execute_batch("CREATE TABLE trace (a); DELETE FROM item")?;
        // It ends with the folder too.
        let wait = "while test -e app.db && ! test -e ended; do sleep 0.1; done";
        std::process::Command::new("sh").args(["-c", wait]).spawn()?;
        Ok(())
    }
}

export_migration!(LeavesAProcess);
