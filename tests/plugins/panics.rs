//! Panics with a message.

use migration_api::prelude::*;

#[derive(Default)]
pub struct Panics;

impl Migration for Panics {
    fn migrate_forward(&self, migrator: &mut Migrator) -> Result {
        migrator.execute_batch("CREATE TABLE trace (a); DELETE FROM item")?;
        let players: i64 =
            migrator.connection().query_row("SELECT count(*) FROM player", [], |row| row.get(0))?;
        panic!("expected no players, found {players}");
    }
}

export_migration!(Panics);
