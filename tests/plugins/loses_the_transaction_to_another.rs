//! Loses the transaction, and another program writes meanwhile.

use migration_api::prelude::*;

fn wait_for(file: &str) -> Result {
    // It ends with the folder too.
    while std::fs::exists("app.db")? {
        if std::fs::exists(file)? {
            return Ok(());
        }
        std::thread::sleep(std::time::Duration::from_millis(10));
    }
    Err("nobody came".into())
}

#[derive(Default)]
pub struct LosesTheTransactionToAnother;

impl Migration for LosesTheTransactionToAnother {
    fn migrate_forward(&self, migrator: &mut Migrator) -> Result {
        migrator.execute_batch("CREATE TABLE trace (a); DELETE FROM item")?;
        let taken = "INSERT OR ROLLBACK INTO player VALUES (9, 'ada', 0)";
        let _ = migrator.execute_batch(taken);
        std::fs::write("lost", "now")?;
        wait_for("written")
    }
}

export_migration!(LosesTheTransactionToAnother);
