//! Never returns if there are rows, and runs no SQL that could be interrupted.

use migration_api::prelude::*;

#[derive(Default)]
pub struct HangsWithRows;

impl Migration for HangsWithRows {
    fn migrate_forward(&self, migrator: &mut Migrator) -> Result {
        let items: i64 =
            migrator.connection().query_row("SELECT count(*) FROM item", [], |row| row.get(0))?;
        if items > 0 {
            eprintln!("hanging");
        }
        while items > 0 {
            std::thread::sleep(std::time::Duration::from_millis(1));
        }
        Ok(())
    }
}

export_migration!(HangsWithRows);
