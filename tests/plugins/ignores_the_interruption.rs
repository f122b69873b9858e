//! Runs a query that never ends, and goes on as if it had ended.

use migration_api::prelude::*;

#[derive(Default)]
pub struct IgnoresTheInterruption;

impl Migration for IgnoresTheInterruption {
    fn migrate_forward(&self, migrator: &mut Migrator) -> Result {
        migrator.execute_batch("CREATE TABLE trace (a); DELETE FROM item")?;
        let _ = migrator.execute_batch(
            "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n)
             SELECT count(*) FROM n",
        );
        let _ = migrator.execute_batch("UPDATE player SET score = 0");
        Ok(())
    }
}

export_migration!(IgnoresTheInterruption);
