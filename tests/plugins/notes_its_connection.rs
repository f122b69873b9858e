//! Notes which connection it runs on, and what that remembers.

use migration_api::prelude::*;

#[derive(Default)]
pub struct NotesItsConnection;

impl Migration for NotesItsConnection {
    fn migrate_forward(&self, migrator: &mut Migrator) -> Result {
        let connection = unsafe { migrator.connection().handle() } as i64;
        let changed: i64 = migrator.connection().query_row("SELECT changes()", [], |row| row.get(0))?;
        let row: i64 =
            migrator.connection().query_row("SELECT last_insert_rowid()", [], |row| row.get(0))?;
        migrator.execute_batch("CREATE TABLE IF NOT EXISTS noted (connection, changed, row)")?;
        migrator.execute("INSERT INTO noted VALUES (?1, ?2, ?3)", (connection, changed, row))?;
        Ok(())
    }
}

export_migration!(NotesItsConnection);
