//! Copies the database file, by which its process loses the lock on it, and another program writes.

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
pub struct CopiesTheFile;

impl Migration for CopiesTheFile {
    fn migrate_forward(&self, migrator: &mut Migrator) -> Result {
        migrator.execute_batch("CREATE TABLE trace (a); DELETE FROM item")?;
        std::fs::copy("app.db", "backup.db")?;
        std::fs::write("copied", "now")?;
        wait_for("written")
    }
}

export_migration!(CopiesTheFile);
