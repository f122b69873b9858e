//! Records a migration that never was, and does not look whether it worked.

use migration_api::prelude::*;

#[derive(Default)]
pub struct EditsHistory;

impl Migration for EditsHistory {
    fn migrate_forward(&self, migrator: &mut Migrator) -> Result {
        migrator.execute_batch("CREATE TABLE trace (a); DELETE FROM item")?;
        let _ = migrator.execute_batch(
            "INSERT INTO _runner_migrations SELECT '20990101_000000_never', applied_at, duration_us,
             source_digest, schema_digest, runner_version, api_version, sqlite_version
             FROM _runner_migrations",
        );
        Ok(())
    }
}

export_migration!(EditsHistory);
