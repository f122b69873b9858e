//! Changes every row in batches, between two steps: so that a row that was changed twice is seen.

use migration_api::prelude::*;

#[derive(Default)]
pub struct ChangesRowsInBatches;

impl Migration for ChangesRowsInBatches {
    const BATCHED: bool = true;

    fn migrate_forward(&self, migrator: &mut Migrator) -> Result {
        migrator.step(|migrator| {
            migrator.execute_batch("ALTER TABLE purse ADD COLUMN pence INTEGER")
        })?;
        migrator.rows("purse").read(["amount", "times"]).update(["pence", "amount", "times"], |row| {
            let (amount, times): (i64, i64) = (row.get("amount")?, row.get("times")?);
            Ok(Some([amount * 100, amount * 3 + 1, times + 1]))
        })?;
        migrator.step(|migrator| {
            migrator.execute_batch("CREATE INDEX purse_by_pence ON purse (pence)")
        })
    }
}

export_migration!(ChangesRowsInBatches);
