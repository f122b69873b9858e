//! What is proven of migrations that do what they should.

use insta::assert_snapshot;

use super::declared_losses::exempt;
use super::ground::items;
use crate::sandbox::Sandbox;

#[test]
fn what_comes_back_and_what_is_lost_is_told() {
    let sandbox = items();
    sandbox.sql_migration(
        "adds_a_column",
        "ALTER TABLE item ADD COLUMN worn INTEGER NOT NULL DEFAULT 1; UPDATE item SET worn = id",
        "ALTER TABLE item DROP COLUMN worn",
    );
    sandbox.lossy_migration(
        "drops_a_column",
        &["item.note"],
        "ALTER TABLE item DROP COLUMN note",
        "ALTER TABLE item ADD COLUMN note TEXT",
    );
    sandbox.sql_migration(
        "renames",
        "ALTER TABLE item RENAME TO thing; ALTER TABLE thing RENAME COLUMN price TO cost",
        "ALTER TABLE thing RENAME COLUMN cost TO price; ALTER TABLE thing RENAME TO item",
    );
    sandbox.lossy_migration(
        "drops_a_table",
        &["tag"],
        "DROP TABLE tag",
        "CREATE TABLE tag (item INTEGER NOT NULL REFERENCES thing, word TEXT NOT NULL, \
         PRIMARY KEY (item, word)) WITHOUT ROWID",
    );
    sandbox.sql_migration("cleans_up", "UPDATE thing SET name = trim(name)", "SELECT 1");
    sandbox.sql_migration("clears_out", "DELETE FROM thing WHERE cost IS NULL", "SELECT 1");
    sandbox.sql_migration(
        "asks_for_chance",
        "ALTER TABLE thing ADD COLUMN token BLOB; UPDATE thing SET token = randomblob(8)",
        "ALTER TABLE thing DROP COLUMN token",
    );
    sandbox.sql_migration(
        "seeds",
        "CREATE TABLE seed (word TEXT); INSERT INTO seed VALUES ('a'), ('b')",
        "DROP TABLE seed",
    );
    sandbox.plugin("vacuums_and_returns");
    assert_snapshot!(sandbox.run(&["test"]).shown());
}

#[test]
fn what_has_no_way_back_is_told_and_is_no_failure() {
    let sandbox = Sandbox::project();
    sandbox.sql_migration("item", "CREATE TABLE item (name TEXT)", "DROP TABLE item");
    let last = sandbox.plugin("irreversible_by_omission");
    exempt(&sandbox, &last);
    assert_snapshot!(sandbox.run(&["test"]).shown());
}

#[test]
fn what_has_no_way_back_and_does_not_say_so_fails() {
    let sandbox = Sandbox::project();
    sandbox.sql_migration("item", "CREATE TABLE item (name TEXT)", "DROP TABLE item");
    sandbox.plugin("irreversible_by_omission");
    assert_snapshot!(sandbox.run(&["test"]).shown());
}
