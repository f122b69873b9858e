//! Goes over rows on all cores, and panics at one of them.

use migration_api::prelude::*;

#[derive(Default)]
pub struct PanicsAtARow;

impl Migration for PanicsAtARow {
    fn migrate_forward(&self, migrator: &mut Migrator) -> Result {
        migrator.execute_batch("DELETE FROM item")?;
        migrator.rows("player").read(["name"]).on_all_cores().update(["score"], |row| {
            let name: String = row.get("name")?;
            assert!(name != "grace", "nobody levels {name}");
            Ok(Some([1]))
        })?;
        Ok(())
    }
}

export_migration!(PanicsAtARow);
