//! What is found wrong, and that it does not keep the others from being tried.

use insta::assert_snapshot;

use crate::ground::items;

#[test]
fn a_way_back_that_does_not_lead_back_fails() {
    let sandbox = items();
    for (name, forward, backward) in [
        (
            "changes_other_rows",
            "ALTER TABLE item ADD COLUMN worn INTEGER",
            "ALTER TABLE item DROP COLUMN worn; UPDATE item SET name = upper(name)",
        ),
        ("forgets_an_index", "DROP INDEX item_name", "SELECT 1"),
        ("leaves_a_table", "CREATE TABLE IF NOT EXISTS spare (a)", "SELECT 1"),
        ("leaves_rows", "INSERT OR IGNORE INTO item (id, name) VALUES (900, 'seed')", "SELECT 1"),
        ("deletes_rows", "SELECT 1", "DELETE FROM tag WHERE word = ''"),
        (
            "miscalculates",
            "UPDATE item SET price = price * 100",
            "UPDATE item SET price = price / 10",
        ),
        ("cannot_go_back", "SELECT 1", "DROP TABLE nowhere"),
        ("is_fine", "CREATE TABLE fine (a)", "DROP TABLE fine"),
    ] {
        sandbox.sql_migration(name, forward, backward);
    }
    assert_snapshot!(sandbox.run(&["test"]).shown());
}

#[test]
fn a_way_forward_that_fails_only_with_rows_fails() {
    let sandbox = items();
    sandbox.sql_migration(
        "fills_nothing",
        "ALTER TABLE item ADD COLUMN worn INTEGER NOT NULL",
        "ALTER TABLE item DROP COLUMN worn",
    );
    sandbox.sql_migration(
        "fails_with_null",
        "CREATE TABLE priced (price REAL NOT NULL); INSERT INTO priced SELECT price FROM item",
        "DROP TABLE priced",
    );
    sandbox.sql_migration(
        "fails_with_equal_words",
        "CREATE UNIQUE INDEX tag_item ON tag (item)",
        "DROP INDEX tag_item",
    );
    assert_snapshot!(sandbox.run(&["test"]).shown());
}

#[test]
fn a_migration_that_takes_its_process_down_is_named_and_the_others_go_on() {
    let sandbox = items();
    sandbox.plugin("aborts_with_rows");
    sandbox.plugin("hangs_with_rows");
    sandbox.sql_migration("after_all", "CREATE TABLE fine (a)", "DROP TABLE fine");
    assert_snapshot!(sandbox.run(&["test", "--timeout", "3"]).shown());
}

#[test]
fn what_comes_after_a_migration_that_always_fails_is_not_reached() {
    let sandbox = items();
    sandbox.sql_migration("always_fails", "DROP TABLE nowhere", "SELECT 1");
    sandbox.sql_migration("not_reached", "CREATE TABLE fine (a)", "DROP TABLE fine");
    assert_snapshot!(sandbox.run(&["test"]).shown());
    assert_snapshot!(sandbox.run(&["test", "not_reached"]).shown());
}
