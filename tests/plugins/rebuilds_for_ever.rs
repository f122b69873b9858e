//! Has a table made anew with values that nobody lives to see.

use migration_api::prelude::*;

#[derive(Default)]
pub struct RebuildsForEver;

impl Migration for RebuildsForEver {
    fn migrate_forward(&self, migrator: &mut Migrator) -> Result {
        let endless = "(WITH RECURSIVE n (i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n) \
                       SELECT count(*) FROM n) + score";
        migrator.alter_column_type_using("player", "score", "TEXT", endless)
    }
}

export_migration!(RebuildsForEver);
