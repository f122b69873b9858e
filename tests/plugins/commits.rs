//! Commits the transaction, which is the runner's.

use migration_api::prelude::*;

#[derive(Default)]
pub struct Commits;

impl Migration for Commits {
    fn migrate_forward(&self, migrator: &mut Migrator) -> Result {
        migrator.execute_batch("CREATE TABLE trace (a); DELETE FROM item")?;
        migrator.execute_batch("COMMIT")
    }
}

export_migration!(Commits);
