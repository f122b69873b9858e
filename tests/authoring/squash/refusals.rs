//! What is not squashed, or only if a person agrees. Nothing is written then.

use insta::assert_snapshot;

use super::newest;
use crate::sandbox::Sandbox;

#[test]
fn there_must_be_two_migrations_and_a_second_between() {
    let sandbox = Sandbox::project();
    assert_snapshot!(sandbox.untouched(&["squash"]).shown());
    sandbox.sql_migration("create_a", "CREATE TABLE a (x)", "DROP TABLE a");
    assert_snapshot!(sandbox.untouched(&["squash"]).shown());
    sandbox.sql_migration("create_b", "CREATE TABLE b (x)", "DROP TABLE b");
    sandbox.sql_migration("create_c", "CREATE TABLE c (x)", "DROP TABLE c");
    assert_snapshot!(sandbox.untouched(&["squash", "--to", "create_b"]).shown());
    assert_snapshot!(sandbox.untouched(&["squash", "2nd"]).shown());
}

#[test]
fn rows_that_are_others_each_time_are_named_and_asked_about() {
    let sandbox = Sandbox::project();
    sandbox.sql_migration(
        "create_setting",
        "CREATE TABLE setting (name TEXT PRIMARY KEY, value, at DEFAULT CURRENT_TIMESTAMP);
         INSERT INTO setting (name, value) VALUES ('secret', hex(randomblob(16))), ('level', 3);",
        "DROP TABLE setting",
    );
    sandbox.sql_migration("create_a", "CREATE TABLE a (x)", "DROP TABLE a");
    assert_snapshot!(sandbox.untouched(&["squash"]).shown());
    let outcome = sandbox.run(&["squash", "--yes"]).succeeded();
    assert!(outcome.stdout.contains("`setting` 'secret' in `value`, `at`"), "{}", outcome.shown());
    assert!(sandbox.read(format!("migrations/{}/rows.sql", newest(&sandbox))).contains("'secret'"));
}

#[test]
fn what_has_no_way_back_is_asked_about() {
    let sandbox = Sandbox::project();
    sandbox.sql_migration("create_a", "CREATE TABLE a (x)", "DROP TABLE a");
    let source = crate::sandbox::sql_source("CREATE TABLE b (x)", "").replace(
        "impl Migration for Sql {",
        "impl Migration for Sql { const REVERSIBLE: bool = false;",
    );
    sandbox.migration("create_b", &source);
    assert_snapshot!(sandbox.untouched(&["squash"]).shown());
    assert_snapshot!(sandbox.run(&["squash", "--yes"]).shown());
}

#[test]
fn a_history_that_is_not_what_the_sources_say_is_refused() {
    let sandbox = Sandbox::project();
    let a = sandbox.sql_migration("create_a", "CREATE TABLE a (x)", "DROP TABLE a");
    let b = sandbox.sql_migration("create_b", "CREATE TABLE b (x)", "DROP TABLE b");
    sandbox.sql_migration("create_c", "CREATE TABLE c (x)", "DROP TABLE c");
    sandbox.run(&["migrate", "--steps", "2"]).succeeded();
    sandbox.migration_called(&a, &crate::sandbox::sql_source("CREATE TABLE a (y)", "DROP TABLE a"));
    std::fs::remove_dir_all(sandbox.path(format!("migrations/{b}"))).unwrap();
    assert_snapshot!(sandbox.untouched(&["squash"]).shown());
}

#[test]
fn what_one_table_does_not_show_cannot_be_squashed() {
    let sandbox = Sandbox::project();
    sandbox.sql_migration("create_a", "CREATE TABLE a (x)", "DROP TABLE a");
    sandbox.sql_migration(
        "create_search",
        "CREATE VIRTUAL TABLE search USING fts5 (word, content=''); INSERT INTO search (rowid, word) VALUES (1, 'a')",
        "DROP TABLE search",
    );
    assert_snapshot!(sandbox.untouched(&["squash"]).shown());
}

#[test]
fn a_crate_that_does_not_build_is_taken_back() {
    let sandbox = Sandbox::project();
    let ids = ["a", "b"].map(|table| {
        let (create, drop) = (format!("CREATE TABLE {table} (x)"), format!("DROP TABLE {table}"));
        sandbox.sql_migration(&format!("create_{table}"), &create, &drop)
    });
    // As where somebody lists the members.
    let manifest = sandbox.read("migrations/Cargo.toml");
    let members = format!("members = [\"{}\"]", ids.join("\", \""));
    sandbox.write("migrations/Cargo.toml", &manifest.replace("members = [\"[0-9]*\"]", &members));
    let lock = sandbox.read("migrations/Cargo.lock");
    let outcome = sandbox.untouched(&["squash"]);
    assert_ne!(outcome.code, Some(0), "{}", outcome.shown());
    let added = sandbox.read("migrations/Cargo.lock").replace(&lock, "");
    assert!(!added.contains("squashed_up_to"), "{added}");
}
