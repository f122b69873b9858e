//! Add a mood to each entry, guessed from what was written.

use migration_api::prelude::*;

#[derive(Default)]
pub struct AddMoodToEntry;

impl Migration for AddMoodToEntry {
    /// A guestbook that knows nothing of moods can go on with this database.
    const USABLE_SINCE: Option<&'static str> = Some("20260105_090000_create_entry");

    fn migrate_forward(&self, migrator: &mut Migrator) -> Result {
        migrator.add_column("entry", Column::text("mood").not_null().default("calm"))?;
        migrator.execute("UPDATE entry SET mood = 'glad' WHERE message LIKE '%!'", [])?;
        Ok(())
    }

    fn migrate_backward(&self, migrator: &mut Migrator) -> Result {
        migrator.drop_column("entry", "mood")
    }
}

export_migration!(AddMoodToEntry);
