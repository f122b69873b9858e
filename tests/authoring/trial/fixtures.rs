//! The author's own rows.

use insta::assert_snapshot;

use super::ground::items;
use crate::sandbox::Sandbox;

/// A migration that only names of a certain form survive.
fn strict_names() -> (Sandbox, String) {
    let sandbox = items();
    let id = sandbox.sql_migration(
        "strict_names",
        "CREATE TABLE named (name TEXT CHECK (name LIKE '% %')); INSERT INTO named SELECT name FROM item",
        "DROP TABLE named",
    );
    (sandbox, id)
}

#[test]
fn a_table_with_rows_in_the_fixture_gets_no_others() {
    let (sandbox, id) = strict_names();
    assert_eq!(sandbox.run(&["test", "strict_names"]).code, Some(1));
    sandbox.write(
        format!("migrations/{id}/fixture.sql"),
        "-- Names have two parts.\nINSERT INTO item (id, name) VALUES (1, 'Ada Lovelace');\n",
    );
    assert_snapshot!(sandbox.run(&["test", "strict_names"]).shown(), @"
    exit 0
    --- stdout
    [STAMP]_strict_names  reversible
    tested 1 migration: 1 reversible
    ");
}

#[test]
fn a_fixture_that_does_not_go_in_is_named_with_its_line() {
    let (sandbox, id) = strict_names();
    let fixture = format!("migrations/{id}/fixture.sql");
    sandbox.write(&fixture, "INSERT INTO item (id, name) VALUES (1, 'Ada Lovelace');\n\nINSERT INTO tag VALUES (2, 'x');\n");
    assert_snapshot!(sandbox.run(&["test", "strict_names"]).shown(), @"
    exit 1
    --- stdout
    [STAMP]_strict_names  FAILED: fixture.sql, line 3: FOREIGN KEY constraint failed
    tested 1 migration: 1 failed
    --- stderr
    error: 1 of 1 failed: `[STAMP]_strict_names`
    ");
}

#[test]
fn a_fixture_may_come_after_the_migration_was_applied() {
    let (sandbox, id) = strict_names();
    sandbox.run(&["migrate"]).succeeded();
    sandbox.write(format!("migrations/{id}/fixture.sql"), "DELETE FROM item;\n");
    let status = sandbox.run(&["status"]).succeeded().stdout;
    assert!(!status.contains("[~]"), "{status}");
}
