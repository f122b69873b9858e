//! Has an operation refused in the middle of its work, and commits.

use migration_api::prelude::*;

#[derive(Default)]
pub struct CommitsAfterARefusal;

impl Migration for CommitsAfterARefusal {
    fn migrate_forward(&self, migrator: &mut Migrator) -> Result {
        migrator.execute("UPDATE player SET score = 'many' WHERE id = 3", [])?;
        let strict = TableOptions::new().strict(true);
        let refused = migrator.set_table_options("player", strict).unwrap_err();
        migrator.log(refused);
        migrator.execute_batch("COMMIT")
    }
}

export_migration!(CommitsAfterARefusal);
