//! Migrations that say `BATCHED: bool = true`: each stage commits for itself, and the next run goes on there.

use std::process::Stdio;
use std::time::Duration;

use insta::assert_snapshot;

use crate::sandbox::{Outcome, rows, wait_until};
use crate::scene::Scene;

const NAMES: &str = "SELECT name FROM stage";
const CHECKPOINT: &str = "SELECT substr(id, 17), direction, stages_done FROM _runner_checkpoint";

/// Migrates while `STAGE` says `what` is to happen.
pub(crate) fn migrate(scene: &Scene, what: &str, arguments: &[&str]) -> Outcome {
    let mut command = scene.sandbox.command(&[&["migrate"], arguments].concat());
    scene.sandbox.outcome(&command.env("STAGE", what).output().unwrap())
}

#[test]
fn one_that_meets_nothing_is_applied_and_reverted_as_any_other() {
    let scene = Scene::with("goes_in_stages");
    let before = scene.sandbox.contents();
    scene.succeeds(&[]);
    let database = scene.sandbox.database();
    assert_eq!(rows(&database, NAMES), "  Text(\"second\")\n  Text(\"third\")\n");
    drop(database);
    scene.sandbox.run(&["migrate", "--backward", "--steps", "2"]).succeeded();
    assert_eq!(scene.sandbox.contents(), before);
}

#[test]
fn a_stage_that_fails_leaves_those_before_it_and_the_next_run_goes_on_there() {
    for what in
        ["second fails", "second aborts", "second panics", "between fails", "between aborts"]
    {
        let scene = Scene::with("goes_in_stages");
        let outcome = migrate(&scene, what, &[]);
        assert_ne!(outcome.code, Some(0), "{what}");
        assert_eq!(scene.history(), ["ground"], "{what}");
        let done = if what.starts_with("second") { 1 } else { 2 };
        let database = scene.sandbox.database();
        let checkpoint =
            format!("  Text(\"goes_in_stages\"), Text(\"forward\"), Integer({done})\n");
        assert_eq!(rows(&database, CHECKPOINT), checkpoint, "{what}");
        drop(database);
        scene.succeeds(&[]);
        let database = scene.sandbox.database();
        assert_eq!(rows(&database, NAMES), "  Text(\"second\")\n  Text(\"third\")\n", "{what}");
        let left = "SELECT name FROM sqlite_schema WHERE name IN ('_runner_checkpoint', '_runner_started')";
        assert_eq!(rows(&database, left), "", "{what}");
    }
}

#[test]
fn what_is_half_done_is_told_with_how_far_it_is_and_with_what_comes_next() {
    let scene = Scene::with("goes_in_stages");
    assert_snapshot!(migrate(&scene, "second fails", &[]).shown(), @"
    exit 1
    --- stderr
    error: the migration `[STAMP]_goes_in_stages` failed
      caused by: it was to fail here
        at [STAMP]_goes_in_stages/src/lib.rs:46:87
    hint: what its stages and batches did before that stays, and the next run goes on there: `runner migrate`
    ");
    assert_snapshot!(scene.sandbox.run(&["status"]).shown(), @"
    exit 0
    --- stdout
    [x] [STAMP]_ground                [TIME]
    [/] [STAMP]_goes_in_stages        after 1 stage
    [ ] [STAMP]_goes_in_stages_after
    1 applied, 2 pending
    [/] 1 half done; the next run goes on with it
    ");
    assert_snapshot!(scene.sandbox.run(&["status", "--json"]).succeeded().stdout, @r#"
    {
      "applied": 1,
      "database": "[ROOT]/app.db",
      "drift": [],
      "exists": true,
      "migrations": [
        {
          "applied_at": "[TIME]",
          "duration_us": [N],
          "id": "[STAMP]_ground",
          "state": "applied"
        },
        {
          "half_done": {
            "direction": "forward",
            "rows_done": 0,
            "rows_failed": 0,
            "rows_total": 0,
            "stage": "a step",
            "stages_done": 1
          },
          "id": "[STAMP]_goes_in_stages",
          "state": "half_done"
        },
        {
          "id": "[STAMP]_goes_in_stages_after",
          "state": "pending"
        }
      ],
      "missing": 0,
      "pending": 2,
      "repairs": []
    }
    "#);
}

#[test]
fn one_that_says_so_goes_back_from_half_way() {
    let scene = Scene::with("goes_in_stages");
    let before = scene.sandbox.contents();
    migrate(&scene, "second fails", &[]);
    scene.sandbox.run(&["migrate", "--backward"]).succeeded();
    assert_eq!(scene.history(), ["ground"]);
    assert_eq!(scene.sandbox.contents(), before);
}

#[test]
fn what_is_written_between_two_stages_is_refused_and_nothing_of_it_is_there() {
    let scene = Scene::with("goes_in_stages");
    let write = |what: &str| {
        let mut command = scene.sandbox.command(&["migrate"]);
        let output = command.env("STAGE_WRITES_OUTSIDE", what).output().unwrap();
        scene.sandbox.outcome(&output)
    };
    for what in ["temporary", "operation"] {
        let refused = write(what);
        assert_eq!(refused.code, Some(3), "{}", refused.shown());
        assert!(
            refused.stderr.contains("change the database outside of a step"),
            "{}",
            refused.stderr
        );
    }
    assert_snapshot!(write("row").shown(), @"
    exit 3
    --- stderr
    error: the migration `[STAMP]_goes_in_stages` tried to change the database outside of a step
        at src/lib.rs:29
    hint: it was rolled back. A batched migration changes the database inside of `migrator.step`, and rows by `migrator.rows` as well; what its stages and batches did before that stays, and the next run goes on there: `runner migrate`
    explain: runner explain outside-of-step
    ");
    assert_eq!(rows(&scene.sandbox.database(), NAMES), "  Text(\"second\")\n");
    scene.succeeds(&[]);
}

#[test]
fn a_time_that_is_over_ends_it_at_a_checkpoint() {
    let scene = Scene::with("goes_in_stages");
    let outcome = scene.sandbox.run(&["migrate", "--max-time", "0s"]);
    assert_eq!(outcome.code, Some(75), "{}", outcome.shown());
    assert_eq!(scene.history(), ["ground"]);
    scene.succeeds(&["--max-time", "2h"]);
}

#[test]
fn it_cannot_be_part_of_a_single_transaction() {
    let scene = Scene::with("goes_in_stages");
    assert_snapshot!(scene.unharmed_by(&["migrate", "--single-transaction", "--steps", "1"]), @"
    exit 3
    --- stderr
    error: the batched migration `[STAMP]_goes_in_stages` runs in many transactions, so there cannot be a single one
    hint: nothing was done. Take the steps before `[STAMP]_goes_in_stages`, it, and those after it apart; `--to MIGRATION` ends a run at one, and without `--single-transaction` each is taken by itself
    explain: runner explain not-in-one-transaction
    ");
}

#[test]
fn a_dry_run_of_it_leaves_the_database_as_it_was() {
    let scene = Scene::with("goes_in_stages");
    let before = scene.sandbox.contents();
    scene.sandbox.run(&["migrate", "--dry-run"]).succeeded();
    assert_eq!(scene.sandbox.contents(), before);
}

#[test]
fn with_a_rollback_journal_it_gives_way_to_those_who_read_and_lets_others_read_meanwhile() {
    let scene = Scene::with("goes_in_stages");
    let reader = scene.sandbox.database();
    reader.execute_batch("BEGIN; SELECT * FROM player").unwrap();
    let mut command = scene.sandbox.command(&["migrate", "--busy-timeout", "60"]);
    let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    wait_until(|| scene.sandbox.path(".runner-batches-app.db.lock").exists());
    for _ in 0..20 {
        let another = scene.sandbox.database();
        another.busy_timeout(Duration::from_secs(1)).unwrap();
        another.query_row("SELECT count(*) FROM player", [], |_| Ok(())).unwrap();
    }
    reader.execute_batch("COMMIT").unwrap();
    scene.sandbox.outcome(&child.wait_with_output().unwrap()).succeeded();
    assert_eq!(scene.history(), ["ground", "goes_in_stages", "goes_in_stages_after"]);
}

#[test]
fn one_that_fails_before_anything_is_committed_has_not_begun_and_may_be_edited() {
    let scene = Scene::with("goes_in_stages");
    let before = scene.sandbox.contents();
    assert_snapshot!(migrate(&scene, "first fails", &[]).shown(), @"
    exit 1
    --- stderr
    error: the migration `[STAMP]_goes_in_stages` failed
      caused by: it was to fail here
        at [STAMP]_goes_in_stages/src/lib.rs:46:87
    hint: everything that it did was rolled back
    ");
    assert_eq!(scene.sandbox.contents(), before);
    // A crash leaves that it began, and nothing else.
    assert_eq!(migrate(&scene, "first aborts", &[]).code, Some(1));
    let files = scene.sandbox.files().into_keys();
    let mut sources = files.filter(|file| {
        file.ends_with("src/lib.rs") && file.to_string_lossy().contains("goes_in_stages/")
    });
    let source = sources.next().unwrap();
    let text = scene.sandbox.read(&source);
    scene.sandbox.write(&source, &text.replace("'third'", "'another'"));
    scene.succeeds(&[]);
    assert_eq!(rows(&scene.sandbox.database(), NAMES), "  Text(\"second\")\n  Text(\"another\")\n");
}

#[test]
fn an_error_of_a_stage_that_is_passed_over_ends_it_all_the_same() {
    let scene = Scene::with("goes_in_stages");
    let what = "second (whose error is passed over) fails";
    assert_snapshot!(migrate(&scene, what, &[]).shown(), @"
    exit 3
    --- stderr
    error: the batched migration `[STAMP]_goes_in_stages` went on after the error of a step
    hint: a stage that is not done is done by the next run: let `migrate_forward` and `migrate_backward` return its error
    explain: runner explain other-stages
    ");
    assert_eq!(rows(&scene.sandbox.database(), NAMES), "");
    scene.succeeds(&[]);
}

#[test]
fn a_dry_run_that_fails_says_nothing_of_a_next_run() {
    let scene = Scene::with("goes_in_stages");
    let outcome = migrate(&scene, "second fails", &["--dry-run"]);
    assert_eq!(outcome.code, Some(1));
    assert!(!outcome.stderr.contains("next run"), "{}", outcome.stderr);
}
