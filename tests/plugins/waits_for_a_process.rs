//! Starts another program, and waits for its end, which does not come.

use migration_api::prelude::*;

#[derive(Default)]
pub struct WaitsForAProcess;

impl Migration for WaitsForAProcess {
    fn migrate_forward(&self, migrator: &mut Migrator) -> Result {
        migrator.execute_batch("CREATE TABLE trace (a); DELETE FROM item")?;
        let program = "echo $$ > helper; while test -e app.db; do sleep 0.1; done";
        let mut helper = std::process::Command::new("sh").args(["-c", program]).spawn()?;
        std::fs::write("half", std::process::id().to_string())?;
        let status = helper.wait()?;
        Err(format!("the program ended: {status}").into())
    }
}

export_migration!(WaitsForAProcess);
