//! Tells that it has come half way, and does not end until it should stop.

use migration_api::prelude::*;

#[derive(Default)]
pub struct AsksNowAndThen;

impl Migration for AsksNowAndThen {
    fn migrate_forward(&self, migrator: &mut Migrator) -> Result {
        migrator.execute_batch("CREATE TABLE trace (a); DELETE FROM item")?;
        std::fs::write("half", std::process::id().to_string())?;
        while !migrator.should_stop() {
            std::thread::sleep(std::time::Duration::from_millis(1));
        }
        Ok(())
    }
}

export_migration!(AsksNowAndThen);
