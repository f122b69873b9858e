//! Adds a column, and fills it with what Rust makes of each row; deletes and adds rows on its way.

use migration_api::prelude::*;
use rusqlite::params;

#[derive(Default)]
pub struct RepairsRows;

impl Migration for RepairsRows {
    fn migrate_forward(&self, migrator: &mut Migrator) -> Result {
        migrator.add_column("guest", Column::text("initials"))?;
        let connection = migrator.connection();
        let mut read = connection.prepare("SELECT id, name FROM guest ORDER BY id")?;
        let mut write = connection.prepare("UPDATE guest SET initials = ?2 WHERE id = ?1")?;
        let mut index = connection.prepare("INSERT INTO words (rowid, body) VALUES (?1, ?2)")?;
        let mut rows = read.query([])?;
        while let Some(row) = rows.next()? {
            let (id, name): (i64, String) = (row.get(0)?, row.get(1)?);
            let initials: String =
                name.split(' ').filter_map(|word| word.chars().next()).collect();
            write.execute(params![id, initials])?;
            index.execute(params![1000 + id, format!("{initials} is {name}")])?;
        }
        migrator.execute("DELETE FROM ticket WHERE id % 3 = 0", [])?;
        migrator.execute("INSERT INTO ticket (note) VALUES ('new')", [])?;
        Ok(())
    }

    fn migrate_backward(&self, migrator: &mut Migrator) -> Result {
        migrator.execute("DELETE FROM words WHERE rowid > 1000", [])?;
        migrator.execute("DELETE FROM ticket WHERE note = 'new'", [])?;
        migrator.drop_column("guest", "initials")
    }
}

export_migration!(RepairsRows);
