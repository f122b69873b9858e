//! `--single-transaction`: all steps happen, or none.

use crate::scene;
use std::fs;

use crate::sandbox::{Sandbox, rows};
use insta::assert_snapshot;

/// Three migrations, each of which needs the one before it.
fn three() -> Sandbox {
    let sandbox = Sandbox::project();
    sandbox.sql_migration(
        "together_make",
        "CREATE TABLE t (a); INSERT INTO t VALUES (1); CREATE TEMP TABLE left_over (a);",
        "DROP TABLE t",
    );
    sandbox.sql_migration(
        "together_fill",
        "INSERT INTO t SELECT a + 1 FROM t; CREATE TEMP TABLE left_over (b);",
        "DELETE FROM t WHERE a = 2",
    );
    sandbox.sql_migration(
        "together_more",
        "CREATE VIEW v AS SELECT sum(a) AS s FROM t",
        "DROP VIEW v",
    );
    sandbox
}

const HISTORY: &str = "SELECT substr(id, 17) FROM _runner_migrations ORDER BY id";

#[test]
fn a_step_sees_what_those_before_it_did_and_nothing_temporary() {
    let sandbox = three();
    let outcome = sandbox.run(&["migrate", "--single-transaction"]).succeeded();
    assert_snapshot!(outcome.shown(), @"
    exit 0
    --- stdout
    applied [STAMP]_together_make ([N] ms)
    applied [STAMP]_together_fill ([N] ms)
    applied [STAMP]_together_more ([N] ms)
    applied 3 migrations: `app.db` has 3 applied, 0 pending
    ");
    assert_eq!(rows(&sandbox.database(), "SELECT s FROM v"), "  Integer(3)\n");
}

#[test]
fn one_that_fails_takes_all_the_others_along() {
    let sandbox = three();
    sandbox.sql_migration(
        "together_fails",
        "INSERT INTO t VALUES (7); INSERT INTO nowhere VALUES (1)",
        "",
    );
    assert_snapshot!(sandbox.run(&["migrate", "--single-transaction"]).shown(), @"
    exit 1
    --- stderr
    error: the migration `[STAMP]_together_fails` failed
      caused by: src/lib.rs:5: no such table: nowhere
        INSERT INTO nowhere VALUES (1)
    hint: everything that it did was rolled back. The 3 steps before it were rolled back with it. There was no database `app.db`, so the migrations began with an empty one: if it was removed, `runner restore FILE` brings it back; if it is another, name it with `--database FILE`
    ");
    assert_eq!(rows(&sandbox.database(), "SELECT name FROM sqlite_schema"), "");
    let status = sandbox.run(&["status"]).succeeded();
    assert!(status.shown().contains("0 applied, 4 pending"), "{}", status.shown());
}

#[test]
fn what_was_applied_before_stays_when_the_rest_fails() {
    let sandbox = three();
    sandbox.run(&["migrate", "--steps", "1"]).succeeded();
    sandbox.sql_migration("together_fails", "INSERT INTO nowhere VALUES (1)", "");
    let before = sandbox.contents();
    let outcome = sandbox.run(&["migrate", "--single-transaction"]);
    assert_eq!(outcome.code, Some(1));
    assert_eq!(sandbox.contents(), before);
}

#[test]
fn steps_go_back_and_again_in_one_transaction_too() {
    let sandbox = three();
    sandbox.run(&["migrate"]).succeeded();
    let before = sandbox.contents();
    sandbox.run(&["redo", "--steps", "3", "--single-transaction"]).succeeded();
    assert_eq!(sandbox.contents(), before);
    let outcome = sandbox.run(&["migrate", "--backward", "--all", "--single-transaction"]);
    assert_snapshot!(outcome.succeeded().shown(), @"
    exit 0
    --- stdout
    reverted [STAMP]_together_more ([N] ms)
    reverted [STAMP]_together_fill ([N] ms)
    reverted [STAMP]_together_make ([N] ms)
    reverted 3 migrations: `app.db` has 0 applied, 3 pending
    ");
    assert_eq!(rows(&sandbox.database(), HISTORY), "");
}

#[test]
fn rows_that_vanish_are_counted_among_what_the_steps_before_left() {
    let sandbox = Sandbox::project();
    sandbox.sql_migration(
        "counted_make",
        "CREATE TABLE parent (id INTEGER PRIMARY KEY);
         CREATE TABLE child (p); INSERT INTO parent VALUES (1), (2);
         CREATE TRIGGER cascade AFTER DELETE ON parent
         BEGIN DELETE FROM child WHERE p = old.id; END;",
        "",
    );
    sandbox.run(&["migrate"]).succeeded();
    sandbox.sql_migration("counted_fill", "INSERT INTO child VALUES (1), (1), (2)", "");
    sandbox.sql_migration("counted_lose", "DELETE FROM parent WHERE id = 1", "");
    let before = sandbox.contents();
    assert_snapshot!(sandbox.run(&["migrate", "--single-transaction"]).shown(), @"
    exit 3
    --- stderr
    error: the migration `[STAMP]_counted_lose` would lose rows that it does not delete itself:
        2 rows of `child`, by the trigger `cascade`
    hint: it was rolled back. If they are to go, let the migration delete them itself, before the statement that sets off the trigger. The step before it was rolled back with it
    explain: runner explain rows-lost
    ");
    assert_eq!(sandbox.contents(), before);
}

/// Applies `steps` one by one, and in one transaction to a copy: the same comes of it.
fn the_same_together(ground: &str, steps: &[(&str, &str)]) {
    let sandbox = Sandbox::project();
    sandbox.database().execute_batch(&format!("PRAGMA foreign_keys = OFF; {ground}")).unwrap();
    for (name, sql) in steps {
        sandbox.sql_migration(name, sql, "");
    }
    let start = fs::read(sandbox.path("app.db")).unwrap();
    sandbox.run(&["migrate"]).succeeded();
    let apart = sandbox.contents();
    fs::write(sandbox.path("app.db"), start).unwrap();
    sandbox.run(&["migrate", "--single-transaction"]).succeeded();
    assert_eq!(sandbox.contents(), apart);
}

#[test]
fn references_that_were_broken_before_stay_so_in_a_table_that_a_step_before_renamed() {
    the_same_together(
        "CREATE TABLE parent (id INTEGER PRIMARY KEY); CREATE TABLE child (p REFERENCES parent);
         INSERT INTO child VALUES (7);",
        &[
            ("dangling_renamed", "ALTER TABLE child RENAME TO kid"),
            ("dangling_touched", "UPDATE kid SET p = p"),
        ],
    );
}

#[test]
fn rows_that_come_back_are_not_lost_to_a_table_that_a_step_before_renamed() {
    the_same_together(
        "CREATE TABLE parent (id INTEGER PRIMARY KEY); INSERT INTO parent VALUES (1);
         CREATE TABLE child (p); INSERT INTO child VALUES (1);
         CREATE TRIGGER cascade AFTER DELETE ON parent
         BEGIN DELETE FROM child WHERE p = old.id; END;",
        &[
            ("savepoint_renamed", "ALTER TABLE child RENAME TO kid"),
            ("savepoint_back", "SAVEPOINT s; DELETE FROM parent; ROLLBACK TO s; RELEASE s"),
        ],
    );
}

#[test]
fn a_table_that_a_step_before_made_anew_is_no_new_one_for_the_next() {
    the_same_together(
        "CREATE TABLE word (id INTEGER PRIMARY KEY, a UNIQUE); INSERT INTO word VALUES (1, 1), (2, 2);",
        &[
            (
                "anew_first",
                "CREATE TABLE new (id INTEGER PRIMARY KEY, a UNIQUE);
                 INSERT INTO new SELECT * FROM word; DROP TABLE word;
                 ALTER TABLE new RENAME TO word;",
            ),
            (
                "anew_replaces",
                "CREATE TABLE other (a); ALTER TABLE word ADD COLUMN note;
                 UPDATE OR REPLACE word SET a = 2;",
            ),
        ],
    );
}

#[test]
fn rows_of_a_table_that_a_step_before_renamed_are_missed_when_it_is_made_anew() {
    let sandbox = Sandbox::project();
    let ground = "CREATE TABLE child (p); INSERT INTO child VALUES (1), (2);";
    sandbox.database().execute_batch(ground).unwrap();
    sandbox.sql_migration("missed_renamed", "ALTER TABLE child RENAME TO kid", "");
    let anew = "CREATE TABLE new (p); INSERT INTO new SELECT p FROM kid WHERE p = 1;
        DROP TABLE kid; ALTER TABLE new RENAME TO kid;";
    sandbox.sql_migration("missed_anew", anew, "");
    let outcome = sandbox.run(&["migrate", "--single-transaction"]);
    assert_eq!(outcome.code, Some(3), "{}", outcome.shown());
    let told = "1 row of `kid`, which had 2 and was made anew with 1";
    assert!(outcome.stderr.contains(told), "{}", outcome.shown());
}

#[test]
fn what_one_leaves_on_the_connection_does_not_reach_the_next() {
    let sandbox = Sandbox::project();
    sandbox.sql_migration("single_ground", scene::GROUND, "");
    sandbox.run(&["migrate"]).succeeded();
    sandbox.plugin("leaves_a_setting");
    sandbox.plugin("tells_what_it_finds");
    let start = fs::read(sandbox.path("app.db")).unwrap();
    let run = |left: &str, arguments: &[&str]| {
        let output = sandbox.command(arguments).env("LEAVES", left).output().unwrap();
        sandbox.outcome(&output)
    };
    run("nothing", &["migrate", "--steps", "1"]).succeeded();
    run("nothing", &["migrate"]).succeeded();
    let alone = sandbox.contents();
    for left in [
        "triggers off",
        "views off",
        "foreign keys on",
        "no strings in double quotes",
        "legacy ALTER TABLE",
        "rows in reverse",
        "a function",
        "a temporary table",
        "a row id",
        "a small cache",
        "a mapped file",
        "triggers of triggers",
        "a limit",
        "a progress handler",
        "a busy handler",
        "plain result codes",
        "no guard",
    ] {
        fs::write(sandbox.path("app.db"), &start).unwrap();
        run(left, &["migrate", "--single-transaction"]).succeeded();
        assert_eq!(sandbox.contents(), alone, "after a migration that leaves {left}");
    }
    for (left, what) in
        [("its own lower()", "function `lower`"), ("its own NOCASE", "collation `NOCASE`")]
    {
        fs::write(sandbox.path("app.db"), &start).unwrap();
        let outcome = run(left, &["migrate", "--single-transaction"]);
        assert_eq!(outcome.code, Some(3), "{}", outcome.shown());
        let said = format!("leaves its own in the place of the {what} of SQLite");
        assert!(outcome.stderr.contains(&said), "{}", outcome.shown());
        assert_eq!(fs::read(sandbox.path("app.db")).unwrap(), start);
    }
}
