//! Goes over rows, one of which is not as its function wants it.

use migration_api::prelude::*;

#[derive(Default)]
pub struct FailsAtARow;

impl Migration for FailsAtARow {
    fn migrate_forward(&self, migrator: &mut Migrator) -> Result {
        migrator.execute_batch("DELETE FROM item")?;
        migrator.rows("player").read(["name", "score"]).update(["name"], |row| {
            let level = 100_i64.checked_div(row.get::<i64>("score")? - 50);
            Ok(Some([level.ok_or("no level")?.to_string()]))
        })?;
        Ok(())
    }
}

export_migration!(FailsAtARow);
