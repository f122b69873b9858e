//! A batched migration that is half done: what has drifted there, what is refused, and how a person gets out.

use std::path::PathBuf;

use insta::assert_snapshot;

use crate::sandbox::rows;
use crate::scene::Scene;
use crate::stages::migrate;

const NAMES: &str = "SELECT name FROM stage";
const TRACES: &str =
    "SELECT name FROM sqlite_schema WHERE name IN ('_runner_checkpoint', '_runner_started')";

/// A scene in which the migration has made its table, and then failed.
fn half_done() -> Scene {
    let scene = Scene::with("goes_in_stages");
    migrate(&scene, "second fails", &[]);
    scene
}

fn source(scene: &Scene) -> PathBuf {
    let is_it = |file: &PathBuf| file.to_string_lossy().contains("goes_in_stages/src");
    let mut files = scene.sandbox.files().into_iter();
    files.find(|(file, bytes)| is_it(file) && !bytes.is_empty()).unwrap().0
}

/// Edits the migration, and gives its source as it was.
fn edit(scene: &Scene) -> (PathBuf, String) {
    let source = source(scene);
    let text = scene.sandbox.read(&source);
    scene.sandbox.write(&source, &text.replace("'third'", "'another'"));
    (source, text)
}

#[test]
fn an_edit_in_the_middle_is_drift_in_both_directions_until_it_is_undone() {
    let scene = half_done();
    let (source, text) = edit(&scene);
    assert_snapshot!(scene.sandbox.run(&["status"]).shown(), @"
    exit 0
    --- stdout
    [x] [STAMP]_ground                [TIME]
    [/] [STAMP]_goes_in_stages        after 1 stage
    [ ] [STAMP]_goes_in_stages_after
    1 applied, 2 pending
    [/] 1 half done, and edited since it began
    next: undo the edit, or use a bundle from before it; or if what is done is as the edited source would have done it, go on with that: `runner repair --accept [STAMP]_goes_in_stages --reason TEXT`
    ");
    assert_snapshot!(scene.unharmed_by(&["migrate"]), @"
    exit 3
    --- stderr
    error: `[STAMP]_goes_in_stages` was edited after it had begun, and is half done: its digest was [DIGEST], and is [DIGEST]
    hint: undo the edit, or use a bundle from before it; or if what is done is as the edited source would have done it, go on with that: `runner repair --accept [STAMP]_goes_in_stages --reason TEXT`
    explain: runner explain half-done
    ");
    for arguments in [&["migrate", "--backward"][..], &["redo"], &["migrate", "--to", "ground"]] {
        let refused = scene.unharmed_by(arguments);
        assert!(refused.starts_with("exit 3"), "{refused}");
        assert!(refused.contains("was edited after it had begun"), "{refused}");
    }
    assert_snapshot!(scene.sandbox.run(&["repair"]).shown(), @"
    exit 0
    --- stdout
    `[STAMP]_goes_in_stages` was edited after it had begun, and is half done: its digest was [DIGEST], and is [DIGEST]
        undo the edit, or use a bundle from before it
        or if what is done is as the edited source would have done it, go on with that: `runner repair --accept [STAMP]_goes_in_stages --reason TEXT`
    ");
    let found = scene.sandbox.run(&["status", "--json"]).succeeded().stdout;
    assert!(found.contains(r#""kind": "edited_half_done""#), "{found}");
    assert!(found.contains(r#""state": "half_done""#), "{found}");
    scene.sandbox.write(source, &text);
    scene.succeeds(&[]);
}

#[test]
fn an_edit_in_the_middle_that_is_accepted_is_gone_on_with() {
    let scene = half_done();
    edit(&scene);
    let accept = ["repair", "--accept", "goes_in_stages", "--reason", "row 7 was unforeseen"];
    assert_snapshot!(scene.sandbox.run(&accept).shown(), @"
    exit 0
    --- stdout
    accepted the edit of `[STAMP]_goes_in_stages`: row 7 was unforeseen
    ");
    assert_snapshot!(scene.sandbox.run(&accept).shown(), @"
    exit 3
    --- stderr
    error: there is no edit of `[STAMP]_goes_in_stages` to accept: it was not edited since it was applied or began
    hint: nothing was changed; `runner repair` shows what can be repaired
    explain: runner explain nothing-to-repair
    ");
    scene.succeeds(&[]);
    let database = scene.sandbox.database();
    assert_eq!(rows(&database, NAMES), "  Text(\"second\")\n  Text(\"another\")\n");
    assert_eq!(rows(&database, TRACES), "");
    drop(database);
    let shown = scene.sandbox.run(&["repair"]).succeeded().stdout;
    assert!(shown.contains("accepted the edit of"), "{shown}");
    scene.sandbox.run(&["status", "--exit-code"]).succeeded();
}

#[test]
fn an_edit_half_way_back_is_one_finding() {
    let scene = Scene::applied("goes_in_stages");
    let back = migrate(&scene, "back fails", &["--backward", "--steps", "2"]);
    assert_eq!(back.code, Some(1), "{}", back.shown());
    edit(&scene);
    assert_snapshot!(scene.sandbox.run(&["migrate", "--backward"]).shown(), @"
    exit 3
    --- stderr
    error: `[STAMP]_goes_in_stages` was edited after it had begun, and is half done: its digest was [DIGEST], and is [DIGEST]
    hint: undo the edit, or use a bundle from before it; or if what is done is as the edited source would have done it, go on with that: `runner repair --accept [STAMP]_goes_in_stages --reason TEXT`
    explain: runner explain half-done
    ");
    let accept = ["repair", "--accept", "goes_in_stages", "--reason", "it is as good"];
    scene.sandbox.run(&accept).succeeded();
    scene.sandbox.run(&["migrate", "--backward"]).succeeded();
    assert_eq!(scene.history(), ["ground"]);
}

#[test]
fn code_without_the_migration_that_is_half_done_does_nothing_and_says_why() {
    let scene = half_done();
    let folder = source(&scene).parent().unwrap().parent().unwrap().to_path_buf();
    let (here, aside) = (scene.sandbox.path(&folder), scene.sandbox.path("aside"));
    std::fs::rename(&here, &aside).unwrap();
    assert_snapshot!(scene.sandbox.run(&["status"]).shown(), @"
    exit 0
    --- stdout
    [x] [STAMP]_ground                [TIME]
    [/] [STAMP]_goes_in_stages        after 1 stage
    [ ] [STAMP]_goes_in_stages_after
    1 applied, 2 pending
    [/] 1 half done, and the crate is gone
    next: bring its folder back from version control, or use the code or bundle that has it; or if its work is done: `runner repair --finished [STAMP]_goes_in_stages --reason TEXT`; or forget that it began, while what it did stays: `runner repair --not-started [STAMP]_goes_in_stages --reason TEXT`
    ");
    assert_snapshot!(scene.unharmed_by(&["migrate"]), @"
    exit 3
    --- stderr
    error: `[STAMP]_goes_in_stages` is half done, and this code does not have it
    hint: bring its folder back from version control, or use the code or bundle that has it; or if its work is done: `runner repair --finished [STAMP]_goes_in_stages --reason TEXT`; or forget that it began, while what it did stays: `runner repair --not-started [STAMP]_goes_in_stages --reason TEXT`
    explain: runner explain half-done
    ");
    assert_snapshot!(scene.unharmed_by(&["migrate", "--backward"]), @"
    exit 3
    --- stderr
    error: `[STAMP]_goes_in_stages` is half done, and this code does not have it
    hint: bring its folder back from version control, or use the code or bundle that has it; or if its work is done: `runner repair --finished [STAMP]_goes_in_stages --reason TEXT`; or forget that it began, while what it did stays: `runner repair --not-started [STAMP]_goes_in_stages --reason TEXT`
    explain: runner explain half-done
    ");
    std::fs::rename(aside, here).unwrap();
    scene.succeeds(&[]);
}

#[test]
fn a_change_of_the_schema_by_somebody_else_in_the_middle_is_drift_until_it_is_accepted() {
    let scene = half_done();
    scene.sandbox.database().execute_batch("CREATE TABLE other (a)").unwrap();
    let refused = scene.unharmed_by(&["migrate"]);
    assert!(refused.starts_with("exit 3"), "{refused}");
    scene.sandbox.run(&["repair", "--accept-schema", "--reason", "made by hand"]).succeeded();
    scene.succeeds(&[]);
}

#[test]
fn a_person_may_say_that_it_is_finished() {
    let scene = half_done();
    let finished = ["repair", "--finished", "goes_in_stages", "--reason", "the rest is not needed"];
    assert_snapshot!(scene.sandbox.run(&finished).shown(), @"
    exit 0
    --- stdout
    took `[STAMP]_goes_in_stages` for finished: the rest is not needed
    ");
    assert_eq!(rows(&scene.sandbox.database(), TRACES), "");
    assert_eq!(scene.history(), ["ground", "goes_in_stages"]);
    scene.succeeds(&[]);
    assert_eq!(rows(&scene.sandbox.database(), NAMES), "");
}

#[test]
fn a_person_may_say_that_it_did_not_start_and_is_told_what_stays() {
    let scene = half_done();
    let not_started = ["repair", "--not-started", "goes_in_stages", "--reason", "begin anew"];
    assert_snapshot!(scene.sandbox.run(&not_started).shown(), @"
    exit 0
    --- stdout
    took `[STAMP]_goes_in_stages` for not started: begin anew
    what it did stays in the database, and it begins anew. How far it was: after 1 stage
    ");
    assert_eq!(rows(&scene.sandbox.database(), TRACES), "");
    // What it did to the schema is nobody's now.
    assert_eq!(scene.sandbox.run(&["migrate"]).code, Some(3));
    scene.sandbox.database().execute_batch("DROP TABLE stage").unwrap();
    scene.succeeds(&[]);
    assert_eq!(rows(&scene.sandbox.database(), NAMES), "  Text(\"second\")\n  Text(\"third\")\n");
}

#[test]
fn where_an_older_runner_took_the_start_back_the_checkpoint_is_nobodys() {
    let scene = half_done();
    // As its `repair --not-started` does, which knows of no checkpoints.
    scene.sandbox.database().execute_batch("DROP TABLE _runner_started; DROP TABLE stage").unwrap();
    let status = scene.sandbox.run(&["status"]).succeeded().stdout;
    assert!(!status.contains("half done"), "{status}");
    scene.succeeds(&[]);
    let database = scene.sandbox.database();
    assert_eq!(rows(&database, NAMES), "  Text(\"second\")\n  Text(\"third\")\n");
    assert_eq!(rows(&database, TRACES), "");
}

#[test]
fn a_process_that_dies_in_the_middle_leaves_what_is_true() {
    let scene = Scene::with("goes_in_stages");
    assert_snapshot!(migrate(&scene, "second aborts", &[]).shown(), @"
    exit 1
    --- stderr
    error: the migration `[STAMP]_goes_in_stages` ended its process without a report (signal: 6 (SIGABRT))
    hint: what `[STAMP]_goes_in_stages` committed before that stays, and the next run goes on there: `runner migrate`. `app.db` has 1 applied, 2 pending
    ");
}

#[test]
fn what_is_half_done_is_pending_for_a_check() {
    let scene = half_done();
    let check = scene.sandbox.run(&["check", "pending"]);
    assert!(
        check.shown().contains("pending: `[STAMP]_goes_in_stages` is not applied"),
        "{}",
        check.shown()
    );
}

#[test]
fn nothing_else_is_done_while_it_is_half_done() {
    let scene = half_done();
    scene.sandbox.migration_called(
        "20000102_000000_late",
        &crate::sandbox::sql_source("CREATE TABLE late (a)", "DROP TABLE late"),
    );
    // The late one would come first by its name.
    let taken = scene.sandbox.run(&["migrate", "--allow-out-of-order"]).succeeded();
    assert_snapshot!(taken.stdout, @"
    applied [STAMP]_goes_in_stages ([N] ms)
    applied [STAMP]_late ([N] ms)
    applied [STAMP]_goes_in_stages_after ([N] ms)
    applied 3 migrations: `app.db` has 4 applied, 0 pending
    ");
}

#[test]
fn one_that_declares_no_way_back_from_half_way_says_so() {
    let scene = Scene::with("goes_in_stages");
    let source = source(&scene);
    let text = scene.sandbox.read(&source);
    scene.sandbox.write(
        &source,
        &text.replace("REVERSIBLE_HALF_DONE: bool = true", "REVERSIBLE_HALF_DONE: bool = false"),
    );
    migrate(&scene, "second fails", &[]);
    assert_snapshot!(scene.unharmed_by(&["migrate", "--backward"]), @"
    exit 3
    --- stderr
    error: the batched migration `[STAMP]_goes_in_stages` is half done, and declares no way back from there
    hint: finish it, and revert it then: `runner migrate`. If its `migrate_backward` can begin half way, say so in `[STAMP]_goes_in_stages` before it begins: `const REVERSIBLE_HALF_DONE: bool = true`
    explain: runner explain half-done
    ");
    scene.succeeds(&[]);
}

#[test]
fn it_keeps_its_name_and_is_not_recorded_as_applied_meanwhile() {
    let scene = half_done();
    assert_snapshot!(scene.unharmed_by(&["rebase", "goes_in_stages"]), @"
    exit 3
    --- stderr
    error: `[STAMP]_goes_in_stages` was started in `[ROOT]/app.db` and is not finished
    hint: it keeps its timestamp until it is settled: `runner status` shows how
    explain: runner explain applied-migration
    ");
    assert_snapshot!(scene.unharmed_by(&["fake", "--reason", "it is there"]), @"
    exit 3
    --- stderr
    error: the batched migration `[STAMP]_goes_in_stages` is half done, so nothing is recorded as applied
    hint: finish it first: `runner migrate`; or, if its work is done: `runner repair --finished [STAMP]_goes_in_stages --reason TEXT`
    explain: runner explain half-done
    ");
    scene.succeeds(&[]);
}

#[test]
fn a_target_before_it_leaves_it_as_it_is_and_redo_takes_it_back_first() {
    let scene = half_done();
    let before = scene.sandbox.contents();
    scene.sandbox.run(&["migrate", "--to", "ground"]).succeeded();
    assert_eq!(scene.sandbox.contents(), before);
    let refused = scene.unharmed_by(&["migrate", "--single-transaction"]);
    assert!(refused.contains("runs in many transactions"), "{refused}");
    let redone = scene.sandbox.run(&["redo"]).succeeded();
    assert_snapshot!(redone.stdout, @"
    reverted [STAMP]_goes_in_stages ([N] ms)
    applied [STAMP]_goes_in_stages ([N] ms)
    redid 1 migration: `app.db` has 2 applied, 1 pending
    ");
    assert_eq!(rows(&scene.sandbox.database(), NAMES), "  Text(\"second\")\n  Text(\"third\")\n");
}

#[test]
fn a_bundle_from_before_it_is_refused_and_one_from_before_the_edit_goes_on() {
    let scene = Scene::with("goes_in_stages");
    let folder = source(&scene).parent().unwrap().parent().unwrap().to_path_buf();
    let (here, aside) = (scene.sandbox.path(&folder), scene.sandbox.path("aside"));
    scene.sandbox.run(&["bundle", "-o", "with"]).succeeded();
    std::fs::rename(&here, &aside).unwrap();
    scene.sandbox.run(&["bundle", "-o", "without"]).succeeded();
    std::fs::rename(&aside, &here).unwrap();
    migrate(&scene, "second fails", &[]);
    edit(&scene);
    let refused = scene.unharmed_by(&["migrate", "--bundle", "without"]);
    assert!(refused.contains("is half done, and this code does not have it"), "{refused}");
    scene.sandbox.run(&["migrate", "--bundle", "with"]).succeeded();
    assert_eq!(rows(&scene.sandbox.database(), NAMES), "  Text(\"second\")\n  Text(\"third\")\n");
}
