//! What no schema holds, and what only the application has.

use insta::assert_snapshot;

use super::newest;
use crate::sandbox::{Sandbox, rows};

/// Sets what no transaction can.
const ALONE: &str = "
use migration_api::prelude::*;
#[derive(Default)]
pub struct Alone;
impl Migration for Alone {
    const TRANSACTIONAL: bool = false;
    fn migrate_forward(&self, migrator: &mut Migrator) -> Result {
        migrator.execute_batch(\"PRAGMA page_size = 8192; VACUUM; PRAGMA journal_mode = WAL\")
    }
    fn migrate_backward(&self, migrator: &mut Migrator) -> Result {
        migrator.execute_batch(\"PRAGMA journal_mode = DELETE\")
    }
}
export_migration!(Alone);
";

/// A table whose index calls a function that the migration registers, as the application does.
const OF_APPLICATION: &str = "
use migration_api::prelude::*;
#[derive(Default)]
pub struct OfApplication;
impl Migration for OfApplication {
    fn migrate_forward(&self, migrator: &mut Migrator) -> Result {
        register(migrator)?;
        migrator.execute_batch(\"CREATE TABLE word (text); CREATE INDEX by_slug ON word (slug(text)); INSERT INTO word VALUES ('A')\")
    }
    fn migrate_backward(&self, migrator: &mut Migrator) -> Result {
        migrator.execute_batch(\"DROP TABLE word\")
    }
}
fn register(migrator: &mut Migrator) -> Result {
    use rusqlite::functions::FunctionFlags;
    let flags = FunctionFlags::SQLITE_UTF8 | FunctionFlags::SQLITE_DETERMINISTIC;
    migrator.connection().create_scalar_function(\"slug\", 1, flags, |arguments| {
        Ok(arguments.get::<String>(0)?.to_lowercase())
    })?;
    Ok(())
}
export_migration!(OfApplication);
";

#[test]
fn settings_of_the_file_are_named_and_batches_and_counters_are_in_it() {
    let sandbox = Sandbox::project();
    sandbox.sql_migration(
        "create_purse",
        "CREATE TABLE purse (id INTEGER PRIMARY KEY AUTOINCREMENT, amount INTEGER, times INTEGER DEFAULT 0);
         INSERT INTO purse (amount) VALUES (3), (4); DELETE FROM purse WHERE amount = 4; PRAGMA user_version = 7;",
        "DROP TABLE purse",
    );
    sandbox.plugin("changes_rows_in_batches");
    sandbox.migration("alone", ALONE);
    sandbox.sql_migration(
        "search_notes",
        "CREATE TABLE note (id INTEGER PRIMARY KEY, text); CREATE VIRTUAL TABLE found USING fts5 (text, content='note', content_rowid='id');
         CREATE TRIGGER note_found AFTER INSERT ON note BEGIN INSERT INTO found (rowid, text) VALUES (new.id, new.text); END;
         INSERT INTO note (id, text) VALUES (9, 'so it is');",
        "DROP TABLE found; DROP TABLE note",
    );
    assert_snapshot!(sandbox.run(&["squash", "--yes"]).shown());
    sandbox.run(&["migrate"]).succeeded();
    let seen = |sql| rows(&sandbox.database(), sql);
    assert_eq!(
        seen("SELECT id, amount, times, pence FROM purse"),
        "  Integer(1), Integer(10), Integer(1), Integer(300)\n"
    );
    assert_eq!(seen("SELECT * FROM sqlite_sequence"), "  Text(\"purse\"), Integer(2)\n");
    assert_eq!(seen("SELECT rowid FROM found WHERE found MATCH 'so'"), "  Integer(9)\n");
    assert_eq!(seen("PRAGMA user_version"), "  Integer(7)\n");
    sandbox.run(&["down", "--yes"]).succeeded();
    assert_eq!(seen("SELECT name FROM sqlite_schema WHERE name NOT LIKE '%\\_%' ESCAPE '\\'"), "");
}

#[test]
fn a_crate_that_needs_the_application_stays_to_be_completed() {
    let sandbox = Sandbox::project();
    sandbox.sql_migration("create_a", "CREATE TABLE a (x)", "DROP TABLE a");
    sandbox.migration("of_application", OF_APPLICATION);
    assert_snapshot!(sandbox.untouched(&["squash", "--dry-run"]).shown());
    sandbox.write("runner.toml", "database = \"app.db\"\napplication_functions = [\"slug\"]\n");
    assert_snapshot!(sandbox.run(&["squash"]).shown());
    let library = format!("migrations/{}/src/lib.rs", newest(&sandbox));
    let register = OF_APPLICATION[OF_APPLICATION.find("fn register").unwrap()..].lines();
    let register: Vec<_> = register.filter(|line| !line.starts_with("export")).collect();
    let completed = sandbox.read(&library).replace(
        "        migrator.execute_batch(include_sql!(\"../tables.sql\"))",
        "        register(migrator)?;\n        migrator.execute_batch(include_sql!(\"../tables.sql\"))",
    );
    sandbox.write(&library, &(completed + &register.join("\n")));
    let tested = sandbox.run(&["test", &newest(&sandbox)]).succeeded();
    assert!(tested.stdout.contains("  reversible"), "{}", tested.shown());
    sandbox.run(&["migrate"]).succeeded();
    assert_eq!(rows(&sandbox.database(), "SELECT * FROM word"), "  Text(\"A\")\n");
}
