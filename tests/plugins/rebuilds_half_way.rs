//! Has a table with many rows made anew, and never comes further than the middle of them.

use migration_api::prelude::*;
use rusqlite::functions::FunctionFlags;

#[derive(Default)]
pub struct RebuildsHalfWay;

impl Migration for RebuildsHalfWay {
    fn migrate_forward(&self, migrator: &mut Migrator) -> Result {
        let flags = FunctionFlags::SQLITE_UTF8;
        migrator.connection().create_scalar_function("half", 0, flags, |_| {
            let id = std::process::id().to_string();
            std::fs::write("half", id)
                .map_err(|error| rusqlite::Error::UserFunctionError(error.into()))?;
            Ok(0)
        })?;
        // Much of it is in the file, and what was there in the journal, before the middle.
        migrator.execute_batch(
            "PRAGMA cache_size = 10;
             WITH RECURSIVE n (i) AS (VALUES (4) UNION ALL SELECT i + 1 FROM n WHERE i < 8000)
             INSERT INTO player SELECT i, 'player ' || i, i FROM n",
        )?;
        migrator.alter_column_type_using(
            "player",
            "score",
            "TEXT",
            "CASE id WHEN 4000 THEN half() + (
               WITH RECURSIVE n (i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n)
               SELECT count(*) FROM n)
             ELSE score END",
        )
    }
}

export_migration!(RebuildsHalfWay);
