//! Switches off the journal that a rollback needs.

use migration_api::prelude::*;

#[derive(Default)]
pub struct SetsPragma;

impl Migration for SetsPragma {
    fn migrate_forward(&self, migrator: &mut Migrator) -> Result {
        migrator.execute_batch("CREATE TABLE trace (a); DELETE FROM item")?;
        migrator.execute_batch("PRAGMA journal_mode = OFF")
    }
}

export_migration!(SetsPragma);
