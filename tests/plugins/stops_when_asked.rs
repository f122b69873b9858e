//! Works for ever, and asks now and then whether it should stop.

use migration_api::prelude::*;

#[derive(Default)]
pub struct StopsWhenAsked;

impl Migration for StopsWhenAsked {
    fn migrate_forward(&self, migrator: &mut Migrator) -> Result {
        migrator.execute_batch("CREATE TABLE trace (a); DELETE FROM item")?;
        while !migrator.should_stop() {
            std::hint::spin_loop();
        }
        Err("asked to stop".into())
    }
}

export_migration!(StopsWhenAsked);
