//! Functions and collations that only the application has, declared in `runner.toml`: what makes a schema
//! anew to look at it knows them.

use crate::sandbox::Sandbox;
use insta::assert_snapshot;
use rusqlite::functions::FunctionFlags;

const SCHEMA: &str = "CREATE TABLE page (
  id INTEGER PRIMARY KEY,
  title TEXT NOT NULL COLLATE de
);
CREATE INDEX page_by_slug ON page (slug(title));
";
const DECLARED: &str = "application_functions = [\"slu*\"]\napplication_collations = [\"DE\"]\n";

/// A database that its application has made, and models that say the same.
fn adopted() -> Sandbox {
    let sandbox = Sandbox::project();
    let application = sandbox.database();
    let flags = FunctionFlags::SQLITE_UTF8 | FunctionFlags::SQLITE_DETERMINISTIC;
    application.create_scalar_function("slug", 1, flags, |it| it.get::<String>(0)).unwrap();
    application.create_collation("de", |a: &str, b: &str| a.cmp(b)).unwrap();
    application.execute_batch(SCHEMA).unwrap();
    application.execute_batch("INSERT INTO page VALUES (1, 'a'), (2, 'b')").unwrap();
    sandbox.write("schema.sql", SCHEMA);
    sandbox.write("runner.toml", "database = \"app.db\"\nmodels = \"schema.sql\"\n");
    sandbox
}

fn declare(sandbox: &Sandbox) {
    let settings = sandbox.read("runner.toml");
    sandbox.write("runner.toml", &(settings + DECLARED));
}

#[test]
fn a_schema_that_uses_them_is_written_by_once_they_are_declared() {
    let sandbox = adopted();
    // To look at it does not need them: they are in the database, so an application has them.
    let dumped = sandbox.untouched(&["schema", "dump", "database"]).succeeded();
    assert!(dumped.shown().contains("slug(title)"), "{}", dumped.shown());
    assert_snapshot!(sandbox.run(&["create", "adopt_pages", "--from-database"]).shown(), @r#"
    exit 1
    --- stderr
    error: cannot make `page` of the database `app.db` again, without its rows
      caused by: no such collation sequence: de
    hint: nothing was changed; if the application has it on each of its connections, declare it in `runner.toml`: `application_collations = ["de"]`
    "#);
    let refused = sandbox.run(&["schema", "dump", "models"]);
    assert_eq!(refused.code, Some(2));
    assert!(refused.shown().contains("`application_collations = [\"de\"]`"), "{}", refused.shown());
    declare(&sandbox);
    let dumped = sandbox.run(&["schema", "dump", "database"]).succeeded();
    assert!(dumped.shown().contains("slug(title)"), "{}", dumped.shown());
    sandbox.run(&["schema", "diff", "models", "database"]).succeeded();
}

#[test]
fn changes_are_tried_on_schemas_that_use_them_once_they_are_declared() {
    let sandbox = adopted();
    declare(&sandbox);
    let more = SCHEMA.replace("COLLATE de", "COLLATE de,\n  words INTEGER");
    sandbox.write("schema.sql", &more);
    let created = sandbox.run(&["create", "add_words", "--auto", "--from-database"]);
    assert_snapshot!(created.shown(), @"
    exit 0
    --- stdout
    made migrations/[STAMP]_add_words/Cargo.toml
    made migrations/[STAMP]_add_words/src/lib.rs
      add column `words` INTEGER to table `page`
    back: column `words` of `page` is dropped with all its values
    ");
}
