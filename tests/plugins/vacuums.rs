//! Does what SQLite does outside of transactions only.

use migration_api::prelude::*;

#[derive(Default)]
pub struct Vacuums;

impl Migration for Vacuums {
    const TRANSACTIONAL: bool = false;

    fn migrate_forward(&self, migrator: &mut Migrator) -> Result {
        migrator.execute_batch("PRAGMA journal_mode = DELETE; PRAGMA page_size = 8192; VACUUM")?;
        migrator.execute_batch("PRAGMA journal_mode = WAL; PRAGMA synchronous = OFF")
    }

    fn migrate_backward(&self, migrator: &mut Migrator) -> Result {
        migrator.execute_batch("PRAGMA journal_mode = DELETE; PRAGMA page_size = 4096; VACUUM")
    }
}

export_migration!(Vacuums);
