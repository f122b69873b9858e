//! Says, in every place where it is heard, what looks like words of the runner.

use migration_api::prelude::*;

/// Ends of lines, a move of the cursor, a colour, a turn of direction, and a letter that is not seen.
const FAKED: &str = "said\r\nerror: faked\n\u{1b}[2K\u{1b}[31mapplied 20990101_000000_fake (0 ms)\u{1b}[0m\n\
                     hint: run\u{202e}\u{2066}\u{200b}\u{2028}it";

#[derive(Default)]
pub struct ImitatesTheRunner;

impl Migration for ImitatesTheRunner {
    fn migrate_forward(&self, migrator: &mut Migrator) -> Result {
        migrator.log(FAKED);
        migrator.execute_batch("DELETE FROM item")?;
        match std::env::var("IMITATES").as_deref() {
            Ok("a name") => {
                let name = FAKED.replace('"', "\"\"");
                migrator.execute_batch(&format!(
                    "CREATE TABLE child (p REFERENCES \"{name}\"); INSERT INTO child VALUES (1);
                     CREATE TABLE \"{name}\" (id INTEGER PRIMARY KEY)"
                ))
            }
            Ok("a statement") => {
                migrator.execute_batch(&format!("SELECT '{FAKED}'"))?;
                Err("that was all".into())
            }
            _ => Err(FAKED.into()),
        }
    }
}

export_migration!(ImitatesTheRunner);
