//! Tells that it has come half way, and works until it should stop.

use migration_api::prelude::*;

#[derive(Default)]
pub struct AsksNowAndThen;

impl Migration for AsksNowAndThen {
    fn migrate_forward(&self, migrator: &mut Migrator) -> Result {
        migrator.execute_batch("CREATE TABLE trace (a); DELETE FROM item")?;
        std::fs::write("half", std::process::id().to_string())?;
        while !migrator.should_stop() {
            std::thread::yield_now();
        }
        Ok(())
    }
}

export_migration!(AsksNowAndThen);
