//! Migrations hold their operations as data, and the runner carries them out: on their connection, under
//! their guard, and with their refusals.

use std::collections::BTreeSet;
use std::process::Command;

use crate::sandbox::repository;
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
    hint: it was rolled back. The runner begins and commits; for a part that may fail, use a savepoint
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
