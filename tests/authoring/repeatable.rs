//! What writes migrations, or compares schemas, knows the views and triggers of files: they are no business of a
//! migration, and a part of what all gives.

use crate::sandbox::Sandbox;
use insta::assert_snapshot;

const VIEW: &str = "CREATE VIEW names AS SELECT name FROM guest;";

fn project(name: &str) -> Sandbox {
    let sandbox = Sandbox::project();
    sandbox.write("runner.toml", "database = \"app.db\"\nmodels = \"schema.sql\"\n");
    sandbox.write("schema.sql", "CREATE TABLE guest (id INTEGER PRIMARY KEY, name TEXT);");
    sandbox.sql_migration(
        name,
        "CREATE TABLE guest (id INTEGER PRIMARY KEY, name TEXT); CREATE VIEW names AS SELECT id FROM guest",
        "DROP VIEW names; DROP TABLE guest",
    );
    sandbox.write("repeatable/names.sql", VIEW);
    sandbox
}

#[test]
fn they_are_neither_written_into_migrations_nor_missed_in_models() {
    let sandbox = project("repeatable_models");
    sandbox.run(&["migrate"]).succeeded();
    sandbox.untouched(&["check"]).succeeded();
    assert_snapshot!(sandbox.untouched(&["schema", "dump", "migrations"]).succeeded().stdout, @"
    CREATE TABLE guest (
      id INTEGER PRIMARY KEY,
      name TEXT
    );

    CREATE VIEW names AS SELECT name FROM guest;
    ");
    for [from, to] in [["migrations", "database"], ["migrations", "models"], ["database", "models"]]
    {
        let outcome = sandbox.untouched(&["schema", "diff", from, to, "--exit-code"]).succeeded();
        assert!(outcome.stdout.contains("are the same"), "{from} {to}: {}", outcome.stdout);
    }
    assert_snapshot!(sandbox.untouched(&["create", "nothing", "--auto"]).succeeded().stdout, @"no changes: the migrations and `schema.sql` are the same");
    assert_snapshot!(sandbox.untouched(&["create", "nothing", "--from-database"]).succeeded().stdout, @"no changes: the migrations and the database `app.db` are the same");
    // The file is written for what the migration is to give.
    sandbox.write("repeatable/names.sql", "CREATE VIEW names AS SELECT name, level FROM guest;");
    sandbox.write(
        "schema.sql",
        "CREATE TABLE guest (id INTEGER PRIMARY KEY, name TEXT, level INTEGER);",
    );
    assert_snapshot!(sandbox.run(&["create", "repeatable_models_2", "--auto"]).succeeded().stdout, @"
    made migrations/[STAMP]_repeatable_models_2/Cargo.toml
    made migrations/[STAMP]_repeatable_models_2/src/lib.rs
      add column `level` INTEGER to table `guest`
    back: column `level` of `guest` is dropped with all its values
    ");
    assert_snapshot!(sandbox.run(&["migrate"]).succeeded().stdout, @"
    applied [STAMP]_repeatable_models_2 ([N] ms)
    replaced the view names (repeatable/names.sql)
    applied 1 migration: `app.db` has 2 applied, 0 pending
    ");
    sandbox.untouched(&["check"]).succeeded();
}

#[test]
fn a_database_that_lacks_them_is_adopted_and_gets_them_then() {
    let sandbox = project("repeatable_faked");
    let ground = "CREATE TABLE guest (id INTEGER PRIMARY KEY, name TEXT)";
    sandbox.database().execute_batch(ground).unwrap();
    assert_snapshot!(sandbox.run(&["fake"]).succeeded().stdout, @"took [STAMP]_repeatable_faked for applied: the schema is that of the migrations");
    assert_snapshot!(sandbox.run(&["migrate"]).succeeded().stdout, @"
    replaced the view names (repeatable/names.sql)
    replaced 1 view or trigger: `app.db` has 1 applied, 0 pending
    ");
    sandbox.untouched(&["check"]).succeeded();
}

#[test]
fn a_rehearsal_tries_them_after_the_last_migration() {
    let sandbox = project("repeatable_rehearsed");
    sandbox.sql_migration("repeatable_rehearsed_2", "CREATE TABLE more (a)", "DROP TABLE more");
    assert_snapshot!(sandbox.run(&["test"]).succeeded().stdout, @"
    [STAMP]_repeatable_rehearsed    reversible
    [STAMP]_repeatable_rehearsed_2  reversible
    tested 2 migrations: 2 reversible
    ");
    sandbox.write("repeatable/names.sql", "CREATE VIEW names AS SELECT level FROM guest;");
    assert_snapshot!(sandbox.run(&["test"]).shown(), @"
    exit 1
    --- stdout
    [STAMP]_repeatable_rehearsed    reversible
    [STAMP]_repeatable_rehearsed_2  FAILED: even without rows: views and triggers do not fit the schema:
            repeatable/names.sql:1: the view `names`: no such column: level
    tested 2 migrations: 1 reversible, 1 failed
    --- stderr
    error: 1 of 2 failed: `[STAMP]_repeatable_rehearsed_2`
    ");
}
