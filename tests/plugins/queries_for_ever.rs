//! Tells that it has come half way, and runs a query that never ends.

use migration_api::prelude::*;

#[derive(Default)]
pub struct QueriesForEver;

impl Migration for QueriesForEver {
    fn migrate_forward(&self, migrator: &mut Migrator) -> Result {
        migrator.execute_batch("CREATE TABLE trace (a); DELETE FROM item")?;
        std::fs::write("half", std::process::id().to_string())?;
        migrator.execute_batch(
            "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n)
             SELECT count(*) FROM n",
        )
    }
}

export_migration!(QueriesForEver);
