//! Never returns unless it is asked to stop, for which it looks.

use migration_api::prelude::*;

#[derive(Default)]
pub struct StopsWhenAsked;

impl Migration for StopsWhenAsked {
    fn migrate_forward(&self, migrator: &mut Migrator) -> Result {
        migrator.execute_batch("CREATE TABLE trace (a); DELETE FROM item")?;
        while !migrator.should_stop() {
            std::thread::sleep(std::time::Duration::from_millis(1));
        }
        Err("asked to stop".into())
    }
}

export_migration!(StopsWhenAsked);
