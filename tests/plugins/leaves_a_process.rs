//! Leaves a process behind that waits for `ended`, and gives up in the end.

use migration_api::prelude::*;

#[derive(Default)]
pub struct LeavesAProcess;

impl Migration for LeavesAProcess {
    fn migrate_forward(&self, migrator: &mut Migrator) -> Result {
        migrator.execute_batch("CREATE TABLE trace (a); DELETE FROM item")?;
        // It ends with the folder too.
        let wait = "for _ in $(seq 300); do
            test -e ended && exit; test -e app.db || exit; sleep 0.1
        done; : > outlived";
        std::process::Command::new("sh").args(["-c", wait]).spawn()?;
        Ok(())
    }
}

export_migration!(LeavesAProcess);
