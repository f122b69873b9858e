//! Aborts its process when much of what it wrote is in the file already.

use migration_api::prelude::*;

#[derive(Default)]
pub struct AbortsHalfWritten;

impl Migration for AbortsHalfWritten {
    fn migrate_forward(&self, migrator: &mut Migrator) -> Result {
        migrator.execute_batch("CREATE TABLE trace (a); DELETE FROM item")?;
        migrator.execute_batch(
            "PRAGMA cache_size = 1;
             CREATE TABLE heap (a);
             WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2000)
             INSERT INTO heap SELECT randomblob(1000) FROM n;
             UPDATE player SET score = 0;",
        )?;
        // Otherwise this would be no more than `aborts`.
        let size = |file| std::fs::metadata(file).map_or(0, |metadata| metadata.len());
        assert!(size("app.db") + size("app.db-wal") > 1_000_000, "nothing was written yet");
        std::process::abort();
    }
}

export_migration!(AbortsHalfWritten);
