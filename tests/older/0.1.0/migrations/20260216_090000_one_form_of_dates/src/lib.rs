//! One form of dates, in a file that shrinks. Each loan is committed by itself; done again, it goes on.

use migration_api::prelude::*;

#[derive(Default)]
pub struct OneFormOfDates;

impl Migration for OneFormOfDates {
    const TRANSACTIONAL: bool = false;

    fn migrate_forward(&self, migrator: &mut Migrator) -> Result {
        migrator.execute_batch("PRAGMA auto_vacuum = FULL; VACUUM")?;
        let connection = migrator.connection();
        let loans: Vec<(i64, String)> = connection
            .prepare("SELECT id, due_on FROM loan WHERE due_on NOT LIKE '____-__-__' ORDER BY id")?
            .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?
            .collect::<Result<_, _>>()?;
        for (id, date) in loans {
            let parts: Vec<u32> = date.split('.').flat_map(str::parse).collect();
            let [day, month, year] = parts[..] else {
                return Err(format!("loan {id} is due on `{date}`").into());
            };
            let date = format!("{year:04}-{month:02}-{day:02}");
            migrator.execute("UPDATE loan SET due_on = ?2 WHERE id = ?1", (id, date))?;
        }
        Ok(())
    }

    fn migrate_backward(&self, migrator: &mut Migrator) -> Result {
        migrator.execute_batch("PRAGMA auto_vacuum = NONE; VACUUM")
    }
}

export_migration!(OneFormOfDates);
