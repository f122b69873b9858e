//! Tries something in a savepoint, takes it back, and keeps the rest.

use migration_api::prelude::*;

#[derive(Default)]
pub struct UsesSavepoint;

impl Migration for UsesSavepoint {
    fn migrate_forward(&self, migrator: &mut Migrator) -> Result {
        migrator.execute_batch("CREATE TABLE trace (a); DELETE FROM item")?;
        migrator.execute_batch(
            "SAVEPOINT attempt; DELETE FROM player; ROLLBACK TO attempt; RELEASE attempt;
             SAVEPOINT other; UPDATE player SET score = score + 1; RELEASE other;",
        )
    }
}

export_migration!(UsesSavepoint);
