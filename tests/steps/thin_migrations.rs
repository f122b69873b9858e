//! Migrations hold their operations as data, and the runner carries them out: on their connection, under
//! their guard, and with their refusals.

use std::collections::BTreeSet;
use std::process::Command;

use crate::sandbox::{repository, rows};
use crate::scene::Scene;
use insta::assert_snapshot;

#[test]
fn a_schema_is_not_changed_under_a_query_that_runs() {
    let scene = Scene::with("changes_under_a_query");
    assert_snapshot!(scene.unharmed_by(&["migrate"]), @"
    exit 1
    --- stderr
    error: the migration `[STAMP]_changes_under_a_query` failed
      caused by: cannot drop column `score` of table `player`
        at [STAMP]_changes_under_a_query/src/lib.rs:16:30
      caused by: the statement `SELECT name FROM player` still runs, and the schema would change under it: read all its rows, or drop it first
    hint: everything that it did was rolled back
    ");
}

#[test]
fn a_migration_sees_each_refusal_as_what_it_is() {
    let scene = Scene::with("reads_refusals");
    let outcome = scene.succeeds(&[]);
    let told = outcome.stdout.lines().filter(|line| line.starts_with("reads_refusals:"));
    assert_snapshot!(told.collect::<Vec<_>>().join("\n"), @r#"
    reads_refusals: line 30, scores, perhaps ["score"]
    reads_refusals: line 34, player, cannot store TEXT value in INTEGER column player.score, Some(3091)
    reads_refusals: line 36, no such column: level at 128, Some(1)
    reads_refusals: ada 60
    "#);
}

#[test]
fn the_guard_is_there_after_an_operation_that_was_refused_half_way() {
    let scene = Scene::with("commits_after_a_refusal");
    assert_snapshot!(scene.unharmed_by(&["migrate"]), @"
    exit 3
    --- stdout
    commits_after_a_refusal: cannot make table `player` STRICT
    --- stderr
    error: the migration `[STAMP]_commits_after_a_refusal` tried to COMMIT: the transaction is the runner's
        at src/lib.rs:14
    hint: it was rolled back. Take BEGIN and COMMIT out: the runner begins and commits
    explain: runner explain transaction-denied
    ");
}

#[test]
fn the_time_is_over_in_the_middle_of_an_operation() {
    let scene = Scene::with("rebuilds_for_ever");
    assert_snapshot!(scene.unharmed_by(&["migrate", "--timeout", "1"]), @"
    exit 1
    --- stderr
    error: the migration `[STAMP]_rebuilds_for_ever` ran for longer than 1 s
    hint: it was interrupted and rolled back; `--timeout SECONDS` gives it longer. `app.db` has 1 applied, 2 pending
    ");
}

#[test]
fn a_full_disk_in_the_middle_of_an_operation_is_told_as_that_and_the_migration_sees_it_too() {
    let scene = Scene::with("fills_the_disk");
    assert_snapshot!(scene.unharmed_by(&["migrate"]), @"
    exit 75
    --- stdout
    fills_the_disk: `player`: database or disk is full: Some(DiskFull)
    --- stderr
    error: the migration `[STAMP]_fills_the_disk` failed
      caused by: cannot change column `score` of table `player` to TEXT, each value made by `score || '!'`
        at [STAMP]_fills_the_disk/src/lib.rs:23:32
      caused by: the rows of `player` cannot be copied into its new shape: make room for another copy of them, and try again
      caused by: database or disk is full
    hint: everything that it did was rolled back; make room, and try again
    ");
}

/// As [`Scene::unharmed_by`], of a migration that does not put up with a refusal.
fn insists(scene: &Scene) -> String {
    let mut command = scene.sandbox.command(&["migrate"]);
    command.env("INSISTS", "yes");
    scene.unharmed_when(command, |_| {})
}

#[test]
fn who_asks_for_operations_inside_of_operations_is_refused_and_may_go_on() {
    let scene = Scene::with("asks_inside_operations");
    assert_snapshot!(insists(&scene), @"
    exit 1
    --- stdout
    asks_inside_operations: asked inside for an operation
    asks_inside_operations: cannot add column `more` TEXT to table `item`: other operations are being carried out, and a function that they call asks for this: ask before or after them
    asks_inside_operations: asked inside for a script
    asks_inside_operations: cannot execute `INSERT INTO farewell VALUES ('script')`: other operations are being carried out, and a function that they call asks for this: ask before or after them
    asks_inside_operations: asked inside for a statement
    asks_inside_operations: done
    asks_inside_operations: asked inside for an operation
    --- stderr
    error: the migration `[STAMP]_asks_inside_operations` failed
      caused by: cannot change column `score` of table `player` to TEXT, each value made by `insist('an operation')`
        at [STAMP]_asks_inside_operations/src/lib.rs:67:22
      caused by: the rows of `player` cannot be copied into its new shape: an expression fails for one of them; change the row or the expression first
      caused by: cannot add column `more` TEXT to table `item`: other operations are being carried out, and a function that they call asks for this: ask before or after them
    hint: everything that it did was rolled back
    ");
    scene.succeeds(&[]);
    let columns = "SELECT group_concat(name) FROM pragma_table_info('item')";
    assert_eq!(rows(&scene.sandbox.database(), columns), "  Text(\"id,owner,what,colour\")\n");
    let written = rows(&scene.sandbox.database(), "SELECT name FROM farewell");
    assert_eq!(written, "  Text(\"statement\")\n");
}

#[test]
fn a_panic_of_a_function_that_operations_call_is_an_error_wherever_it_is_called() {
    let scene = Scene::with("panics_in_a_function");
    assert_snapshot!(insists(&scene), @"
    exit 1
    --- stdout
    panics_in_a_function: cannot change column `score` of table `player` to TEXT, each value made by `checked(score)`: the rows of `player` cannot be copied into its new shape: an expression fails for one of them; change the row or the expression first: unwinding panic
    panics_in_a_function: cannot add CHECK (checked(score) > 0) to table `player`: SQLite refuses: unwinding panic
    panics_in_a_function: cannot add column `twice` INTEGER GENERATED ALWAYS AS (checked(score) * 2) STORED to table `player`: the rows of `player` cannot be copied into its new shape: an expression fails for one of them; change the row or the expression first: unwinding panic
    panics_in_a_function: cannot add index on table `player` (checked(score)): SQLite refuses: unwinding panic
    panics_in_a_function: cannot execute `CREATE TRIGGER watch AFTER UPDATE ON player BEGIN SELECT che..`: SQLite refuses: unwinding panic
    panics_in_a_function: ada 30, grace 50, edsger 20
    --- stderr
    error: the migration `[STAMP]_panics_in_a_function` failed
      caused by: cannot change column `score` of table `player` to TEXT, each value made by `checked(score)`
        at [STAMP]_panics_in_a_function/src/lib.rs:54:22
      caused by: the rows of `player` cannot be copied into its new shape: an expression fails for one of them; change the row or the expression first
      caused by: a function that SQLite called panicked at [STAMP]_panics_in_a_function/src/lib.rs:29:13: no score may be 50
    hint: everything that it did was rolled back
    ");
    scene.succeeds(&[]);
}

#[test]
fn a_migration_is_built_of_rusqlite_and_one_small_crate_that_writes_bytes() {
    let output = Command::new(env!("CARGO"))
        .args([
            "tree",
            "--offline",
            "--edges",
            "normal",
            "--no-dedupe",
            "--prefix",
            "none",
            "--format",
            "{lib}",
        ])
        .args(["--package", "m20250310_080000_create_roomstay"])
        .current_dir(repository().join("migrations"))
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let tree = String::from_utf8(output.stdout).unwrap();
    let crates: BTreeSet<_> = tree.lines().map(str::trim).collect();
    assert_snapshot!(crates.into_iter().collect::<Vec<_>>().join("\n"), @r#"
    bitflags
    fallible_iterator
    fallible_streaming_iterator
    foldhash
    hashbrown
    hashlink
    libsqlite3_sys
    m20250310_080000_create_roomstay
    migration_api
    migration_operation
    minicbor
    rusqlite
    smallvec
    "#);
}
