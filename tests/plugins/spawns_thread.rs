//! Leaves a thread behind that never ends.

use migration_api::prelude::*;

#[derive(Default)]
pub struct SpawnsThread;

impl Migration for SpawnsThread {
    fn migrate_forward(&self, migrator: &mut Migrator) -> Result {
        migrator.execute_batch("CREATE TABLE trace (a); DELETE FROM item")?;
        std::fs::write("pid", std::process::id().to_string())?;
        std::thread::spawn(|| {
            loop {
                std::thread::park();
            }
        });
        Ok(())
    }
}

export_migration!(SpawnsThread);
