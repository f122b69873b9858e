//! A migration's code runs once, however much it writes and whatever must be looked at afterwards.

use std::fs;

use crate::sandbox::{Outcome, Sandbox};
use insta::assert_snapshot;
use rusqlite::Connection;

/// A database in which a row of `child` points to nothing, and a migration that writes more than SQLite's
/// cache holds: from then on nobody else can read the file.
fn ground() -> Sandbox {
    let sandbox = Sandbox::project();
    let connection = Connection::open(sandbox.path("app.db")).unwrap();
    connection
        .execute_batch(
            "PRAGMA foreign_keys = OFF; CREATE TABLE parent (id INTEGER PRIMARY KEY);
             CREATE TABLE child (id INTEGER PRIMARY KEY, p REFERENCES parent (id));
             INSERT INTO parent VALUES (1), (2); INSERT INTO child VALUES (1, 1), (2, 2), (3, 7);",
        )
        .unwrap();
    sandbox.plugin("leaves_a_mark");
    sandbox
}

fn run(sandbox: &Sandbox, arguments: &[&str], sql: &str) -> Outcome {
    let output = sandbox.command(arguments).env("SQL", sql).output().unwrap();
    sandbox.outcome(&output)
}

fn marks(sandbox: &Sandbox) -> String {
    fs::read_to_string(sandbox.path("marks")).unwrap()
}

#[test]
fn references_that_were_broken_before_are_told_from_new_ones_without_a_second_run() {
    let sandbox = ground();
    let one_more = "UPDATE child SET p = p; DELETE FROM parent WHERE id = 2;";
    assert_snapshot!(run(&sandbox, &["migrate"], one_more).shown(), @"
    exit 3
    --- stderr
    error: the migration `[STAMP]_leaves_a_mark` leaves foreign keys broken:
        row 2 of `child` points to a row that `parent` does not have
    hint: it was rolled back. Repair or delete these rows in the migration
    explain: runner explain broken-foreign-keys
    ");
    assert_eq!(marks(&sandbox), "|");
    run(&sandbox, &["migrate"], "UPDATE child SET p = p").succeeded();
    assert_eq!(marks(&sandbox), "||");
}

#[test]
fn rows_are_counted_of_a_table_that_is_made_anew_without_a_second_run() {
    let sandbox = ground();
    let anew = |rows: &str| {
        format!(
            "CREATE TABLE new (id INTEGER PRIMARY KEY, p REFERENCES parent (id), note);
             INSERT INTO new SELECT id, p, '' FROM child {rows};
             DROP TABLE child; ALTER TABLE new RENAME TO child;"
        )
    };
    assert_snapshot!(run(&sandbox, &["migrate"], &anew("WHERE id > 1")).shown(), @"
    exit 3
    --- stderr
    error: the migration `[STAMP]_leaves_a_mark` would lose rows that it does not delete itself:
        1 row of `child`, which had 3 and was made anew with 2
    hint: it was rolled back. Copy all rows into the table that is made anew. If some are to go, and only then, let the migration say so by a DELETE of its own, out of the table before it is made anew
    explain: runner explain rows-lost
    ");
    assert_eq!(marks(&sandbox), "|");
    run(&sandbox, &["migrate"], &anew("")).succeeded();
    assert_eq!(marks(&sandbox), "||");
}

#[test]
fn a_dry_run_runs_it_once_and_tells_each_statement_once() {
    let sandbox = ground();
    let shown =
        run(&sandbox, &["migrate", "--dry-run"], "UPDATE child SET p = p").succeeded().shown();
    assert_eq!(marks(&sandbox), "|");
    assert_eq!(shown.matches("UPDATE child SET p = p").count(), 1, "{shown}");
    assert_eq!(shown.matches("CREATE TABLE heap").count(), 1, "{shown}");
}

#[test]
fn all_steps_of_one_transaction_run_once() {
    let sandbox = ground();
    sandbox.sql_migration("once_after", "UPDATE child SET p = p", "");
    sandbox.sql_migration("once_last", "UPDATE child SET p = p; DROP TABLE heap", "");
    run(&sandbox, &["migrate", "--single-transaction"], "UPDATE parent SET id = id").succeeded();
    assert_eq!(marks(&sandbox), "|");
}
