//! Prints, as if it were alone on its terminal.

use migration_api::prelude::*;

#[derive(Default)]
pub struct PrintsToStdout;

impl Migration for PrintsToStdout {
    fn migrate_forward(&self, migrator: &mut Migrator) -> Result {
        migrator.execute_batch("CREATE TABLE trace (a); DELETE FROM item")?;
        println!("{{\"done\": \"not by the runner\"}}");
        eprintln!("words on standard error");
        Ok(())
    }

    fn migrate_backward(&self, migrator: &mut Migrator) -> Result {
        println!("back");
        migrator.execute_batch("DROP TABLE trace")
    }
}

export_migration!(PrintsToStdout);
