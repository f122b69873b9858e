//! What is found wrong, and that it does not keep the others from being tried.

use insta::assert_snapshot;

use super::ground::items;
use crate::sandbox::Sandbox;

fn with_end(line: &str) -> String {
    format!("{line}\n")
}

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
    let shown = sandbox.run(&["test", "--timeout", "3"]).shown();
    // On a busy machine a step may run for so long that it is named.
    let shown: String =
        shown.lines().filter(|line| !line.starts_with("note:")).map(with_end).collect();
    assert_snapshot!(shown);
}

#[test]
fn what_comes_after_a_migration_that_always_fails_is_not_reached() {
    let sandbox = items();
    sandbox.sql_migration("always_fails", "DROP TABLE nowhere", "SELECT 1");
    sandbox.sql_migration("not_reached", "CREATE TABLE fine (a)", "DROP TABLE fine");
    assert_snapshot!(sandbox.run(&["test"]).shown());
    assert_snapshot!(sandbox.run(&["test", "not_reached"]).shown());
}

#[test]
fn a_step_that_never_ends_is_named_while_it_runs_and_fails_at_its_limit() {
    let sandbox = Sandbox::project();
    sandbox.sql_migration(
        "never_ends_ground",
        "CREATE TABLE scene (id INTEGER PRIMARY KEY, plays INTEGER NOT NULL DEFAULT 0)",
        "DROP TABLE scene",
    );
    sandbox.sql_migration(
        "never_ends",
        "CREATE TABLE played (scene INTEGER NOT NULL, number INTEGER NOT NULL);
         WITH RECURSIVE numbers (n) AS (
           SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < (SELECT max(plays) FROM scene))
         INSERT INTO played SELECT scene.id, n FROM scene JOIN numbers WHERE n <= plays",
        "DROP TABLE played",
    );
    let outcome = sandbox.run(&["test", "never_ends", "--timeout", "6"]);
    let (notes, rest): (Vec<_>, Vec<_>) =
        outcome.stderr.lines().partition(|line| line.starts_with("note:"));
    assert!(!notes.is_empty(), "{outcome:?}");
    for note in notes {
        let name = note.split('`').nth(1).unwrap();
        assert!(name.ends_with("_never_ends"), "{note}");
        assert!(note.contains("has been running forward for"), "{note}");
    }
    assert_snapshot!(format!("{}{}", outcome.stdout, rest.join("\n")));
    // Nobody need say a limit.
    let help = sandbox.run(&["test", "--help"]).succeeded().stdout;
    assert!(help.contains("[default: 120]"), "{help}");
}

#[test]
fn a_unique_index_on_what_rows_may_share_fails() {
    let sandbox = Sandbox::project();
    sandbox.sql_migration(
        "shared_ground",
        "CREATE TABLE customer (id INTEGER PRIMARY KEY, name TEXT);
         CREATE TABLE purchase (note TEXT, id INTEGER PRIMARY KEY,
           customer INTEGER REFERENCES customer (id), number TEXT NOT NULL UNIQUE, agent TEXT)",
        "DROP TABLE purchase; DROP TABLE customer",
    );
    for columns in ["customer", "note", "customer, agent"] {
        let name = format!("shares_{}", columns.replace(", ", "_"));
        // Those before it would keep rows from being alike.
        let index = format!(
            "DROP INDEX IF EXISTS shares_customer; DROP INDEX IF EXISTS shares_note;
             CREATE UNIQUE INDEX {name} ON purchase ({columns})"
        );
        let id = sandbox.sql_migration(&name, &index, &format!("DROP INDEX {name}"));
        let outcome = sandbox.run(&["test", &id]);
        assert_eq!(outcome.code, Some(1), "{columns}: {outcome:?}");
        let reason =
            format!("UNIQUE constraint failed: purchase.{}", columns.split(',').next().unwrap());
        assert!(outcome.stdout.contains(&reason), "{outcome:?}");
    }
}

#[test]
fn what_a_guard_finds_on_the_way_back_is_told_as_such() {
    let sandbox = items();
    sandbox.sql_migration(
        "loses_on_its_way_back",
        "ALTER TABLE item ADD COLUMN worn INTEGER",
        "CREATE TABLE made_anew (id INTEGER PRIMARY KEY, name TEXT NOT NULL, price REAL, note TEXT);
         INSERT INTO made_anew SELECT id, name, price, note FROM item;
         DROP TABLE item; ALTER TABLE made_anew RENAME TO item",
    );
    assert_snapshot!(sandbox.run(&["test"]).shown());
}
