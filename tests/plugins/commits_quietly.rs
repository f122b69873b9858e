//! Commits, and does not look whether it worked.

use migration_api::prelude::*;

#[derive(Default)]
pub struct CommitsQuietly;

impl Migration for CommitsQuietly {
    fn migrate_forward(&self, migrator: &mut Migrator) -> Result {
        migrator.execute_batch("CREATE TABLE trace (a); DELETE FROM item")?;
        let _ = migrator.execute_batch("COMMIT");
        Ok(())
    }
}

export_migration!(CommitsQuietly);
