//! Migrations that say `TRANSACTIONAL: bool = false`.

use crate::sandbox::{Sandbox, rows};
use crate::scene::Scene;
use insta::assert_snapshot;

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
    hint: nothing was done. Take the steps before `[STAMP]_vacuums`, it, and those after it apart; `--to MIGRATION` ends a run at one, and without `--single-transaction` each is taken by itself
    explain: runner explain not-in-one-transaction
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
      caused by: src/lib.rs:12: no such table: nowhere
        INSERT INTO nowhere VALUES (1)
    hint: it runs without a transaction, so what it did before that stays; `runner status` shows how to go on
    ");
    assert_eq!(scene.history(), ["ground"]);
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
    hint: `[STAMP]_aborts_alone` runs without a transaction, so what it did before that stays; `runner status` shows how to go on. `app.db` has 1 applied, 2 pending
    ");
    let database = scene.sandbox.database();
    assert_eq!(rows(&database, STARTED), "  Text(\"aborts_alone\"), Text(\"forward\")\n");
}

#[test]
fn what_is_unfinished_is_shown_with_the_next_command_and_stops_everything() {
    let scene = Scene::with("aborts_alone");
    // Another runner could be at it, and would be waited for.
    let at_once =
        |command: &[&str]| scene.sandbox.run(&[command, &["--busy-timeout", "0"]].concat());
    scene.sandbox.run(&["migrate"]);
    let before = scene.sandbox.contents();
    assert_snapshot!(scene.sandbox.run(&["status"]).shown(), @"
    exit 0
    --- stdout
    [x] [STAMP]_ground              [TIME]
    [/] [STAMP]_aborts_alone
    [ ] [STAMP]_aborts_alone_after
    1 applied, 2 pending
    [/] 1 started, and not finished
    next: wait, if another runner is at it; or if its work is done: `runner repair --finished [STAMP]_aborts_alone --reason TEXT`; or if it is to run again: `runner repair --not-started [STAMP]_aborts_alone --reason TEXT`
    ");
    assert_snapshot!(at_once(&["migrate"]).shown(), @"
    exit 3
    --- stderr
    error: `[STAMP]_aborts_alone`, which runs without a transaction, was started at [TIME] and has not finished
    hint: wait, if another runner is at it; or if its work is done: `runner repair --finished [STAMP]_aborts_alone --reason TEXT`; or if it is to run again: `runner repair --not-started [STAMP]_aborts_alone --reason TEXT`
    explain: runner explain unfinished-migration
    ");
    assert_eq!(at_once(&["migrate", "--backward"]).code, Some(3));
    assert_eq!(at_once(&["redo"]).code, Some(3));
    assert_eq!(scene.sandbox.contents(), before);
}

#[test]
fn work_that_a_person_finished_counts_as_applied() {
    let scene = Scene::with("fails_alone");
    scene.sandbox.run(&["migrate"]);
    let repair = ["repair", "--finished", "fails_alone", "--reason", "inserted the rest by hand"];
    assert_snapshot!(scene.sandbox.run(&repair).shown(), @"
    exit 0
    --- stdout
    took `[STAMP]_fails_alone` for finished: inserted the rest by hand
    ");
    scene.sandbox.run(&["migrate"]).succeeded();
    assert_eq!(scene.history(), ["ground", "fails_alone", "fails_alone_after"]);
    assert_snapshot!(scene.sandbox.run(&["repair"]).shown(), @"
    exit 0
    --- stdout
    nothing to repair
    [TIME]  took `[STAMP]_fails_alone` for finished: inserted the rest by hand
    ");
    assert_snapshot!(scene.sandbox.run(&repair).shown(), @"
    exit 3
    --- stderr
    error: `[STAMP]_fails_alone` is not recorded as started and unfinished
    hint: nothing was changed; `runner repair` shows what can be repaired
    explain: runner explain nothing-to-repair
    ");
}

#[test]
fn work_that_was_not_begun_can_be_begun_again() {
    let scene = Scene::with("fails_alone");
    scene.sandbox.run(&["migrate"]);
    let repair = ["repair", "--not-started", "fails_alone", "--reason", "deleted the half"];
    scene.sandbox.run(&repair).succeeded();
    assert_eq!(rows(&scene.sandbox.database(), TABLES), "  Integer(0)\n");
    assert_eq!(scene.sandbox.run(&["migrate"]).code, Some(1));
    let twice = "  Text(\"half\")\n  Text(\"half\")\n";
    assert_eq!(rows(&scene.sandbox.database(), FAREWELLS), twice);
}

#[test]
fn a_transaction_of_its_own_must_be_ended() {
    let scene = Scene::with("leaves_a_transaction");
    assert_snapshot!(scene.sandbox.run(&["migrate"]).shown(), @"
    exit 3
    --- stderr
    error: the migration `[STAMP]_leaves_a_transaction` left a transaction open
    hint: what it did in that transaction is gone, and what it did before stays: let it commit what it begins; `runner status` shows how to go on
    explain: runner explain transaction-left
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
        at src/lib.rs:12
    hint: it runs without a transaction, so what it did before that stays; `runner status` shows how to go on
    explain: runner explain history-denied
    ");
    let started = "  Text(\"edits_history_alone\"), Text(\"forward\")\n";
    assert_eq!(rows(&scene.sandbox.database(), STARTED), started);
}

#[test]
fn the_file_is_not_emptied_and_the_schema_not_written_there_either() {
    for (plugin, tried) in [
        ("resets_the_database_alone", "tried to set `SQLITE_DBCONFIG_RESET_DATABASE` to 1"),
        ("edits_the_schema_alone", "tried to write `sqlite_schema`"),
    ] {
        let scene = Scene::with(plugin);
        let before = rows(&scene.sandbox.database(), "SELECT * FROM item, player");
        let schema = "SELECT sql FROM sqlite_schema WHERE name NOT LIKE '^_runner%' ESCAPE '^'";
        let texts = rows(&scene.sandbox.database(), schema);
        let outcome = scene.sandbox.run(&["migrate"]);
        assert_eq!(outcome.code, Some(3), "{}", outcome.shown());
        assert!(outcome.stderr.contains(tried), "{}", outcome.shown());
        let database = scene.sandbox.database();
        assert_eq!(rows(&database, "SELECT * FROM item, player"), before, "{plugin}");
        assert_eq!(rows(&database, schema), texts, "{plugin}");
        assert_eq!(rows(&database, "PRAGMA integrity_check"), "  Text(\"ok\")\n");
    }
}

/// A migration without a transaction around it, whose way back, if it has one, is `backward`.
fn without_transaction(backward: &str) -> String {
    format!(
        "use migration_api::prelude::*;\n#[derive(Default)]\npub struct Alone;\n\
         impl Migration for Alone {{\nconst TRANSACTIONAL: bool = false;\n\
         fn migrate_forward(&self, migrator: &mut Migrator) -> Result {{ \
         migrator.execute_batch(\"CREATE TABLE alone (x)\") }}\n{backward}\n}}\n\
         export_migration!(Alone);\n"
    )
}

#[test]
fn one_without_a_way_back_stays_applied_and_is_not_recorded_as_begun() {
    let sandbox = Sandbox::project();
    sandbox.migration("alone_one_way", &without_transaction(""));
    sandbox.run(&["migrate"]).succeeded();
    let before = sandbox.contents();
    assert_snapshot!(sandbox.run(&["down"]).shown(), @"
    exit 3
    --- stderr
    error: the migration `[STAMP]_alone_one_way` is irreversible
    hint: it stays applied. To have a way back, write `migrate_backward` in `[STAMP]_alone_one_way`
    explain: runner explain irreversible-migration
    ");
    assert_eq!(sandbox.contents(), before);
    sandbox.run(&["check"]).succeeded();
}

#[test]
fn one_that_says_so_after_it_has_written_is_unfinished() {
    let sandbox = Sandbox::project();
    let backward = "fn migrate_backward(&self, migrator: &mut Migrator) -> Result { \
                    migrator.execute_batch(\"INSERT INTO alone VALUES (1)\")?; \
                    Err(Error::irreversible(\"alone\")) }";
    sandbox.migration("alone_half_way", &without_transaction(backward));
    sandbox.run(&["migrate"]).succeeded();
    assert_snapshot!(sandbox.run(&["down"]).shown(), @"
    exit 3
    --- stderr
    error: the migration `[STAMP]_alone_half_way` is irreversible
    hint: it runs without a transaction, so what it did before that stays; `runner status` shows how to go on
    explain: runner explain irreversible-migration
    ");
    assert_eq!(
        rows(&sandbox.database(), STARTED),
        "  Text(\"alone_half_way\"), Text(\"backward\")\n"
    );
}
