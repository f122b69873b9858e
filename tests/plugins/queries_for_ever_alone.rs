//! Has no transaction around it, writes, tells so, and runs a query that never ends.

use migration_api::prelude::*;

#[derive(Default)]
pub struct QueriesForEverAlone;

impl Migration for QueriesForEverAlone {
    const TRANSACTIONAL: bool = false;

    fn migrate_forward(&self, migrator: &mut Migrator) -> Result {
        migrator.execute_batch("INSERT INTO farewell VALUES ('half')")?;
        std::fs::write("half", std::process::id().to_string())?;
        migrator.execute_batch(
            "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n)
             SELECT count(*) FROM n",
        )
    }
}

export_migration!(QueriesForEverAlone);
