//! Migrations that end their process, or never end: nothing of them stays, and none of them looks
//! like success.

use std::fs::{self, File};
use std::path::Path;
use std::process::{Command, Stdio};

use crate::sandbox::{self, Sandbox};
use crate::scene::{Scene, wait_until};
use insta::assert_snapshot;

#[test]
fn a_migration_that_exits_with_0_is_no_success() {
    let scene = Scene::with("exits_successfully");
    assert_snapshot!(scene.unharmed_by(&["migrate"]), @"
    exit 1
    --- stderr
    error: the migration `[STAMP]_exits_successfully` ended its process without a report (exit status: 0)
    hint: SQLite rolled back what was not committed; `[STAMP]_exits_successfully` is not applied. `app.db` has 1 applied, 2 pending
    ");
}

#[test]
fn a_migration_that_aborts_is_told_and_leaves_nothing() {
    let scene = Scene::with("aborts");
    assert_snapshot!(scene.unharmed_by(&["migrate"]), @"
    exit 1
    --- stderr
    error: the migration `[STAMP]_aborts` ended its process without a report (signal: 6 (SIGABRT))
    hint: SQLite rolled back what was not committed; `[STAMP]_aborts` is not applied. `app.db` has 1 applied, 2 pending
    ");
}

#[test]
fn what_a_dead_migration_had_written_to_the_file_is_rolled_back() {
    let scene = Scene::with("aborts_half_written");
    assert_snapshot!(scene.unharmed_by(&["migrate"]), @"
    exit 1
    --- stderr
    error: the migration `[STAMP]_aborts_half_written` ended its process without a report (signal: 6 (SIGABRT))
    hint: SQLite rolled back what was not committed; `[STAMP]_aborts_half_written` is not applied. `app.db` has 1 applied, 2 pending
    ");
}

#[test]
fn what_a_dead_migration_had_written_to_the_wal_is_rolled_back() {
    let scene = Scene::with("aborts_half_written");
    let application = scene.sandbox.database();
    application.execute_batch("PRAGMA journal_mode = WAL").unwrap();
    let before = scene.sandbox.contents();
    assert_snapshot!(scene.sandbox.run(&["migrate"]).shown(), @"
    exit 1
    --- stderr
    error: the migration `[STAMP]_aborts_half_written` ended its process without a report (signal: 6 (SIGABRT))
    hint: SQLite rolled back what was not committed; `[STAMP]_aborts_half_written` is not applied. `app.db` has 1 applied, 2 pending
    ");
    assert_eq!(scene.sandbox.contents(), before);
    drop(application);
    assert_eq!(scene.sandbox.contents(), before);
}

#[test]
fn a_migration_that_writes_where_no_memory_is_takes_nothing_with_it() {
    let scene = Scene::with("segfaults");
    assert_snapshot!(scene.unharmed_by(&["migrate"]), @"
    exit 1
    --- stderr
    error: the migration `[STAMP]_segfaults` ended its process without a report (signal: 11 (SIGSEGV))
    hint: SQLite rolled back what was not committed; `[STAMP]_segfaults` is not applied. `app.db` has 1 applied, 2 pending
    ");
}

#[test]
fn a_query_that_never_ends_is_interrupted() {
    let scene = Scene::with("loops_in_sql");
    assert_snapshot!(scene.unharmed_by(&["migrate", "--timeout", "0.3"]), @"
    exit 1
    --- stderr
    error: the migration `[STAMP]_loops_in_sql` ran for longer than 0.3 s
    hint: it was interrupted and rolled back; `--timeout SECONDS` gives it longer. `app.db` has 1 applied, 2 pending
    ");
}

#[test]
fn a_migration_that_ignores_the_interruption_has_failed() {
    let scene = Scene::with("ignores_the_interruption");
    assert_snapshot!(scene.unharmed_by(&["migrate", "--timeout", "0.3"]), @"
    exit 1
    --- stderr
    error: the migration `[STAMP]_ignores_the_interruption` ran for longer than 0.3 s
    hint: it was interrupted and rolled back; `--timeout SECONDS` gives it longer. `app.db` has 1 applied, 2 pending
    ");
}

#[test]
fn code_that_never_ends_is_killed() {
    let scene = Scene::with("loops_in_rust");
    assert_snapshot!(scene.unharmed_by(&["migrate", "--timeout", "0.3"]), @"
    exit 1
    --- stderr
    error: the migration `[STAMP]_loops_in_rust` ran for longer than 0.3 s, did not stop when its SQL was interrupted, and was killed
    hint: SQLite rolled back what was not committed; `[STAMP]_loops_in_rust` is not applied. `app.db` has 1 applied, 2 pending
    ");
}

#[test]
fn code_that_asks_whether_to_stop_is_told_so_in_time() {
    let scene = Scene::with("stops_when_asked");
    assert_snapshot!(scene.unharmed_by(&["migrate", "--timeout", "0.3"]), @"
    exit 1
    --- stderr
    error: the migration `[STAMP]_stops_when_asked` ran for longer than 0.3 s
    hint: it was interrupted and rolled back; `--timeout SECONDS` gives it longer. `app.db` has 1 applied, 2 pending
    ");
}

#[test]
fn a_migration_that_dies_on_its_way_back_stays_applied() {
    let scene = Scene::applied("aborts_on_its_way_back");
    assert_snapshot!(scene.sandbox.run(&["migrate", "--backward"]).succeeded().shown(), @"
    exit 0
    --- stdout
    reverted [STAMP]_aborts_on_its_way_back_after ([N] ms)
    reverted 1 migration: `app.db` has 2 applied, 1 pending
    ");
    assert_snapshot!(scene.unharmed_by(&["migrate", "--backward"]), @"
    exit 1
    --- stderr
    error: the migration `[STAMP]_aborts_on_its_way_back` ended its process without a report (signal: 6 (SIGABRT))
    hint: SQLite rolled back what was not committed; `[STAMP]_aborts_on_its_way_back` is applied. `app.db` has 2 applied, 1 pending
    ");
}

#[test]
fn after_a_crash_the_repaired_migration_goes_through() {
    let scene = Scene::with("aborts_half_written");
    scene.unharmed_by(&["migrate"]);
    for folder in fs::read_dir(scene.sandbox.path("migrations")).unwrap() {
        let file = folder.unwrap().path().join("src/lib.rs");
        if let Ok(source) = fs::read_to_string(&file) {
            fs::write(file, source.replace("std::process::abort();", "Ok(())")).unwrap();
        }
    }
    scene.succeeds(&[]);
}

#[test]
fn a_thread_that_never_ends_does_not_keep_the_process() {
    let scene = Scene::with("spawns_thread");
    assert_snapshot!(scene.succeeds(&[]).shown(), @"
    exit 0
    --- stdout
    applied [STAMP]_spawns_thread ([N] ms)
    applied [STAMP]_spawns_thread_after ([N] ms)
    applied 2 migrations: `app.db` has 3 applied, 0 pending
    ");
    assert!(!lives(&scene.sandbox.read("pid")));
}

#[test]
fn a_process_that_a_migration_leaves_behind_is_not_waited_for() {
    let scene = Scene::with("leaves_a_process");
    // Into a file: reading a pipe would wait for everyone who may still write to it.
    let words = File::create(scene.sandbox.path("words")).unwrap();
    let mut runner = scene
        .sandbox
        .command(&["migrate"])
        .stdout(words.try_clone().unwrap())
        .stderr(words)
        .spawn()
        .unwrap();
    let mut status = None;
    wait_until(|| {
        status = runner.try_wait().unwrap();
        status.is_some()
    });
    assert!(status.unwrap().success(), "{}", scene.sandbox.read("words"));
    fs::write(scene.sandbox.path("ended"), "").unwrap();
}

#[test]
#[cfg(target_os = "linux")]
fn a_migration_dies_with_its_runner_and_leaves_nothing() {
    let scene = Scene::with("waits_half_way");
    let before = scene.sandbox.contents();
    let mut runner = scene
        .sandbox
        .command(&["migrate"])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    scene.wait_for("half");
    runner.kill().unwrap();
    runner.wait().unwrap();
    wait_until(|| !lives(&scene.sandbox.read("half")));
    assert_eq!(scene.sandbox.contents(), before);

    fs::write(scene.sandbox.path("go"), "").unwrap();
    scene.succeeds(&[]);
}

#[test]
#[cfg(target_os = "linux")]
fn what_was_applied_before_a_crash_outside_of_migrations_is_read_from_the_history() {
    for flags in [&["--busy-timeout", "600"][..], &["--busy-timeout", "600", "--json"]] {
        let sandbox = Sandbox::project();
        sandbox.sql_migration("between_ground", "CREATE TABLE t (a)", "");
        sandbox.run(&["migrate"]).succeeded();
        // As soon as the next one is in the history, another runner is at work, and is waited for.
        sandbox
            .database()
            .execute_batch(
                "CREATE TABLE _runner_started (id TEXT NOT NULL PRIMARY KEY, direction TEXT NOT NULL,
                   started_at TEXT NOT NULL) WITHOUT ROWID;
                 CREATE TRIGGER other AFTER INSERT ON _runner_migrations BEGIN
                   INSERT INTO _runner_started
                   VALUES ('20250101_000000_other', 'forward', '2025-01-01T00:00:00Z'); END;",
            )
            .unwrap();
        sandbox.sql_migration("between_first", "INSERT INTO t VALUES (1)", "");
        sandbox.sql_migration("between_second", "INSERT INTO t VALUES (2)", "");
        let mut command = sandbox.command(&[&["migrate"], flags].concat());
        let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let history = "SELECT 1 FROM _runner_migrations WHERE id LIKE '%between_first'";
        wait_until(|| !sandbox::rows(&sandbox.database(), history).is_empty());
        let worker = worker_of(child.id());
        let killed = Command::new("kill").args(["-KILL", &worker]).status().unwrap();
        assert!(killed.success());
        let outcome = sandbox.outcome(&child.wait_with_output().unwrap());
        assert_eq!(outcome.code, Some(1), "{}", outcome.shown());
        assert!(!outcome.stderr.contains("nothing was applied"), "{}", outcome.shown());
        let standing = "SQLite rolled back what was not committed";
        assert!(outcome.stderr.contains(standing), "{}", outcome.shown());
        assert!(
            outcome.stderr.contains("`app.db` has 2 applied, 1 pending"),
            "{}",
            outcome.shown()
        );
    }
}

/// The process that runs the migrations of the runner that is process `parent`.
fn worker_of(parent: u32) -> String {
    let children = format!("/proc/{parent}/task/{parent}/children");
    let mut found = None;
    wait_until(|| {
        let ids = fs::read_to_string(&children).unwrap_or_default();
        found = ids.split_whitespace().map(str::to_owned).find(|id| {
            fs::read_to_string(format!("/proc/{id}/cmdline"))
                .is_ok_and(|words| words.contains("apply-job"))
        });
        found.is_some()
    });
    found.unwrap()
}

#[test]
fn a_crash_in_the_first_migration_of_a_new_database_leaves_none() {
    let sandbox = Sandbox::project();
    sandbox.migration(
        "crashes_on_nothing",
        "use migration_api::prelude::*;\n\
         #[derive(Default)]\npub struct Aborts;\n\
         impl Migration for Aborts {\n\
         fn migrate_forward(&self, migrator: &mut Migrator) -> Result {\n\
         migrator.execute_batch(\"CREATE TABLE trace (a)\")?;\nstd::process::abort() }\n}\n\
         export_migration!(Aborts);\n",
    );
    assert_snapshot!(sandbox.run(&["migrate"]).shown(), @"
    exit 1
    --- stderr
    error: the migration `[STAMP]_crashes_on_nothing` ended its process without a report (signal: 6 (SIGABRT))
    hint: SQLite rolled back what was not committed; `[STAMP]_crashes_on_nothing` is not applied. `app.db` has 0 applied, 1 pending
    ");
    assert!(sandbox.files().keys().all(|name| !name.to_string_lossy().contains("app.db")));
    assert_snapshot!(sandbox.run(&["status"]).shown(), @"
    exit 0
    --- stdout
    [ ] [STAMP]_crashes_on_nothing
    0 applied, 1 pending
    the database `app.db` is not there yet; `runner migrate` makes it
    ");
}

#[test]
fn a_dry_run_that_crashes_leaves_no_copy_of_the_database_behind() {
    let scene = Scene::with("aborts");
    fs::create_dir(scene.sandbox.path("tmp")).unwrap();
    let mut dry_run = scene.sandbox.command(&["migrate", "--dry-run"]);
    let outcome = dry_run.env("TMPDIR", scene.sandbox.path("tmp")).output().unwrap();
    assert_snapshot!(scene.sandbox.outcome(&outcome).shown(), @"
    exit 1
    --- stdout
    would apply [STAMP]_aborts
    --- stderr
    error: the migration `[STAMP]_aborts` ended its process without a report (signal: 6 (SIGABRT))
    hint: `app.db` is unchanged
    ");
    assert_eq!(fs::read_dir(scene.sandbox.path("tmp")).unwrap().count(), 0);
}

/// Whether the process exists. One that is dead and that nobody has waited for does.
fn lives(process: &str) -> bool {
    let stat = fs::read_to_string(Path::new("/proc").join(process).join("stat"));
    if Path::new("/proc/self/stat").exists() {
        return stat.is_ok_and(|stat| !stat.contains(") Z"));
    }
    Command::new("kill").args(["-0", process]).stderr(Stdio::null()).status().unwrap().success()
}

/// What a run on a database that is not there says, where `GROUND` is applied first; and the names of the
/// files that it leaves.
fn on_a_new_database(second: impl FnOnce(&Sandbox)) -> (Sandbox, String, Vec<String>) {
    let sandbox = Sandbox::project();
    sandbox.sql_migration("new_ground", crate::scene::GROUND, "");
    second(&sandbox);
    sandbox.sql_migration("new_after", "CREATE TABLE after (a)", "");
    let shown = sandbox.run(&["migrate"]).shown();
    let names = sandbox.files().into_keys().map(|name| name.to_string_lossy().into_owned());
    let names = names.filter(|name| name.contains("app.db")).collect();
    (sandbox, shown, names)
}

#[test]
fn on_a_new_database_a_migration_that_aborts_leaves_the_steps_before_it() {
    let (sandbox, shown, names) = on_a_new_database(|sandbox| drop(sandbox.plugin("aborts")));
    assert_snapshot!(shown, @"
    exit 1
    --- stdout
    applied [STAMP]_new_ground ([N] ms)
    --- stderr
    error: the migration `[STAMP]_aborts` ended its process without a report (signal: 6 (SIGABRT))
    hint: SQLite rolled back what was not committed; `[STAMP]_aborts` is not applied. `app.db` has 1 applied, 2 pending
    ");
    assert_eq!(names, ["app.db"]);
    let history = "SELECT substr(id, 17) FROM _runner_migrations";
    assert_eq!(sandbox::rows(&sandbox.database(), history), "  Text(\"new_ground\")\n");
}

#[test]
fn on_a_new_database_a_migration_that_fails_leaves_the_steps_before_it() {
    let (sandbox, shown, names) = on_a_new_database(|sandbox| {
        sandbox.sql_migration("new_fails", "DELETE FROM item; DELETE FROM nothing", "");
    });
    assert_snapshot!(shown, @r#"
    exit 1
    --- stdout
    applied [STAMP]_new_ground ([N] ms)
    --- stderr
    error: the migration `[STAMP]_new_fails` failed
      caused by: src/lib.rs:5: near "nothing": syntax error
        DELETE FROM nothing
    hint: everything that it did was rolled back. There was no database `app.db`, so the migrations began with an empty one: if it was removed, `runner restore FILE` brings it back; if it is another, name it with `--database FILE`
    "#);
    assert_eq!(names, ["app.db"]);
    assert_eq!(sandbox::rows(&sandbox.database(), "SELECT count(*) FROM item"), "  Integer(3)\n");
}

#[test]
fn of_a_new_database_whose_first_migration_fails_nothing_is_left() {
    let sandbox = Sandbox::project();
    sandbox.sql_migration("new_wrong", "CREATE TABLE t (a); DELETE FROM nothing", "");
    assert_eq!(sandbox.run(&["migrate"]).code, Some(1));
    assert!(sandbox.files().keys().all(|name| !name.to_string_lossy().contains("app.db")));
}
