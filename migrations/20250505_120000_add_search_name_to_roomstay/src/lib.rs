//! Add search name to roomstay, in batches: the reception goes on writing while all stays of all years are gone over.

use migration_api::prelude::*;

#[derive(Default)]
pub struct AddSearchNameToRoomstay;

impl Migration for AddSearchNameToRoomstay {
    const BATCHED: bool = true;
    const REVERSIBLE_HALF_DONE: bool = true;

    fn migrate_forward(&self, migrator: &mut Migrator) -> Result {
        migrator.step(|it| it.add_column("roomstay", Column::text("search_name")))?;
        // SQLite's lower() knows ASCII only.
        migrator
            .rows("roomstay")
            .read(["family_name"])
            .filter("typeof(family_name) = 'text'")
            .update(["search_name"], |row| {
                Ok(Some([row.get::<String>("family_name")?.to_lowercase()]))
            })?;
        migrator.step(|it| it.add_index("roomstay", ["search_name"]))
    }

    fn migrate_backward(&self, migrator: &mut Migrator) -> Result {
        // Half way there is no index yet.
        migrator.step(|it| {
            it.execute_batch("DROP INDEX IF EXISTS roomstay_search_name")?;
            it.drop_column("roomstay", "search_name")
        })
    }
}

export_migration!(AddSearchNameToRoomstay);
