//! Runs SQL that SQLite or the runner refuses: how, is in the variable `FAILS`.

use migration_api::prelude::*;

#[derive(Default)]
pub struct FailsInSql;

const DUMP: &str = include_str!("../dump.sql");

impl Migration for FailsInSql {
    fn migrate_forward(&self, migrator: &mut Migrator) -> Result {
        match std::env::var("FAILS")?.as_str() {
            "a file with a name" => migrator.execute_batch(include_sql!("../forward.sql")),
            "a file without" => migrator.execute_batch(include_str!("../forward.sql")),
            "a file as an operation" => migrator.execute_script(include_sql!("../forward.sql")),
            "a literal" => migrator.execute_batch(
                "CREATE TABLE trace (a);
                 INSERT INTO trace
                 VALUES (1, 2);",
            ),
            "a text that was put together" => {
                let statements = ["CREATE TABLE trace (a)", "DROP TABEL trace", "SELECT 1"];
                migrator.execute_batch(&statements.join(";\n"))
            }
            "one statement" => {
                migrator.execute("INSERT INTO player (name) VALUES (?1)", ["bob"]).map(drop)
            }
            "the connection" => {
                migrator.connection().execute_batch("SELECT 1; SELECT level FROM player; SELECT 2")?;
                Ok(())
            }
            "outside of transactions only" => migrator.execute_batch("CREATE TABLE trace (a); VACUUM"),
            "the same as an operation" => migrator.execute_script("VACUUM"),
            "what another tool wrote" => migrator.execute_batch(DUMP),
            other => Err(format!("nothing is known of `{other}`").into()),
        }
    }
}

export_migration!(FailsInSql);
