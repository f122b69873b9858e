//! Migrations that say `TRANSACTIONAL: bool = false`, and several runners at once: each is done by one.
#![cfg(unix)]

use std::env;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

use crate::gate::Held;
use crate::sandbox::{Outcome, Sandbox, rows};
use crate::scene::Scene;
use insta::assert_snapshot;
use runner::{Bundle, Database, StartOptions};

const PLUGIN: &str = "commits_in_batches";
const WORK: &str = "SELECT name FROM farewell ORDER BY rowid";
const STARTED: &str = "SELECT count(*) FROM sqlite_schema WHERE name = '_runner_started'";

/// How many processes start at once.
const PROCESSES: usize = 8;

/// The work of one runner, done once.
fn once(word: &str) -> String {
    (0..4).map(|batch| format!("  Text(\"{word} {batch}\")\n")).collect()
}

/// Panics unless the migration was done `words` after each other, each by one runner.
#[track_caller]
fn done(sandbox: &Sandbox, words: &[&str]) {
    let expected: String = words.iter().map(|word| once(word)).collect();
    assert_eq!(rows(&sandbox.database(), WORK), expected);
    assert_eq!(rows(&sandbox.database(), STARTED), "  Integer(0)\n");
}

fn start(sandbox: &Sandbox, arguments: &[&str]) -> Child {
    let mut command = sandbox.command(arguments);
    command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
}

fn end(sandbox: &Sandbox, child: Child) -> Outcome {
    sandbox.outcome(&child.wait_with_output().unwrap())
}

/// Starts eight runners, and gives how many of them told `line`. Panics unless all succeeded.
#[track_caller]
fn all_at_once(sandbox: &Sandbox, arguments: &[&str], line: &str) -> usize {
    let arguments = [arguments, &["--busy-timeout", "600"]].concat();
    let children: Vec<_> = (0..PROCESSES).map(|_| start(sandbox, &arguments)).collect();
    let outcomes = children.into_iter().map(|child| end(sandbox, child).succeeded());
    outcomes.map(|outcome| outcome.stdout.matches(line).count()).sum()
}

#[test]
fn who_planned_before_another_began_waits_for_it_and_finds_it_done() {
    let scene = Scene::with(PLUGIN);
    let sandbox = &scene.sandbox;
    let patient = ["migrate", "--verbose", "--busy-timeout", "600"];
    let held = Held::before_its_first_step(sandbox, &patient);
    sandbox.write("wait", "");
    let other = start(sandbox, &["migrate"]);
    scene.wait_for("half");
    held.release();
    held.wait_to_hear("which was started and is unfinished");
    sandbox.write("go", "");
    end(sandbox, other).succeeded();
    let outcome = held.outcome().succeeded();
    let found = "already applied by another runner: [STAMP]_commits_in_batches\n";
    assert!(outcome.stdout.contains(found), "{outcome:?}");
    done(sandbox, &["forward"]);
}

#[test]
fn who_waits_in_vain_does_nothing_and_says_who_is_at_it() {
    let scene = Scene::with(PLUGIN);
    let sandbox = &scene.sandbox;
    let patience = ["migrate", "--busy-timeout", "0.2"];
    let held = Held::before_its_first_step(sandbox, &patience);
    sandbox.write("wait", "");
    let other = start(sandbox, &["migrate"]);
    scene.wait_for("half");
    let planned_before = held.outcome().shown();
    let planned_since = sandbox.run(&patience).shown();
    assert_eq!(rows(&sandbox.database(), WORK), "  Text(\"forward 0\")\n");
    sandbox.write("go", "");
    end(sandbox, other).succeeded();
    done(sandbox, &["forward"]);
    assert_snapshot!(planned_before, @"
    exit 3
    --- stderr
    error: `[STAMP]_commits_in_batches`, which runs without a transaction, was started at [TIME] and has not finished
    hint: wait, if another runner is at it; or if its work is done: `runner repair --finished [STAMP]_commits_in_batches --reason TEXT`; or if it is to run again: `runner repair --not-started [STAMP]_commits_in_batches --reason TEXT`
    explain: runner explain unfinished-migration
    ");
    assert_eq!(planned_since, planned_before);
}

#[test]
fn a_step_in_a_transaction_does_not_begin_while_another_is_unfinished() {
    let scene = Scene::with(PLUGIN);
    let sandbox = &scene.sandbox;
    // It is to revert the ground, from under the one that is applied meanwhile.
    let held =
        Held::before_its_first_step(sandbox, &["migrate", "--backward", "--busy-timeout", "0.2"]);
    sandbox.write("wait", "");
    let other = start(sandbox, &["migrate"]);
    scene.wait_for("half");
    let outcome = held.outcome();
    sandbox.write("go", "");
    end(sandbox, other).succeeded();
    assert_eq!(outcome.code, Some(3), "{outcome:?}");
    done(sandbox, &["forward"]);
    assert_eq!(scene.history().len(), 3);
}

#[test]
fn work_whose_record_was_repaired_away_meanwhile_is_not_recorded() {
    let scene = Scene::with(PLUGIN);
    let sandbox = &scene.sandbox;
    sandbox.write("wait", "");
    let runner = start(sandbox, &["migrate"]);
    scene.wait_for("half");
    let repair = ["repair", "--not-started", PLUGIN, "--reason", "it seemed to have died"];
    sandbox.run(&repair).succeeded();
    sandbox.write("go", "");
    assert_snapshot!(end(sandbox, runner).shown(), @"
    exit 3
    --- stderr
    error: the migration `[STAMP]_commits_in_batches` has run, but is no longer recorded as started: the history was repaired, or the database restored, while it ran
    hint: what it did stays, and this run recorded nothing of it: `runner status` shows what the history says of `[STAMP]_commits_in_batches`; see that the database agrees
    explain: runner explain not-started-any-more
    ");
    assert_eq!(scene.history().len(), 1);
}

#[test]
fn who_waited_for_one_that_died_takes_the_step_itself_after_a_backup() {
    let scene = Scene::with(PLUGIN);
    let sandbox = &scene.sandbox;
    sandbox.write("runner.toml", "database = \"app.db\"\nbackup = true\n");
    let patient = ["migrate", "--verbose", "--busy-timeout", "600"];
    let held = Held::before_its_first_step(sandbox, &patient);
    sandbox.write("wait", "");
    let mut other = start(sandbox, &["migrate", "--no-backup"]);
    scene.wait_for("half");
    held.release();
    held.wait_to_hear("which was started and is unfinished");
    other.kill().unwrap();
    other.wait().unwrap();
    std::fs::remove_file(sandbox.path("wait")).unwrap();
    let repair = ["repair", "--not-started", PLUGIN, "--reason", "it was killed"];
    sandbox.run(&repair).succeeded();
    held.outcome().succeeded();
    assert_eq!(
        rows(&sandbox.database(), WORK),
        format!("  Text(\"forward 0\")\n{}", once("forward"))
    );
    assert_eq!(sandbox.backups().len(), 1);
}

#[test]
fn eight_runners_do_it_once_there_and_once_back() {
    let scene = Scene::with(PLUGIN);
    let sandbox = &scene.sandbox;
    sandbox.run(&["migrate", "--dry-run"]).succeeded();
    let told = all_at_once(sandbox, &["migrate"], "applied [STAMP]_commits_in_batches (");
    done(sandbox, &["forward"]);
    let line = "reverted [STAMP]_commits_in_batches (";
    let back = ["migrate", "--backward", "--to", "ground"];
    assert_eq!((told, all_at_once(sandbox, &back, line)), (1, 1));
    done(sandbox, &["forward", "backward"]);
}

/// An application that starts: not a test by itself.
#[test]
#[ignore = "other tests start it"]
fn application() {
    let path = PathBuf::from(env::var_os("APPLICATION").unwrap());
    env::set_current_dir(&path).unwrap();
    let done = Bundle::open(&path.join("migrations.bundle")).unwrap().migrate(
        &Database::at(path.join("app.db")),
        &StartOptions::default(),
        &mut |_| {},
    );
    println!("done {}", done.unwrap().report.done.len());
}

fn start_application(sandbox: &Sandbox) -> Child {
    Command::new(env::current_exe().unwrap())
        .args(["--exact", "races_without_transaction::application", "--ignored", "--nocapture"])
        .env("APPLICATION", sandbox.root())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap()
}

#[test]
fn eight_workers_of_an_application_start_at_once_and_one_does_it() {
    let scene = Scene::with(PLUGIN);
    let sandbox = &scene.sandbox;
    sandbox.run(&["bundle", "-o", "migrations.bundle"]).succeeded();
    let ground = sandbox.files()[&PathBuf::from("app.db")].clone();
    for _ in 0..5 {
        std::fs::write(sandbox.path("app.db"), &ground).unwrap();
        let children: Vec<_> = (0..PROCESSES).map(|_| start_application(sandbox)).collect();
        let outcomes = children.into_iter().map(|child| end(sandbox, child).succeeded());
        let told: String = outcomes.map(|outcome| outcome.stdout).collect();
        let steps: usize = ["done 1\n", "done 2\n"]
            .iter()
            .zip(1..)
            .map(|(line, count)| told.matches(line).count() * count)
            .sum();
        assert_eq!(steps, 2, "{told}");
        done(sandbox, &["forward"]);
    }
}
