//! Several runners at one batched migration: never two at once, and whoever was replaced changes nothing.
#![cfg(unix)]

use std::fs::{self, File};
use std::path::PathBuf;
use std::process::{Child, Stdio};

use insta::assert_snapshot;
use rustix::process::{Pid, Signal, kill_process};

use crate::gate::Held;
use crate::sandbox::{Outcome, Sandbox, rows, sql_source};
use crate::scene::{Scene, wait_until};

const NAMES: &str = "SELECT name FROM stage";
const ONCE: &str = "  Text(\"second\")\n  Text(\"third\")\n";
const LOCK: &str = ".runner-batches-app.db.lock";

/// A runner that is between two stages, and waits there for `go`.
fn between_stages(scene: &Scene) -> Child {
    let mut command = scene.sandbox.command(&["migrate"]);
    command.env("STAGE", "between waits").stdout(Stdio::piped()).stderr(Stdio::piped());
    let child = command.spawn().unwrap();
    scene.wait_for("half");
    child
}

/// A second runner, which has found the first, and waits.
fn waiting(scene: &Scene) -> Child {
    let said = scene.sandbox.path("said");
    let mut command = scene.sandbox.command(&["migrate", "--verbose", "--busy-timeout", "600"]);
    command.stdout(Stdio::piped()).stderr(File::create(&said).unwrap());
    let child = command.spawn().unwrap();
    wait_until(|| {
        fs::read_to_string(&said).unwrap().contains("which was started and is unfinished")
    });
    child
}

/// The process in which the migration runs.
fn worker(scene: &Scene) -> Pid {
    Pid::from_raw(scene.sandbox.read("half").parse().unwrap()).unwrap()
}

fn end(sandbox: &Sandbox, child: Child) -> Outcome {
    sandbox.outcome(&child.wait_with_output().unwrap())
}

#[test]
fn a_second_runner_ends_with_75_while_the_first_is_at_it() {
    let scene = Scene::with("goes_in_stages");
    let first = between_stages(&scene);
    let second = scene.sandbox.run(&["migrate", "--busy-timeout", "0"]);
    assert_snapshot!(second.shown(), @"
    exit 75
    --- stderr
    error: another runner is at the batched migration `[STAMP]_goes_in_stages`
    hint: wait until it has finished; `runner status` shows how far it is
    ");
    assert_eq!(rows(&scene.sandbox.database(), NAMES), "  Text(\"second\")\n");
    scene.sandbox.write("go", "");
    end(&scene.sandbox, first).succeeded();
    assert_eq!(rows(&scene.sandbox.database(), NAMES), ONCE);
}

#[test]
fn a_second_runner_waits_and_finds_it_done() {
    let scene = Scene::with("goes_in_stages");
    let first = between_stages(&scene);
    let second = waiting(&scene);
    scene.sandbox.write("go", "");
    end(&scene.sandbox, first).succeeded();
    end(&scene.sandbox, second).succeeded();
    assert_eq!(rows(&scene.sandbox.database(), NAMES), ONCE);
    assert_eq!(scene.history(), ["ground", "goes_in_stages", "goes_in_stages_after"]);
}

#[test]
fn who_planned_before_it_began_plans_anew_and_waits() {
    let scene = Scene::with("goes_in_stages");
    let sandbox = &scene.sandbox;
    let early = sql_source("CREATE TABLE early (a)", "DROP TABLE early");
    sandbox.migration_called("20000102_000000_early", &early);
    let patient = ["migrate", "--verbose", "--busy-timeout", "600"];
    let held = Held::before_its_first_step(sandbox, &patient);
    let first = between_stages(&scene);
    held.release();
    held.wait_to_hear("which was started and is unfinished");
    sandbox.write("go", "");
    end(sandbox, first).succeeded();
    let outcome = held.outcome().succeeded();
    let anew = "goes_in_stages` was begun by somebody else, and is half done";
    assert!(outcome.stdout.contains(anew), "{}", outcome.shown());
    assert_eq!(rows(&sandbox.database(), NAMES), ONCE);
}

#[test]
fn after_a_kill_the_next_runner_goes_on_without_asking() {
    let scene = Scene::with("goes_in_stages");
    let first = between_stages(&scene);
    kill_process(worker(&scene), Signal::KILL).unwrap();
    assert_snapshot!(end(&scene.sandbox, first).shown(), @"
    exit 1
    --- stderr
    error: the migration `[STAMP]_goes_in_stages` ended its process without a report (signal: 9 (SIGKILL))
    hint: what `[STAMP]_goes_in_stages` committed before that stays, and the next run goes on there: `runner migrate`. `app.db` has 1 applied, 2 pending
    ");
    scene.succeeds(&[]);
    assert_eq!(rows(&scene.sandbox.database(), NAMES), ONCE);
}

#[test]
fn a_runner_that_waits_goes_on_once_the_one_before_it_is_killed() {
    let scene = Scene::with("goes_in_stages");
    let first = between_stages(&scene);
    let second = waiting(&scene);
    kill_process(worker(&scene), Signal::KILL).unwrap();
    end(&scene.sandbox, first);
    end(&scene.sandbox, second).succeeded();
    assert_eq!(rows(&scene.sandbox.database(), NAMES), ONCE);
}

#[test]
fn one_that_was_only_suspended_finds_that_it_was_replaced_and_changes_nothing() {
    let scene = Scene::with("goes_in_stages");
    let first = between_stages(&scene);
    let worker = worker(&scene);
    kill_process(worker, Signal::STOP).unwrap();
    // As where the lock of a process on another machine is not seen.
    fs::remove_file(scene.sandbox.path(LOCK)).unwrap();
    scene.succeeds(&[]);
    let before = scene.sandbox.contents();
    scene.sandbox.write("go", "");
    kill_process(worker, Signal::CONT).unwrap();
    assert_snapshot!(end(&scene.sandbox, first).shown(), @"
    exit 75
    --- stderr
    error: the batched migration `[STAMP]_goes_in_stages` was taken over by another runner, or settled by a repair, meanwhile
    hint: wait until it has finished; `runner status` shows how far it is
    ");
    assert_eq!(scene.sandbox.contents(), before);
}

#[test]
fn one_that_was_suspended_while_a_person_decided_changes_nothing() {
    for repair in ["--finished", "--not-started"] {
        let scene = Scene::with("goes_in_stages");
        let first = between_stages(&scene);
        scene.sandbox.run(&["repair", repair, "goes_in_stages", "--reason", "enough"]).succeeded();
        let before = scene.sandbox.contents();
        scene.sandbox.write("go", "");
        let outcome = end(&scene.sandbox, first);
        assert_eq!(outcome.code, Some(75), "{}", outcome.shown());
        assert_eq!(scene.sandbox.contents(), before);
    }
}

#[test]
fn one_that_runs_while_its_edit_is_accepted_changes_nothing_more_and_the_edited_one_goes_on() {
    let scene = Scene::with("goes_in_stages");
    let sandbox = &scene.sandbox;
    let first = between_stages(&scene);
    let is_it = |file: &PathBuf| file.to_string_lossy().ends_with("goes_in_stages/src/lib.rs");
    let source = sandbox.files().into_keys().find(is_it).unwrap();
    let edited = sandbox.read(&source).replace("'third'", "'another'");
    sandbox.write(&source, &edited);
    sandbox
        .run(&["repair", "--accept", "goes_in_stages", "--reason", "row 7 was unforeseen"])
        .succeeded();
    sandbox.write("go", "");
    let outcome = end(sandbox, first);
    assert_eq!(outcome.code, Some(75), "{}", outcome.shown());
    scene.succeeds(&[]);
    let names = "  Text(\"second\")\n  Text(\"another\")\n";
    assert_eq!(rows(&sandbox.database(), NAMES), names);
}
