//! Works in batches, each of which is committed by itself. After the first it waits for `go`, where
//! there is a file `wait`. Well-behaved.

use migration_api::prelude::*;

const PATIENCE: u32 = 6000;

fn wait_for(file: &str) -> Result {
    for _ in 0..PATIENCE {
        if std::fs::exists(file)? {
            return Ok(());
        }
        std::thread::sleep(std::time::Duration::from_millis(10));
    }
    Err("nobody came".into())
}

fn batches(migrator: &mut Migrator, word: &str) -> Result {
    for batch in 0..4 {
        migrator.execute_batch(&format!("INSERT INTO farewell VALUES ('{word} {batch}')"))?;
        if batch == 0 && std::fs::exists("wait")? {
            std::fs::write("half", std::process::id().to_string())?;
            wait_for("go")?;
        }
        // The others may have their turn.
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
    Ok(())
}

#[derive(Default)]
pub struct CommitsInBatches;

impl Migration for CommitsInBatches {
    const TRANSACTIONAL: bool = false;

    fn migrate_forward(&self, migrator: &mut Migrator) -> Result {
        batches(migrator, "forward")
    }

    fn migrate_backward(&self, migrator: &mut Migrator) -> Result {
        batches(migrator, "backward")
    }
}

export_migration!(CommitsInBatches);
