//! Leaves a mark outside of the database each time that its code runs, and runs the SQL that it is told.

use std::env;
use std::fs::OpenOptions;
use std::io::Write as _;

use migration_api::prelude::*;

#[derive(Default)]
pub struct LeavesAMark;

impl Migration for LeavesAMark {
    fn migrate_forward(&self, migrator: &mut Migrator) -> Result {
        let mut marks = OpenOptions::new().create(true).append(true).open("marks")?;
        marks.write_all(b"|")?;
        // Far more than SQLite's cache may hold then: it is written into the file before the end.
        migrator.execute_batch(
            "PRAGMA cache_size = 5; CREATE TABLE heap (a);
             WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2000)
             INSERT INTO heap SELECT randomblob(300) FROM n;",
        )?;
        migrator.execute_batch(&env::var("SQL")?)
    }
}

export_migration!(LeavesAMark);
