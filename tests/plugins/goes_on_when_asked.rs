//! Tells that it was asked to stop, and goes on for ever.

use migration_api::prelude::*;

#[derive(Default)]
pub struct GoesOnWhenAsked;

impl Migration for GoesOnWhenAsked {
    fn migrate_forward(&self, migrator: &mut Migrator) -> Result {
        migrator.execute_batch("CREATE TABLE trace (a); DELETE FROM item")?;
        std::fs::write("half", "way")?;
        while !migrator.should_stop() {
            std::thread::sleep(std::time::Duration::from_millis(1));
        }
        std::fs::write("asked", "to stop")?;
        loop {
            std::thread::sleep(std::time::Duration::from_millis(1));
        }
    }
}

export_migration!(GoesOnWhenAsked);
