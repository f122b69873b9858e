//! Asks the person at the terminal.

use migration_api::prelude::*;

#[derive(Default)]
pub struct ReadsStdin;

impl Migration for ReadsStdin {
    fn migrate_forward(&self, migrator: &mut Migrator) -> Result {
        migrator.execute_batch("CREATE TABLE trace (a); DELETE FROM item")?;
        let mut answer = String::new();
        std::io::stdin().read_line(&mut answer)?;
        migrator.log(format_args!("the answer is {answer:?}"));
        Ok(())
    }
}

export_migration!(ReadsStdin);
