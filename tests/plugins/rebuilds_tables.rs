//! Rebuilds a table that others point to, and one that counts by AUTOINCREMENT.

use migration_api::prelude::*;

#[derive(Default)]
pub struct RebuildsTables;

impl Migration for RebuildsTables {
    fn migrate_forward(&self, migrator: &mut Migrator) -> Result {
        migrator.reorder_columns("guest", ["id", "mail", "name"])?;
        migrator.reorder_columns("ticket", ["id", "seat", "note"])?;
        migrator.add_index("guest", ["mail"])
    }

    fn migrate_backward(&self, migrator: &mut Migrator) -> Result {
        migrator.drop_index("guest_mail")?;
        migrator.reorder_columns("ticket", ["id", "note", "seat"])?;
        migrator.reorder_columns("guest", ["id", "name", "mail"])
    }
}

export_migration!(RebuildsTables);
