//! Makes a table, leaves a mark outside of the database each time that its code runs, and waits for `go`.

use std::fs::OpenOptions;
use std::io::Write as _;

use migration_api::prelude::*;

#[derive(Default)]
pub struct WaitsOnANewDatabase;

impl Migration for WaitsOnANewDatabase {
    fn migrate_forward(&self, migrator: &mut Migrator) -> Result {
        migrator.execute_batch("CREATE TABLE waited (a)")?;
        let mut marks = OpenOptions::new().create(true).append(true).open("marks")?;
        marks.write_all(b"|")?;
        // It ends with the folder too.
        while std::fs::exists("runner.toml")? {
            if std::fs::exists("go")? {
                return Ok(());
            }
            std::thread::sleep(std::time::Duration::from_millis(10));
        }
        Err("nobody came".into())
    }
}

export_migration!(WaitsOnANewDatabase);
