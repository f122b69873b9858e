//! Makes a table anew while others may write to it.

use migration_api::prelude::*;

#[derive(Default)]
pub struct RebuildsOnline;

impl Migration for RebuildsOnline {
    const BATCHED: bool = true;

    fn migrate_forward(&self, migrator: &mut Migrator) -> Result {
        migrator.online([Operation::set_not_null_filling("purse", "note", "'none'")])
    }
}

export_migration!(RebuildsOnline);
