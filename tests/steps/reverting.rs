//! A way back that leaves the schema that its way forward made.

use crate::sandbox::{self, Outcome, Sandbox};
use insta::assert_snapshot;

/// A project with the table `back_1`, and with `back_2`, of which nothing is undone. Both are applied.
fn with_nothing_undone(name: &str) -> (Sandbox, String) {
    let sandbox = Sandbox::project();
    sandbox.sql_migration(&format!("{name}_1"), "CREATE TABLE back_1 (a)", "DROP TABLE back_1");
    let id = sandbox.sql_migration(&format!("{name}_2"), "CREATE TABLE back_2 (a)", "");
    sandbox.run(&["migrate"]).succeeded();
    (sandbox, id)
}

/// What `down` says, which must change nothing.
#[track_caller]
fn refused(sandbox: &Sandbox, flags: &[&str]) -> Outcome {
    let before = sandbox.contents();
    let outcome = sandbox.run(&[&["down"], flags].concat());
    assert_eq!(outcome.code, Some(3), "{flags:?}: {outcome:?}");
    assert_eq!(sandbox.contents(), before);
    outcome
}

/// Panics unless nothing has drifted.
#[track_caller]
fn in_order(sandbox: &Sandbox) {
    let said = sandbox.untouched(&["repair"]).succeeded().stdout;
    assert_eq!(said.lines().next(), Some("nothing to repair"));
}

#[test]
fn a_way_back_that_undoes_nothing_is_refused_and_leaves_the_history_only_where_that_is_said() {
    let (sandbox, id) = with_nothing_undone("nothing_undone");
    assert_snapshot!(refused(&sandbox, &[]).shown(), @"
    exit 3
    --- stderr
    error: the way back of the migration `[STAMP]_nothing_undone_2` leaves the schema as it is, and its way forward changed it
    hint: it stays applied. Let `migrate_backward` of `[STAMP]_nothing_undone_2` undo what `migrate_forward` makes, or say with `const REVERSIBLE: bool = false` that there is no way back; if the schema is to stay as it is, and the migration only to leave the history: `--leave-schema`
    explain: runner explain schema-left
    ");
    for flags in [["--all", "--single-transaction"].as_slice(), &["--dry-run"], &["--steps", "2"]] {
        let said = refused(&sandbox, flags).stderr;
        assert!(said.contains("leaves the schema as it is"), "{flags:?}: {said}");
    }
    let redo = sandbox.run(&["redo"]);
    assert_eq!(redo.code, Some(3), "{redo:?}");
    // A trial says so before.
    assert_snapshot!(sandbox.run(&["test", &id]).shown(), @"
    exit 1
    --- stdout
    [STAMP]_nothing_undone_2  FAILED: the way back does not give back the schema
        before (-) and after (+) differ:
          CREATE TABLE back_1 (
            a
          );
        +
        + CREATE TABLE back_2 (
        +   a
        + );
    tested 1 migration: 1 failed
    --- stderr
    error: 1 of 1 failed: `[STAMP]_nothing_undone_2`
    ");
    sandbox.run(&["down", "--leave-schema"]).succeeded();
    in_order(&sandbox);
    assert!(sandbox.contents().contains("table back_2"));
    sandbox.run(&["down"]).succeeded();
    in_order(&sandbox);
}

#[test]
fn what_changes_rows_alone_may_have_a_way_back_that_does_nothing_whatever_happens_around_it() {
    let sandbox = Sandbox::project();
    sandbox.sql_migration("rows_1", "CREATE TABLE t (a, b)", "DROP TABLE t");
    let late = sandbox.sql_migration("rows_late", "CREATE TABLE late (a)", "DROP TABLE late");
    let (there, aside) = (sandbox.path(format!("migrations/{late}")), sandbox.path("aside"));
    std::fs::rename(&there, &aside).unwrap();
    sandbox.sql_migration("rows_2", "INSERT INTO t VALUES (1, 2)", "DELETE FROM t");
    // Its way back gives the column back in another place: what `rows_2` meets is not what it left.
    sandbox.sql_migration("rows_3", "ALTER TABLE t DROP COLUMN a", "ALTER TABLE t ADD COLUMN a");
    sandbox.run(&["migrate"]).succeeded();
    sandbox.run(&["down", "--steps", "2"]).succeeded();
    in_order(&sandbox);
    // The schema changes under it: by hand, and by a migration that comes late.
    sandbox.run(&["migrate", "--steps", "1"]).succeeded();
    sandbox.database().execute_batch("CREATE INDEX by_hand ON t (b)").unwrap();
    sandbox.run(&["repair", "--accept-schema", "--reason", "an index"]).succeeded();
    std::fs::rename(&aside, &there).unwrap();
    sandbox.run(&["migrate", "--steps", "1", "--allow-out-of-order"]).succeeded();
    sandbox.run(&["down"]).succeeded();
    in_order(&sandbox);
}

#[test]
fn what_came_late_and_undoes_nothing_is_refused() {
    let sandbox = Sandbox::project();
    let late = sandbox.sql_migration("came_late", "CREATE TABLE late (a)", "");
    let (there, aside) = (sandbox.path(format!("migrations/{late}")), sandbox.path("aside"));
    std::fs::rename(&there, &aside).unwrap();
    sandbox.sql_migration("came_first", "CREATE TABLE first (a)", "DROP TABLE first");
    sandbox.run(&["migrate"]).succeeded();
    std::fs::rename(&aside, &there).unwrap();
    sandbox.run(&["migrate", "--allow-out-of-order"]).succeeded();
    sandbox.run(&["down"]).succeeded();
    refused(&sandbox, &[]);
}

#[test]
fn where_the_history_does_not_say_what_it_did_a_way_back_that_does_nothing_is_taken() {
    for forget in [
        "UPDATE _runner_migrations SET schema_before = NULL",
        "ALTER TABLE _runner_migrations DROP COLUMN schema_before",
    ] {
        let (sandbox, _) = with_nothing_undone("not_said");
        sandbox.database().execute_batch(forget).unwrap();
        sandbox.run(&["down"]).succeeded();
        in_order(&sandbox);
    }
}

#[test]
fn without_a_transaction_it_is_left_to_a_person_whether_it_is_reverted() {
    let sandbox = Sandbox::project();
    let source = sandbox::sql_source("CREATE TABLE alone (a)", "").replace(
        "impl Migration for Sql {",
        "impl Migration for Sql { const TRANSACTIONAL: bool = false;",
    );
    let id = sandbox.migration("left_alone", &source);
    sandbox.run(&["migrate"]).succeeded();
    assert_snapshot!(sandbox.run(&["down"]).shown(), @"
    exit 3
    --- stderr
    error: the way back of the migration `[STAMP]_left_alone` leaves the schema as it is, and its way forward changed it
    hint: it runs without a transaction, so what it did stays. Undo in the database what its way forward made, or leave it; `runner status` shows how to record that it is reverted
    explain: runner explain schema-left
    ");
    let status = sandbox.untouched(&["status"]).succeeded().stdout;
    assert!(status.contains("repair --finished"), "{status}");
    sandbox.run(&["repair", "--not-started", &id, "--reason", "nothing was undone"]).succeeded();
    sandbox.run(&["down", "--leave-schema"]).succeeded();
    in_order(&sandbox);
}
