//! Adds a column, waits for `go`, and fills the column. Well-behaved, but slow.

use migration_api::prelude::*;

fn wait_for(file: &str) -> Result {
    // It ends with the folder too.
    while std::fs::exists("app.db")? {
        if std::fs::exists(file)? {
            return Ok(());
        }
        std::thread::sleep(std::time::Duration::from_millis(10));
    }
    Err("nobody came".into())
}

#[derive(Default)]
pub struct WaitsHalfWay;

impl Migration for WaitsHalfWay {
    fn migrate_forward(&self, migrator: &mut Migrator) -> Result {
        migrator.execute_batch("ALTER TABLE player ADD COLUMN level INTEGER")?;
        std::fs::write("half", std::process::id().to_string())?;
        wait_for("go")?;
        migrator.execute_batch("UPDATE player SET level = score / 10")
    }
}

export_migration!(WaitsHalfWay);
