//! Starts a program that never ends, and succeeds without waiting for it.

use migration_api::prelude::*;

#[derive(Default)]
pub struct LeavesAProgramBehind;

impl Migration for LeavesAProgramBehind {
    fn migrate_forward(&self, migrator: &mut Migrator) -> Result {
        migrator.execute_batch("CREATE TABLE trace (a)")?;
        let program = "trap '' TERM; while test -e app.db; do sleep 0.1; done";
        let left = std::process::Command::new("sh").args(["-c", program]).spawn()?;
        std::fs::write("helper", left.id().to_string())?;
        Ok(())
    }
}

export_migration!(LeavesAProgramBehind);
