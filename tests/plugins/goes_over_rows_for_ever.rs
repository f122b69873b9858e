//! Goes over rows on all cores, with a function that takes its time, and runs no SQL while it does.

use migration_api::prelude::*;

#[derive(Default)]
pub struct GoesOverRowsForEver;

impl Migration for GoesOverRowsForEver {
    fn migrate_forward(&self, migrator: &mut Migrator) -> Result {
        migrator.execute_batch(
            "DELETE FROM item;
             WITH RECURSIVE n (i) AS (VALUES (100) UNION ALL SELECT i + 1 FROM n WHERE i < 100000)
             INSERT INTO player SELECT i, 'player ' || i, 0 FROM n",
        )?;
        migrator.rows("player").read(["id"]).with_progress().on_all_cores().update(
            ["score"],
            |row| {
                if row.get::<i64>("id")? == 1_000 {
                    std::fs::write("half", std::process::id().to_string())?;
                }
                std::thread::sleep(std::time::Duration::from_millis(1));
                Ok(Some([1]))
            },
        )?;
        Ok(())
    }
}

export_migration!(GoesOverRowsForEver);
