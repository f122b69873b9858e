//! Overdue loans. It runs the SQL files beside it.

use migration_api::prelude::*;

#[derive(Default)]
pub struct OverdueLoans;

impl Migration for OverdueLoans {
    fn migrate_forward(&self, migrator: &mut Migrator) -> Result {
        migrator.execute_batch(include_str!("../forward.sql"))
    }

    fn migrate_backward(&self, migrator: &mut Migrator) -> Result {
        migrator.execute_batch(include_str!("../backward.sql"))
    }
}

export_migration!(OverdueLoans);
