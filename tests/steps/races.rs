//! Several programs on one database at once: runners, writers, readers.

use std::process::{Child, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use crate::sandbox::{self, Outcome, Sandbox};
use crate::scene::{Scene, wait_until};
use insta::assert_snapshot;
use rusqlite::Connection;

/// How many runners start at once.
const RUNNERS: usize = 8;

const MIGRATIONS: [&str; 4] = ["ledger", "first", "second", "third"];

/// Four migrations, of which each leaves a row; on the way back each leaves another.
fn ledger(prefix: &str) -> Sandbox {
    let sandbox = Sandbox::project();
    for name in MIGRATIONS {
        let (make, drop) = match name {
            "ledger" => ("CREATE TABLE ledger (step);", "; DROP TABLE ledger"),
            _ => ("", ""),
        };
        sandbox.sql_migration(
            &format!("{prefix}_{name}"),
            &format!("{make} INSERT INTO ledger VALUES ('{name}')"),
            &format!(
                "CREATE TABLE IF NOT EXISTS reverted (step); \
                 INSERT INTO reverted VALUES ('{name}'){drop}"
            ),
        );
    }
    sandbox
}

/// Starts eight runners, and gives what they did.
fn all_at_once(sandbox: &Sandbox, arguments: &[&str]) -> Vec<Outcome> {
    let start = || {
        sandbox.command(arguments).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
    };
    let runners: Vec<Child> = (0..RUNNERS).map(|_| start()).collect();
    runners.into_iter().map(|child| sandbox.outcome(&child.wait_with_output().unwrap())).collect()
}

/// Panics unless every runner succeeded, and each step was told as done by exactly one.
#[track_caller]
fn each_step_was_done_once(outcomes: Vec<Outcome>, verb: &str) {
    let mut told = Vec::new();
    for outcome in outcomes {
        let outcome = outcome.succeeded();
        let done = outcome.stdout.lines().filter(|line| line.starts_with(&format!("{verb} [")));
        told.extend(done.map(str::to_owned));
    }
    assert_eq!(told.len(), MIGRATIONS.len(), "{told:#?}");
}

fn column(sandbox: &Sandbox, sql: &str) -> Vec<String> {
    let database = sandbox.database();
    let mut statement = database.prepare(sql).unwrap();
    statement.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect()
}

#[test]
fn eight_runners_on_a_new_database_apply_each_migration_once() {
    let sandbox = ledger("races_built");
    // Built now, the eight do not queue for cargo: they meet in the database.
    sandbox.run(&["migrate", "--dry-run"]).succeeded();
    assert!(!sandbox.path("app.db").exists());
    let outcomes = all_at_once(&sandbox, &["migrate", "--busy-timeout", "600"]);
    each_step_was_done_once(outcomes, "applied");
    assert_eq!(column(&sandbox, "SELECT step FROM ledger"), MIGRATIONS);
    assert_eq!(column(&sandbox, "SELECT id FROM _runner_migrations").len(), MIGRATIONS.len());
}

#[test]
fn eight_runners_that_build_first_apply_each_migration_once() {
    let sandbox = ledger("races_unbuilt");
    let outcomes = all_at_once(&sandbox, &["migrate", "--busy-timeout", "600"]);
    each_step_was_done_once(outcomes, "applied");
    assert_eq!(column(&sandbox, "SELECT step FROM ledger"), MIGRATIONS);
    assert_eq!(column(&sandbox, "SELECT id FROM _runner_migrations").len(), MIGRATIONS.len());
}

#[test]
fn eight_runners_going_back_revert_each_migration_once() {
    let sandbox = ledger("races_back");
    sandbox.run(&["migrate"]).succeeded();
    let arguments = ["migrate", "--backward", "--all", "--busy-timeout", "600"];
    each_step_was_done_once(all_at_once(&sandbox, &arguments), "reverted");
    let mut backward = MIGRATIONS;
    backward.reverse();
    assert_eq!(column(&sandbox, "SELECT step FROM reverted"), backward);
    assert!(column(&sandbox, "SELECT id FROM _runner_migrations").is_empty());
}

#[test]
fn a_writer_that_does_not_let_go_is_told_as_try_again() {
    let scene = Scene::with("uses_savepoint");
    let shown = scene.unharmed_while("BEGIN IMMEDIATE", &["migrate", "--busy-timeout", "0.2"]);
    assert_snapshot!(shown, @"
    exit 75
    --- stderr
    error: cannot use the database `[ROOT]/app.db`
      caused by: database is locked
    hint: another program is using the database; try again; `--busy-timeout SECONDS` waits longer
    ");
    scene.succeeds(&[]);
}

#[test]
fn a_program_that_lets_nobody_read_is_told_as_try_again() {
    let scene = Scene::with("uses_savepoint");
    let before = scene.sandbox.contents();
    let writer = scene.sandbox.database();
    writer.execute_batch("BEGIN EXCLUSIVE").unwrap();
    let migrate = scene.sandbox.run(&["migrate", "--busy-timeout", "0.2"]);
    let status = scene.sandbox.run(&["status", "--busy-timeout", "0.2"]);
    writer.execute_batch("ROLLBACK").unwrap();
    assert_snapshot!(migrate.shown(), @"
    exit 75
    --- stderr
    error: cannot use the database `[ROOT]/app.db`
      caused by: database is locked
    hint: another program is using the database; try again; `--busy-timeout SECONDS` waits longer
    ");
    assert_eq!(status.shown(), migrate.shown());
    assert_eq!(scene.sandbox.contents(), before);
}

#[test]
fn a_reader_that_does_not_let_go_stops_the_commit_and_nothing_stays() {
    let scene = Scene::with("uses_savepoint");
    let reading = "BEGIN; SELECT * FROM player";
    let shown = scene.unharmed_while(reading, &["migrate", "--busy-timeout", "0.2"]);
    assert_snapshot!(shown, @"
    exit 75
    --- stderr
    error: cannot commit `[STAMP]_uses_savepoint`
      caused by: database is locked
    hint: nothing of it is in the database; another program is using the database; try again; `--busy-timeout SECONDS` waits longer
    ");
    scene.succeeds(&[]);
}

#[test]
fn what_was_applied_before_somebody_took_the_lock_stays_applied() {
    let scene = Scene::with("uses_savepoint");
    scene.sandbox.plugin("waits_half_way");
    let runner = scene
        .sandbox
        .command(&["migrate", "--busy-timeout", "0.2"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    scene.wait_for("half");
    let reader = scene.sandbox.database();
    reader.execute_batch("BEGIN; SELECT * FROM player").unwrap();
    scene.sandbox.write("go", "");
    let output = runner.wait_with_output().unwrap();
    if cfg!(target_os = "linux") {
        let told = String::from_utf8_lossy(&output.stderr);
        let holder = format!("database is locked, held by process {}, `", std::process::id());
        assert!(told.contains(&holder), "{told}");
    }
    let outcome = scene.sandbox.outcome(&output);
    assert_snapshot!(outcome.shown(), @"
    exit 75
    --- stdout
    applied [STAMP]_uses_savepoint ([N] ms)
    applied [STAMP]_uses_savepoint_after ([N] ms)
    --- stderr
    error: cannot commit `[STAMP]_waits_half_way`
      caused by: database is locked
    hint: nothing of it is in the database; another program is using the database; try again; `--busy-timeout SECONDS` waits longer
    ");
    reader.execute_batch("COMMIT").unwrap();
    assert_eq!(scene.history().len(), 3);
}

#[test]
#[cfg(target_os = "linux")]
fn a_runner_that_holds_the_lock_is_named_with_its_step() {
    let scene = Scene::with("waits_half_way");
    let holder = scene.sandbox.command(&["migrate"]).stdout(Stdio::piped()).spawn().unwrap();
    scene.wait_for("half");
    let process = scene.sandbox.read("half");
    let output = scene.sandbox.command(&["migrate", "--busy-timeout", "0.2"]).output().unwrap();
    let told = String::from_utf8_lossy(&output.stderr);
    let line = format!(
        "caused by: database is locked, held by process {process}, a runner that applies `"
    );
    assert!(told.contains(&line) && told.contains("_waits_half_way` to `"), "{told}");
    assert_eq!(output.status.code(), Some(75));
    scene.sandbox.write("go", "");
    scene.sandbox.outcome(&holder.wait_with_output().unwrap()).succeeded();
}

#[test]
#[cfg(target_os = "linux")]
fn who_reads_is_named_where_the_whole_database_is_to_be_written() {
    let scene = Scene::with("uses_savepoint");
    scene.sandbox.run(&["backup", "-o", "old.db"]).succeeded();
    let reader = scene.sandbox.database();
    for mode in ["delete", "wal"] {
        reader.pragma_update_and_check(None, "journal_mode", mode, |_| Ok(())).unwrap();
        reader.execute_batch("BEGIN; SELECT * FROM player").unwrap();
        let output = scene
            .sandbox
            .command(&["restore", "old.db", "--yes", "--busy-timeout", "0.2"])
            .output()
            .unwrap();
        let told = String::from_utf8_lossy(&output.stderr);
        let line = format!("database is locked, held by process {}, `", std::process::id());
        assert!(told.contains(&line), "{mode}: {told}");
        assert_eq!(output.status.code(), Some(75));
        reader.execute_batch("COMMIT").unwrap();
    }
}

#[test]
fn a_writer_that_lets_go_in_time_is_waited_for() {
    let scene = Scene::with("uses_savepoint");
    let writer = scene.sandbox.database();
    writer.execute_batch("BEGIN IMMEDIATE; UPDATE player SET score = 100").unwrap();
    let patient = scene
        .sandbox
        .command(&["migrate", "--busy-timeout", "600"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // The patient one was there first, and waits when this one has given up.
    let impatient = scene.sandbox.run(&["migrate", "--busy-timeout", "0.2"]);
    assert_eq!(impatient.code, Some(75), "{impatient:?}");
    writer.execute_batch("COMMIT").unwrap();
    scene.sandbox.outcome(&patient.wait_with_output().unwrap()).succeeded();
    assert_eq!(scene.history().len(), 3);
    let scores = column(&scene.sandbox, "SELECT CAST(score AS TEXT) FROM player");
    assert_eq!(scores, ["101", "101", "101"]);
}

#[test]
#[cfg(unix)]
fn a_frozen_holder_of_the_lock_is_waited_for_and_a_killed_one_has_let_go() {
    use rustix::process::{Pid, Signal, kill_process};

    let scene = Scene::with("computes_for_ever");
    let mut command = scene.sandbox.command(&["migrate"]);
    let holder = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    scene.wait_for("half");
    let worker = Pid::from_raw(scene.sandbox.read("half").parse().unwrap()).unwrap();
    kill_process(worker, Signal::STOP).unwrap();
    let other = scene.sandbox.run(&["migrate", "--busy-timeout", "0.2"]);
    assert_eq!(other.code, Some(75), "{other:?}");
    kill_process(worker, Signal::KILL).unwrap();
    let outcome = scene.sandbox.outcome(&holder.wait_with_output().unwrap());
    assert_eq!(outcome.code, Some(1), "{outcome:?}");
    let database = scene.sandbox.database();
    database.busy_timeout(Duration::ZERO).unwrap();
    database.execute_batch("BEGIN IMMEDIATE; ROLLBACK").unwrap();
    assert_eq!(scene.history(), ["ground"]);
}

/// What a reader sees in one transaction: the columns, and the levels if there are any.
fn sight(reader: &Connection) -> String {
    reader.execute_batch("BEGIN").unwrap();
    let columns = "SELECT group_concat(name) FROM pragma_table_info('player')";
    let columns: String = reader.query_row(columns, [], |row| row.get(0)).unwrap();
    let levels: Option<String> = if columns.contains("level") {
        let levels = "SELECT group_concat(ifnull(level, 'none')) FROM player";
        reader.query_row(levels, [], |row| row.get(0)).unwrap()
    } else {
        None
    };
    reader.execute_batch("COMMIT").unwrap();
    format!("{columns}: {}", levels.unwrap_or_default())
}

#[test]
fn a_reader_sees_the_old_schema_or_the_new_one_and_nothing_between() {
    let scene = Scene::with("waits_half_way");
    let reader = scene.sandbox.database();
    reader.busy_timeout(sandbox::patience()).unwrap();
    let (reads, over) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicBool::new(false)));
    let (counted, ended) = (Arc::clone(&reads), Arc::clone(&over));
    let reading = thread::spawn(move || {
        let mut seen = Vec::new();
        loop {
            let last = ended.load(Ordering::Acquire);
            seen.push(sight(&reader));
            seen.dedup();
            counted.fetch_add(1, Ordering::AcqRel);
            if last {
                return seen;
            }
        }
    });
    let runner = scene.sandbox.command(&["migrate"]).stdout(Stdio::piped()).spawn().unwrap();
    scene.wait_for("half");
    // In the migration's transaction the new column is there now, and empty.
    let until_now = reads.load(Ordering::Acquire);
    wait_until(|| reads.load(Ordering::Acquire) > until_now + 100);
    scene.sandbox.write("go", "");
    scene.sandbox.outcome(&runner.wait_with_output().unwrap()).succeeded();
    over.store(true, Ordering::Release);
    assert_eq!(reading.join().unwrap(), ["id,name,score: ", "id,name,score,level: 3,5,2"]);
}

/// What is left of a database that was not made to its end.
fn leftovers(sandbox: &Sandbox) -> Vec<String> {
    let names = std::fs::read_dir(sandbox.root()).unwrap().map(|entry| entry.unwrap().file_name());
    let names = names.map(|name| name.into_string().unwrap());
    names.filter(|name| name.starts_with(".runner-new-")).collect()
}

#[test]
#[cfg(unix)]
fn one_runner_makes_a_new_database_and_the_others_wait_until_it_is_whole() {
    let sandbox = Sandbox::project();
    sandbox.sql_migration("new_first", "CREATE TABLE first (a)", "");
    sandbox.plugin("waits_on_a_new_database");
    let start = |arguments: &[&str]| {
        sandbox.command(arguments).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
    };
    let maker = start(&["migrate"]);
    wait_until(|| sandbox.path("marks").exists());
    assert!(!sandbox.path("app.db").exists());
    assert_eq!(leftovers(&sandbox).len(), 3, "the lock, the database and its journal");
    let impatient = sandbox.run(&["migrate", "--busy-timeout", "0.2"]);
    assert_snapshot!(impatient.shown(), @"
    exit 75
    --- stderr
    error: cannot use the database `[ROOT]/app.db`
      caused by: another process is making it
    hint: another program is using the database; try again; `--busy-timeout SECONDS` waits longer
    ");
    let patient = start(&["migrate", "--busy-timeout", "600"]);
    sandbox.write("go", "");
    let [maker, patient] =
        [maker, patient].map(|child| sandbox.outcome(&child.wait_with_output().unwrap()));
    assert_snapshot!(maker.succeeded().shown(), @"
    exit 0
    --- stdout
    applied [STAMP]_new_first ([N] ms)
    applied [STAMP]_waits_on_a_new_database ([N] ms)
    applied 2 migrations: `app.db` has 2 applied, 0 pending
    ");
    patient.succeeded();
    assert_eq!(sandbox.read("marks"), "|", "its code ran once");
    assert_eq!(leftovers(&sandbox), [""; 0]);
    assert_eq!(column(&sandbox, "SELECT id FROM _runner_migrations").len(), 2);
}
