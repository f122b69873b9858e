//! Forgets a query in the middle of its rows.

use migration_api::prelude::*;

#[derive(Default)]
pub struct LeavesStatementOpen;

impl Migration for LeavesStatementOpen {
    fn migrate_forward(&self, migrator: &mut Migrator) -> Result {
        migrator.execute_batch("CREATE TABLE trace (a); DELETE FROM item")?;
        let mut statement = migrator.connection().prepare("SELECT name FROM player")?;
        let mut rows = statement.query([])?;
        rows.next()?;
        std::mem::forget(rows);
        std::mem::forget(statement);
        Ok(())
    }
}

export_migration!(LeavesStatementOpen);
