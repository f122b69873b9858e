//! Aborts its process if there are rows.

use migration_api::prelude::*;

#[derive(Default)]
pub struct AbortsWithRows;

impl Migration for AbortsWithRows {
    fn migrate_forward(&self, migrator: &mut Migrator) -> Result {
        let items: i64 =
            migrator.connection().query_row("SELECT count(*) FROM item", [], |row| row.get(0))?;
        if items > 0 {
            std::process::abort();
        }
        Ok(())
    }
}

export_migration!(AbortsWithRows);
