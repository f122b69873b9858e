//! Create the table of entries.

use migration_api::prelude::*;

#[derive(Default)]
pub struct CreateEntry;

impl Migration for CreateEntry {
    fn migrate_forward(&self, migrator: &mut Migrator) -> Result {
        migrator.create_table(
            Table::new("entry")
                .column(Column::integer("id").primary_key())
                .column(Column::text("message").not_null()),
        )?;
        Ok(())
    }

    fn migrate_backward(&self, migrator: &mut Migrator) -> Result {
        migrator.drop_table("entry")
    }
}

export_migration!(CreateEntry);
