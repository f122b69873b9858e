//! Every state that a database of a fleet can be in, beside others that are migrated all the same.

use std::fs;
use std::os::unix::fs::symlink;

use insta::assert_snapshot;

use super::scene::{Fleet, built};
use crate::sandbox::as_many;

fn names(count: usize) -> Vec<String> {
    (0..count).map(|number| format!("{number:04}")).collect()
}

#[test]
fn every_state_has_its_name_and_the_other_databases_are_migrated() {
    let count = as_many(1984, 30);
    let fleet = Fleet::of(count);
    // In the middle of the others, so that some come after each.
    fs::write(fleet.path("0010-garbage"), "not a database. ".repeat(600)).unwrap();
    let mut torn = fs::read(fleet.path("0000")).unwrap();
    torn[4096..8192].fill(0xab);
    fs::write(fleet.path("0011-corrupt"), torn).unwrap();
    fleet.add("0012-drifted");
    fleet.open("0012-drifted").execute_batch("CREATE TABLE by_hand (a)").unwrap();
    fleet.add("0013-locked");
    let holder = fleet.open("0013-locked");
    holder.execute_batch("BEGIN EXCLUSIVE").unwrap();
    fs::write(fleet.path("0014-empty"), "").unwrap();
    fs::create_dir(fleet.path("0015-folder")).unwrap();
    fleet.add("0016-hard");
    fs::hard_link(fleet.path("0016-hard"), fleet.sandbox.path("elsewhere")).unwrap();
    symlink(fleet.path("0001"), fleet.path("0017-linked")).unwrap();
    for wish in ["abort", "exit", "panic", "fail", "loop", "abort once"] {
        fleet.add_wish(&format!("0018-{}", wish.replace(' ', "-")), wish);
    }
    fleet.add("0019-gone");
    fleet.add("0020-newer");
    fleet.migrate_further("0020-newer", "fleet_usable");
    fleet.plan(&[]);
    fs::remove_file(fleet.path("0019-gone")).unwrap();

    let words = ["migrate", "--plan", "fleet.plan", "--report", "report", "--jobs", "3"];
    let more = ["--max-failures", "99", "--timeout", "2", "--busy-timeout", "0.1"];
    let outcome = fleet.run(&[&words[..], &more].concat());
    drop(holder);
    let states = fleet.states("report");
    let others = names(count);
    for name in &others {
        assert_eq!(states[name], "applied", "{name}");
    }
    fleet.all_are_at_the_target(others.iter().map(String::as_str));
    let told: Vec<String> = states
        .iter()
        .filter(|(name, _)| name.contains('-'))
        .map(|(name, state)| format!("{name}: {state}"))
        .collect();
    assert_snapshot!(told.join("\n"), @"
    0010-garbage: damaged
    0011-corrupt: damaged
    0012-drifted: refused
    0013-locked: busy
    0014-empty: empty
    0015-folder: refused
    0016-hard: refused
    0017-linked: refused
    0018-abort: crashed
    0018-abort-once: applied
    0018-exit: crashed
    0018-fail: failed
    0018-loop: failed
    0018-panic: failed
    0019-gone: missing
    0020-newer: newer
    ");
    assert_eq!(outcome.code, Some(4), "{}", outcome.shown());
    fleet.all_are_at_the_target(["0018-abort-once"]);
    for wish in ["abort", "exit", "panic", "fail", "loop"] {
        let name = format!("0018-{wish}");
        assert_eq!((fleet.applied(&name).len(), fleet.runs(&name)), (1, 0), "{wish}");
    }
    let told = outcome.stdout.replace(&format!("{} databases", count + 16), "[ALL] databases");
    let told = told.replace(&format!("{} a", count + 1), "[THE OTHERS] a");
    assert_snapshot!(told, @"
    [ALL] databases: [THE OTHERS] applied, 1 newer, 1 busy, 1 missing, 1 empty, 4 refused, 3 failed, 2 crashed, 2 damaged
      1 at [STAMP]_fleet_usable
      [THE OTHERS] at [STAMP]_fleet_two
      7 at [STAMP]_fleet_one
      1 busy, database-busy: cannot use the database `[ROOT]/data/0013-locked.db`: database is locked
        data/0013-locked.db
        hint: another program is using the database; try again; `--busy-timeout SECONDS` waits longer
      1 refused, schema-changed: the schema was changed by something else than the runner:   + CREATE TABLE by_hand (a)
        data/0012-drifted.db
        hint: undo the change
          or keep it as a migration: `runner create NAME --from-database --database data/0012-drifted.db`, then `runner repair --accept-schema --reason TEXT --database data/0012-drifted.db --bundle app.bundle`, then `runner fake --database data/0012-drifted.db --bundle app.bundle`
          or accept the schema as it is, without a migration: `runner repair --accept-schema --reason TEXT --database data/0012-drifted.db --bundle app.bundle`
      1 refused, unusable-file: cannot use the database `[ROOT]/data/0015-folder.db`: it is a folder
        data/0015-folder.db
        hint: name a file
      1 refused, hard-links: cannot use the database `[ROOT]/data/0016-hard.db`: the file has 2 names (hard links), and SQLite's journal has that of one of them
        data/0016-hard.db
        hint: a program that opens it by another name would not find the journal of one that died; leave it one name. A symbolic link does no harm
      1 refused, same-file: `[ROOT]/data/0017-linked.db` is the same file as `[ROOT]/data/0001.db`
        data/0017-linked.db
        hint: it was left alone; give the plan one of its names
      1 failed, migration-failed in `[STAMP]_fleet_two`: the migration `[STAMP]_fleet_two` failed: no such table: nowhere INSERT INTO nowhere VALUES (1) at [STAMP]_fleet_two/src/lib.rs:47:38, line 1 of its SQL
        data/0018-fail.db
        hint: everything that it did was rolled back
      1 failed, migration-panicked in `[STAMP]_fleet_two`: the migration `[STAMP]_fleet_two` panicked: as wished at [STAMP]_fleet_two/src/lib.rs:46:30
        data/0018-panic.db
        hint: everything that it did was rolled back
      1 failed, timed-out in `[STAMP]_fleet_two`: the migration `[STAMP]_fleet_two` ran for longer than 2 s, did not stop when its SQL was interrupted, and was killed
        data/0018-loop.db
        hint: SQLite rolled back what was not committed; `[STAMP]_fleet_two` is not applied
      2 crashed, migration-crashed in `[STAMP]_fleet_two`: the migration `[STAMP]_fleet_two` ended its process without a report (signal: 6 (SIGABRT)) (one of 2 messages)
        data/0018-abort.db
        data/0018-exit.db
        hint: SQLite rolled back what was not committed; `[STAMP]_fleet_two` is not applied
      1 damaged, migration-failed in `[STAMP]_fleet_two`: the migration `[STAMP]_fleet_two` failed: database disk image is malformed at [STAMP]_fleet_two/src/lib.rs:27:20
        data/0011-corrupt.db
        hint: everything that it did was rolled back; restore a backup with `runner restore FILE --database data/0011-corrupt.db --bundle app.bundle`, or try `.recover` in SQLite's own shell
      1 damaged, not-a-database: cannot use the database `[ROOT]/data/0010-garbage.db`: file is not a database
        data/0010-garbage.db
        hint: it was left untouched; is it encrypted, or another file?
    ");
    let told = outcome.stderr.replace(&format!("{} databases", count + 16), "[ALL] databases");
    assert_snapshot!(told, @"
    error: 14 of [ALL] databases not at the target
    hint: what failed or was refused needs somebody first: each has its own hint; `runner fleet migrate --plan fleet.plan --create --bundle app.bundle` makes what is missing or empty, and `--allow missing,empty` leaves it; then run it again: what is done is passed over
    ");
}

#[test]
fn the_exit_code_says_whether_another_run_helps() {
    let fleet = Fleet::of(2);
    let migrate = |more: &[&str]| {
        let all = ["migrate", "--databases", "data/*.db", "--busy-timeout", "0"];
        fleet.run(&[&all, more].concat())
    };
    let holder = fleet.open("0001");
    holder.execute_batch("BEGIN EXCLUSIVE").unwrap();
    assert_eq!(migrate(&[]).code, Some(75));
    drop(holder);
    assert_eq!(migrate(&[]).code, Some(0));
    fleet.all_are_at_the_target(["0000", "0001"]);
    fs::write(fleet.path("empty"), "").unwrap();
    assert_eq!(migrate(&[]).code, Some(1));
    assert_eq!(migrate(&["--allow", "empty"]).code, Some(0));
    fleet.open("0001").execute_batch("CREATE TABLE by_hand (a)").unwrap();
    assert_eq!(migrate(&["--allow", "empty"]).code, Some(3));
    fleet.add_wish("wish", "fail");
    assert_eq!(migrate(&["--allow", "empty"]).code, Some(1));
    fs::write(fleet.path("garbage"), "not a database. ".repeat(600)).unwrap();
    assert_eq!(migrate(&["--allow", "empty"]).code, Some(4));
}

#[test]
fn a_failing_canary_keeps_the_others_as_they_are() {
    let fleet = Fleet::of(3);
    fleet.add_wish("canary", "fail");
    fleet.sandbox.write("canaries", &format!("{}\n", fleet.path("canary").display()));
    fleet.plan(&["--canary-list", "canaries"]);
    let words = ["migrate", "--plan", "fleet.plan", "--report", "report"];
    let outcome = fleet.run(&words);
    assert_eq!(outcome.code, Some(1), "{}", outcome.shown());
    let states: Vec<_> = fleet.states("report").into_values().collect();
    assert_eq!(states, ["skipped", "skipped", "skipped", "failed"]);
    assert_eq!(fleet.applied("0000"), [built().first.clone()]);

    let gate = |more: &str| fleet.run(&["migrate", "--plan", "fleet.plan", more]).code;
    assert_eq!(gate("--canary-only"), Some(1));
    fleet.open("canary").execute_batch("DELETE FROM wish").unwrap();
    assert_eq!(gate("--canary-only"), Some(0));
    assert_eq!(fleet.applied("0000"), [built().first.clone()]);
    assert_eq!(fleet.run(&words).code, Some(0));
    fleet.all_are_at_the_target(["0000", "0001", "0002", "canary"]);
}

#[test]
fn an_error_as_long_as_a_book_is_cut_and_one_of_several_says_so() {
    let fleet = Fleet::of(0);
    fleet.add_wish("0", &format!("fail with {}", "x".repeat(5_000_000)));
    fleet.add_wish("1", "fail with this");
    fleet.add_wish("2", "fail with this");
    let words = ["migrate", "--databases", "data/*.db", "--report", "report"];
    let outcome = fleet.run(&words);
    assert_snapshot!(outcome.shown().replace(&"x".repeat(400), "[400 x]"), @"
    exit 1
    --- stdout
    3 databases: 3 failed
      3 at [STAMP]_fleet_one
      3 failed, migration-failed in `[STAMP]_fleet_two`: the migration `[STAMP]_fleet_two` failed: fail with [400 x]xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx... (cut off here) (one of 2 messages)
        data/0.db
        data/1.db
        data/2.db
        hint: everything that it did was rolled back
    --- stderr
    error: 3 of 3 databases not at the target
    hint: what failed or was refused needs somebody first: each has its own hint; then run it again: what is done is passed over
    ");
    let kept = fleet.sandbox.read("report");
    assert!(kept.len() < 40_000, "{}", kept.len());
    assert!(kept.contains("... (cut off here, of 50"), "{kept}");
}

#[test]
fn after_so_many_failures_no_other_database_is_begun() {
    let fleet = Fleet::of(0);
    for number in 0..20 {
        fleet.add_wish(&format!("{number:04}"), "fail");
    }
    let words = ["migrate", "--databases", "data/*.db", "--report", "report", "--jobs", "1"];
    let outcome = fleet.run(&[&words[..], &["--max-failures", "3"]].concat());
    assert_eq!(outcome.code, Some(1), "{}", outcome.shown());
    let states: Vec<_> = fleet.states("report").into_values().collect();
    let count = |state| states.iter().filter(|it| *it == state).count();
    assert_eq!((count("failed"), count("skipped")), (3, 17));
}

#[test]
fn what_a_migration_keeps_lives_on_in_a_process_unless_each_database_has_its_own() {
    let before = |count: usize, more: &[&str]| -> Vec<i64> {
        let fleet = Fleet::of(count);
        let all = ["migrate", "--databases", "data/*.db", "--jobs", "1"];
        fleet.run(&[&all, more].concat()).succeeded();
        let seen = |name: &String| {
            let query = "SELECT before FROM seen";
            fleet.open(name).query_row(query, [], |row| row.get(0)).unwrap()
        };
        names(count).iter().map(seen).collect()
    };
    // After a thousand databases a process is followed by another.
    let count: i64 = as_many(2100, 4);
    let seen: Vec<i64> = (0..count).map(|number| number % 1000).collect();
    assert_eq!(before(seen.len(), &[]), seen);
    assert_eq!(before(4, &["--isolate"]), [0, 0, 0, 0]);
}

#[cfg(unix)]
#[test]
fn a_run_ends_after_all_its_processes() {
    use rustix::process::{Pid, test_kill_process};
    for more in [[].as_slice(), &["--isolate"]] {
        let fleet = Fleet::of(6);
        let all = ["migrate", "--databases", "data/*.db", "--jobs", "2"];
        fleet.run(&[&all, more].concat()).succeeded();
        for name in names(6) {
            let query = "SELECT process FROM seen";
            let process = fleet.open(&name).query_row(query, [], |row| row.get(0)).unwrap();
            let is_there = test_kill_process(Pid::from_raw(process).unwrap()).is_ok();
            assert!(!is_there, "{process} of {name} {more:?}");
        }
    }
}

#[test]
fn folder_environment_and_signal_handlers_are_put_back_between_databases() {
    let fleet = Fleet::of(4);
    let wish = |name, wish: &str| {
        fleet.open(name).execute("INSERT INTO wish VALUES (?1)", [wish]).unwrap();
    };
    wish("0000", "spoil");
    wish("0001", "spoil and fail");
    let words = ["migrate", "--databases", "data/*.db", "--jobs", "1"];
    assert_eq!(fleet.run(&words).code, Some(1));
    let found = |name: &str| -> (i64, String, Option<String>, i64) {
        let query = "SELECT before, folder, variable, handler FROM seen";
        let row = |row: &rusqlite::Row<'_>| row.try_into();
        fleet.open(name).query_row(query, [], row).unwrap()
    };
    let here = fleet.sandbox.root().display().to_string();
    for (before, name) in [(0, "0000"), (2, "0002"), (3, "0003")] {
        assert_eq!(found(name), (before, here.clone(), None, 0), "{name}");
    }
}

#[test]
fn each_database_is_backed_up_into_a_folder_of_its_own() {
    let fleet = Fleet::of(2);
    fs::create_dir(fleet.sandbox.path("data/other")).unwrap();
    fs::copy(fleet.path("0000"), fleet.sandbox.path("data/other/0000.db")).unwrap();
    fleet.sandbox.write("runner.toml", "database = \"app.db\"\nbackup = true\n");
    fleet.run(&["migrate", "--databases", "data/**/*.db"]).succeeded();
    let folders = fleet.sandbox.backups();
    assert_eq!(folders.len(), 3, "{folders:?}");
    for folder in folders {
        let files = fs::read_dir(fleet.sandbox.path("backups").join(folder)).unwrap();
        let files = files.map(|entry| entry.unwrap().path());
        let backups: Vec<_> = files.filter(|path| path.extension().is_some()).collect();
        assert_eq!(backups.len(), 1, "{backups:?}");
        let connection = rusqlite::Connection::open(&backups[0]).unwrap();
        let query = "SELECT count(*) FROM _runner_migrations";
        let applied: i64 = connection.query_row(query, [], |row| row.get(0)).unwrap();
        assert_eq!(applied, 1);
    }
}

#[test]
fn a_process_that_ends_while_it_makes_a_database_leaves_nothing_of_it() {
    let fleet = Fleet::of(0);
    fleet.sandbox.write("list", "data/new.db\n");
    fleet.run(&["plan", "--list", "list", "-o", "fleet.plan"]).succeeded();
    let words = ["migrate", "--plan", "fleet.plan", "--create"];
    for wish in ["abort", "exit", "loop"] {
        let mut command = fleet.command(&[&words[..], &["--timeout", "1"]].concat());
        let outcome = fleet.sandbox.outcome(&command.env("FLEET_WISH", wish).output().unwrap());
        assert_eq!(outcome.code, Some(1), "{wish} {}", outcome.shown());
        fleet.nothing_is_left_beside();
    }
    fleet.run(&words).succeeded();
    fleet.all_are_at_the_target(["new"]);
}

#[test]
fn a_database_that_is_reached_by_two_names_is_backed_up_into_one_folder() {
    let fleet = Fleet::of(1);
    symlink(fleet.path("0000"), fleet.path("linked")).unwrap();
    fleet.sandbox.write("runner.toml", "database = \"app.db\"\nbackup = true\n");
    fleet.run(&["migrate", "--databases", "data/0000.db"]).succeeded();
    let first = built().first.as_str();
    fleet
        .sandbox
        .run(&[
            "migrate",
            "--database",
            "data/0000.db",
            "--bundle",
            "app.bundle",
            "--backward",
            "--to",
            first,
            "--no-backup",
        ])
        .succeeded();
    fleet.run(&["migrate", "--databases", "data/linked.db"]).succeeded();
    let folders = fleet.sandbox.backups();
    assert_eq!(folders.len(), 1, "{folders:?}");
    let folder = fleet.sandbox.path("backups").join(&folders[0]);
    assert_eq!(
        fs::read_dir(folder)
            .unwrap()
            .filter(|entry| {
                entry.as_ref().unwrap().path().extension().is_some_and(|it| it == "db")
            })
            .count(),
        2
    );
}

#[test]
fn a_database_is_made_only_where_that_is_asked_for() {
    let fleet = Fleet::of(1);
    fleet.sandbox.write("list", "data/new.db\ndata/0000.db\n");
    fleet.run(&["plan", "--list", "list", "-o", "fleet.plan"]).succeeded();
    let plan = ["migrate", "--plan", "fleet.plan"];
    assert_eq!(fleet.run(&plan).code, Some(1));
    assert!(!fleet.path("new").exists());
    fleet.run(&[&plan[..], &["--create"]].concat()).succeeded();
    fleet.all_are_at_the_target(["0000", "new"]);
    fleet.nothing_is_left_beside();
    // As a process leaves it that dies right after the database has got its name.
    fleet.sandbox.write("data/.runner-new-new.db.lock", "");
    fleet.run(&[&plan[..], &["--create"]].concat()).succeeded();
    fleet.nothing_is_left_beside();
}
