//! Sends SQL that SQLite does not understand.

use migration_api::prelude::*;

#[derive(Default)]
pub struct WritesWrongSql;

impl Migration for WritesWrongSql {
    fn migrate_forward(&self, migrator: &mut Migrator) -> Result {
        migrator.execute_batch("CREATE TABLE trace (a); DELETE FROM item")?;
        migrator.execute_batch("UPDATE player SET score = 0; ALTER TABLE player AD COLUMN level")
    }
}

export_migration!(WritesWrongSql);
