//! What changes between a plan and a run, or is not as a run needs it: a state, or a refusal that touches nothing.

use std::fs;
use std::process::Command;

use insta::assert_snapshot;

use super::scene::{Fleet, built};
use crate::sandbox::{Outcome, skipped};

#[test]
fn a_database_that_appears_after_the_plan_is_left_to_the_next_one_and_status_finds_it() {
    let fleet = Fleet::of(2);
    fleet.plan(&[]);
    fleet.add("later");
    let outcome = fleet.run(&["migrate", "--plan", "fleet.plan"]).succeeded();
    assert!(outcome.stdout.starts_with("2 databases: 2 applied\n"), "{}", outcome.stdout);
    assert_eq!(fleet.applied("later"), [built().first.clone()]);
    let outcome = fleet.run(&["status", "--databases", "data/*.db"]).succeeded();
    assert!(
        outcome.stdout.starts_with("3 databases: 1 pending, 2 already\n"),
        "{}",
        outcome.stdout
    );
    fleet.run(&["migrate", "--databases", "data/*.db"]).succeeded();
    fleet.all_are_at_the_target(["0000", "0001", "later"]);
}

/// Whether this process may make disks that it alone sees; elsewhere the test says that it was not run.
fn may_mount() -> bool {
    let status = Command::new("unshare").args(["-m", "true"]).status();
    let may = status.is_ok_and(|status| status.success());
    if !may {
        skipped("only the superuser may make a small disk");
    }
    may
}

/// Runs `script`, in which `run` is `runner fleet`, and disks that it mounts are seen by nobody else.
fn with_own_disks(fleet: &Fleet, script: &str) -> Outcome {
    let run = "run() { \"$0\" fleet \"$@\" --bundle app.bundle; echo \"exit $?\"; }\n".to_owned();
    let mut command = Command::new("unshare");
    command.args(["-m", "sh", "-c", &(run + script), env!("CARGO_BIN_EXE_runner")]);
    fleet.sandbox.prepare(&mut command);
    fleet.sandbox.outcome(&command.output().unwrap())
}

#[test]
fn room_for_all_backups_is_asked_for_before_the_first_database() {
    if !may_mount() {
        return;
    }
    let fleet = Fleet::of(20);
    fleet.sandbox.write("runner.toml", "database = \"app.db\"\nbackup = true\n");
    fs::create_dir(fleet.sandbox.path("backups")).unwrap();
    // For three of twenty.
    let script = "mount -t tmpfs -o size=$(( 3 * $(stat -c %s data/0001.db) / 1024 ))k none backups
        run migrate --databases 'data/*.db' --report report
        ls -A backups
        run migrate --databases 'data/*.db' --no-backup";
    assert_snapshot!(with_own_disks(&fleet, script).shown(), @"
    exit 0
    --- stdout
    exit 75
    20 databases: 20 applied
      20 at [STAMP]_fleet_two
    exit 0
    --- stderr
    error: `[ROOT]/backups` has room for 73 kB, and the backup needs 492 kB
    hint: make room, and try again
    ");
    assert!(!fleet.sandbox.path("report").exists());
}

#[test]
fn a_full_disk_under_one_of_many_is_its_state_and_room_is_all_that_it_needs() {
    if !may_mount() {
        return;
    }
    let fleet = Fleet::of(3);
    fs::create_dir(fleet.sandbox.path("data/small")).unwrap();
    // Room for the database, and not for its journal.
    let script = "size=$(( $(stat -c %s data/0001.db) / 1024 ))
        mount -t tmpfs -o size=${size}k none data/small && mv data/0001.db data/small/full.db || exit 9
        run plan --databases 'data/**/*.db' -o fleet.plan
        run migrate --plan fleet.plan --report report
        run status --plan fleet.plan
        mount -o remount,size=1m data/small || exit 9
        run migrate --plan fleet.plan --report report";
    assert_snapshot!(with_own_disks(&fleet, script).shown(), @"
    exit 0
    --- stdout
    planned 3 databases up to [STAMP]_fleet_two: `fleet.plan`
    exit 0
    3 databases: 2 applied, 1 full
      2 at [STAMP]_fleet_two
      1 at [STAMP]_fleet_one
      1 full, disk-full in `[STAMP]_fleet_two`: the migration `[STAMP]_fleet_two` failed: database or disk is full CREATE TABLE seen (before INTEGER, folder, variable, handler, process) at [STAMP]_fleet_two/src/lib.rs:14:18, line 1 of its SQL
        data/small/full.db
        hint: everything that it did was rolled back; make room, and try again
    exit 75
    3 databases: 1 pending, 2 already
      2 at [STAMP]_fleet_two
      1 at [STAMP]_fleet_one
    exit 0
    3 databases: 1 applied, 2 already
      3 at [STAMP]_fleet_two
    exit 0
    --- stderr
    error: 1 of 3 databases not at the target
    hint: run it again: what is done is passed over, and what was busy, paused, full or skipped is tried
    ");
    fleet.all_are_at_the_target(["0000", "0002"]);
}

#[test]
fn a_report_that_cannot_be_written_to_its_end_takes_no_word_of_what_was_done_with_it() {
    if !may_mount() {
        return;
    }
    let fleet = Fleet::of(40);
    fs::create_dir(fleet.sandbox.path("small")).unwrap();
    let script = "mount -t tmpfs -o size=8k none small
        run plan --databases 'data/*.db' -o fleet.plan
        run migrate --plan fleet.plan --report small/report --jobs 1
        mount -o remount,size=1m small || exit 9
        run migrate --plan fleet.plan --report small/report
        run report --plan fleet.plan small/report";
    // How many fit into it depends on how long each took.
    let told = with_own_disks(&fleet, script).shown();
    let (first, _) = told.split_once(" applied, ").unwrap();
    let fits: usize = first.rsplit(' ').next().unwrap().parse().unwrap();
    let told = told.replace(&format!("{fits} a"), "[FIT] a");
    let told = told.replace(&format!("{} ", 40 - fits), "[THE OTHERS] ");
    assert_snapshot!(told, @"
    exit 0
    --- stdout
    planned 40 databases up to [STAMP]_fleet_two: `fleet.plan`
    exit 0
    40 databases: [FIT] applied, [THE OTHERS] skipped
      [FIT] at [STAMP]_fleet_two
      1 at [STAMP]_fleet_one
    exit 75
    40 databases: [THE OTHERS] applied, [FIT] already
      40 at [STAMP]_fleet_two
    exit 0
    40 databases: [THE OTHERS] applied, [FIT] already
      40 at [STAMP]_fleet_two
    1 line of the reports cut off, as by a kill
    exit 0
    --- stderr
    error: cannot write `small/report`
      caused by: No space left on device (os error 28)
    hint: make room, and try again; no other database was begun: what is done is passed over when it is run again with this report
    ");
    let names: Vec<String> = (0..40).map(|number| format!("{number:04}")).collect();
    fleet.all_are_at_the_target(names.iter().map(String::as_str));
}

#[test]
fn a_bundle_that_is_older_than_a_database_finds_it_newer_or_refuses_it() {
    let fleet = Fleet::of(3);
    fleet.migrate_further("0001", "fleet_usable");
    let migrate = ["migrate", "--databases", "data/*.db"];
    assert_snapshot!(fleet.run(&migrate).shown(), @"
    exit 0
    --- stdout
    3 databases: 2 applied, 1 newer
      1 at [STAMP]_fleet_usable
      2 at [STAMP]_fleet_two
    ");
    fleet.migrate_further("0002", "fleet_unusable");
    assert_snapshot!(fleet.run(&migrate).shown(), @"
    exit 3
    --- stdout
    3 databases: 1 already, 1 newer, 1 refused
      1 at [STAMP]_fleet_usable
      1 at [STAMP]_fleet_two
      1 refused, newer-database: the database is newer than this code, which does not have `[STAMP]_fleet_usable` and `[STAMP]_fleet_unusable`
        data/0002.db
        hint: deploy the newer code
          or revert the database by the newer code before the older is deployed
    --- stderr
    error: 1 of 3 databases not at the target
    hint: what failed or was refused needs somebody first: each has its own hint; then run it again: what is done is passed over
    explain: runner explain fleet-incomplete
    ");
    let before = fleet.sandbox.files();
    assert_eq!(fleet.run(&["status", "--databases", "data/*.db"]).code, Some(3));
    assert!(fleet.sandbox.files() == before);
}

#[test]
fn a_bundle_that_is_damaged_is_refused_before_anything_is_touched() {
    let fleet = Fleet::of(2);
    fleet.plan(&[]);
    let mut bundle = built().bundle.clone();
    let middle = bundle.len() - 4000;
    bundle[middle] ^= 1;
    fs::write(fleet.sandbox.path("app.bundle"), bundle).unwrap();
    let words = ["migrate", "--plan", "fleet.plan", "--report", "report"];
    let outcome = fleet.sandbox.unchanged_by(fleet.command(&words));
    assert_eq!(outcome.code, Some(3), "{}", outcome.shown());
    assert!(outcome.stderr.contains("app.bundle"), "{}", outcome.stderr);
}
