//! Opens the database a second time, and writes past the runner.

use migration_api::prelude::*;

#[derive(Default)]
pub struct OpensTheDatabaseItself;

impl Migration for OpensTheDatabaseItself {
    fn migrate_forward(&self, migrator: &mut Migrator) -> Result {
        migrator.execute_batch("CREATE TABLE trace (a); DELETE FROM item")?;
        let path = std::env::current_dir()?.join("app.db");
        let second = rusqlite::Connection::open(path)?;
        second.busy_timeout(std::time::Duration::ZERO)?;
        let seen: i64 = second.query_row("SELECT count(*) FROM item", [], |row| row.get(0))?;
        migrator.log(format_args!("from outside: {seen} items"));
        second.execute_batch("CREATE TABLE past_the_runner (a)")?;
        Ok(())
    }
}

export_migration!(OpensTheDatabaseItself);
