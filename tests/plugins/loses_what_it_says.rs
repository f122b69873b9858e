//! Takes away a column, values, rows and a table, and says so.

use migration_api::prelude::*;

#[derive(Default)]
pub struct LosesWhatItSays;

impl Migration for LosesWhatItSays {
    const LOSES: &'static [&'static str] =
        &["player.note", "player.score", "visit", "\"old.log\""];

    fn migrate_forward(&self, migrator: &mut Migrator) -> Result {
        migrator.execute_batch(
            "ALTER TABLE player DROP COLUMN note; UPDATE player SET score = 0 WHERE id % 3 = 0; \
             DELETE FROM visit WHERE place < 'm'; DROP TABLE \"old.log\"",
        )
    }

    fn migrate_backward(&self, migrator: &mut Migrator) -> Result {
        migrator.execute_batch(
            "ALTER TABLE player ADD COLUMN note TEXT; \
             CREATE TABLE \"old.log\" (line TEXT, happened_at REAL)",
        )
    }
}

export_migration!(LosesWhatItSays);
