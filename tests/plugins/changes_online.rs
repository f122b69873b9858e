//! Gives a table another shape while others write to it.

use migration_api::prelude::*;

#[derive(Default)]
pub struct ChangesOnline;

impl Migration for ChangesOnline {
    const BATCHED: bool = true;
    const REVERSIBLE_HALF_DONE: bool = true;

    fn migrate_forward(&self, migrator: &mut Migrator) -> Result {
        migrator.step(|it| it.execute("INSERT INTO finished VALUES ('begun')", []).map(drop))?;
        migrator.online([
            Operation::set_not_null("number", "n"),
            Operation::add_column("number", Column::integer("twice").not_null().backfill("n * 2")),
        ])?;
        migrator.step(|it| it.execute("INSERT INTO finished VALUES ('ended')", []).map(drop))
    }

    fn migrate_backward(&self, migrator: &mut Migrator) -> Result {
        migrator.step(|it| it.execute("DELETE FROM finished", []).map(drop))?;
        let there = "SELECT count(*) FROM pragma_table_info('number') WHERE name = 'twice'";
        let there: i64 = migrator.connection().query_row(there, [], |row| row.get(0))?;
        if there == 1 {
            migrator.online([
                Operation::drop_column("number", "twice"),
                Operation::drop_not_null("number", "n"),
            ])?;
        }
        Ok(())
    }
}

export_migration!(ChangesOnline);
