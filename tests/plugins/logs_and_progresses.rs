//! Says what it does, in words, and how far it is.

use migration_api::prelude::*;

#[derive(Default)]
pub struct LogsAndProgresses;

impl Migration for LogsAndProgresses {
    fn migrate_forward(&self, migrator: &mut Migrator) -> Result {
        migrator.execute_batch("CREATE TABLE trace (a); DELETE FROM item")?;
        let players = ["ada", "grace", "edsger"];
        for (done, name) in players.iter().enumerate() {
            migrator.progress(done as u64, players.len() as u64);
            migrator.log(format_args!("{name} is levelled"));
            migrator.execute("UPDATE player SET score = score + 1 WHERE name = ?1", [name])?;
        }
        migrator.progress(3, 3);
        migrator.log("two lines\nin one message, with a \u{1b}[31mcolour\u{1b}[0m and \"quotes\"");
        Ok(())
    }
}

export_migration!(LogsAndProgresses);
