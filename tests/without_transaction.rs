//! Migrations that say `TRANSACTIONAL: bool = false`.
#![allow(clippy::unwrap_used)]

mod sandbox;
mod scene;

use insta::assert_snapshot;
use sandbox::rows;
use scene::Scene;

/// What the file says of itself.
const FILE: &str = "SELECT journal_mode, page_size FROM pragma_journal_mode, pragma_page_size";
const FAREWELLS: &str = "SELECT name FROM farewell";
const STARTED: &str = "SELECT substr(id, 17), direction FROM _runner_started";
const TABLES: &str = "SELECT count(*) FROM sqlite_schema WHERE name = '_runner_started'";

#[test]
fn what_sqlite_does_outside_of_transactions_only_is_done_and_undone() {
    let scene = Scene::with("vacuums");
    let before = scene.sandbox.contents();
    scene.succeeds(&[]);
    assert_eq!(rows(&scene.sandbox.database(), FILE), "  Text(\"wal\"), Integer(8192)\n");
    assert_eq!(rows(&scene.sandbox.database(), TABLES), "  Integer(0)\n");
    scene.sandbox.run(&["migrate", "--backward", "--steps", "2"]).succeeded();
    assert_eq!(rows(&scene.sandbox.database(), FILE), "  Text(\"delete\"), Integer(4096)\n");
    assert_eq!(scene.sandbox.contents(), before);
}

#[test]
fn it_cannot_be_part_of_a_single_transaction() {
    let scene = Scene::with("vacuums");
    assert_snapshot!(scene.unharmed_by(&["migrate", "--single-transaction"]), @"
    exit 3
    --- stderr
    error: the migration `[STAMP]_vacuums` runs without a transaction, so there cannot be a single one
    hint: nothing was done. Take the steps up to `[STAMP]_vacuums` and those after it apart, with `--to`
    ");
}

#[test]
fn a_dry_run_of_it_leaves_the_database_as_it_was() {
    let scene = Scene::with("vacuums");
    let before = scene.sandbox.contents();
    scene.sandbox.run(&["migrate", "--dry-run"]).succeeded();
    assert_eq!(scene.sandbox.contents(), before);
    assert_eq!(rows(&scene.sandbox.database(), FILE), "  Text(\"delete\"), Integer(4096)\n");
}

#[test]
fn one_that_fails_stays_recorded_as_started_and_stops_what_comes_after() {
    let scene = Scene::with("fails_alone");
    assert_snapshot!(scene.sandbox.run(&["migrate"]).shown(), @"
    exit 1
    --- stderr
    error: the migration `[STAMP]_fails_alone` failed
      caused by: no such table: nowhere
        at [STAMP]_fails_alone/src/lib.rs:12:18
    hint: it runs without a transaction, so what it did before that stays; `runner status` tells how to go on
    ");
    assert_eq!(scene.history(), ["fails_alone_ground"]);
    let database = scene.sandbox.database();
    assert_eq!(rows(&database, STARTED), "  Text(\"fails_alone\"), Text(\"forward\")\n");
    assert_eq!(rows(&database, FAREWELLS), "  Text(\"half\")\n");
}

#[test]
fn one_that_dies_stays_recorded_as_started() {
    let scene = Scene::with("aborts_alone");
    assert_snapshot!(scene.sandbox.run(&["migrate"]).shown(), @"
    exit 1
    --- stderr
    error: the migration `[STAMP]_aborts_alone` ended its process without a report (signal: 6 (SIGABRT))
    hint: `[STAMP]_aborts_alone` runs without a transaction, so what it did before that stays; `runner status` tells how to go on
    ");
    let database = scene.sandbox.database();
    assert_eq!(rows(&database, STARTED), "  Text(\"aborts_alone\"), Text(\"forward\")\n");
}

#[test]
fn a_transaction_of_its_own_must_be_ended() {
    let scene = Scene::with("leaves_a_transaction");
    assert_snapshot!(scene.sandbox.run(&["migrate"]).shown(), @"
    exit 3
    --- stderr
    error: the migration `[STAMP]_leaves_a_transaction` left a transaction open
    hint: it runs without a transaction, so what it did before that stays; `runner status` tells how to go on
    ");
    assert_eq!(rows(&scene.sandbox.database(), FAREWELLS), "");
}

#[test]
fn the_history_is_the_runners_there_too() {
    let scene = Scene::with("edits_history_alone");
    assert_snapshot!(scene.sandbox.run(&["migrate"]).shown(), @"
    exit 3
    --- stderr
    error: the migration `[STAMP]_edits_history_alone` tried to change the history of migrations
    hint: it runs without a transaction, so what it did before that stays; `runner status` tells how to go on
    ");
    let started = "  Text(\"edits_history_alone\"), Text(\"forward\")\n";
    assert_eq!(rows(&scene.sandbox.database(), STARTED), started);
}
