//! What a run applied is taken back, by its report, and nothing else: whatever crashed, was killed or came later.

use std::process::{Child, Stdio};

use insta::assert_snapshot;
use serde_json::{Value, json};

use super::scene::{Fleet, built};
use crate::sandbox::{Outcome, wait_until};

const MIGRATE: [&str; 5] = ["migrate", "--plan", "fleet.plan", "--report", "report"];

/// Takes back what the runs of `report` applied, down to the first migration.
fn undo(fleet: &Fleet, report: &str, more: &[&str]) -> Outcome {
    let words = ["migrate", "--plan", "fleet.plan", "--busy-timeout", "5", "--backward", "--to"];
    let what = [&built().first, "--only-applied-by", report];
    fleet.run(&[&words[..], &what, more].concat())
}

/// How many migrations are applied to each of these databases.
fn applied<const N: usize>(fleet: &Fleet, names: [&str; N]) -> [usize; N] {
    names.map(|name| fleet.applied(name).len())
}

#[test]
fn only_what_a_run_applied_is_taken_back() {
    let fleet = Fleet::of(3);
    // One that was migrated before.
    fleet.run(&["migrate", "--databases", "data/0001.db"]).succeeded();
    fleet.plan(&[]);
    fleet.run(&MIGRATE).succeeded();
    assert_snapshot!(undo(&fleet, "report", &[]).shown(), @"
    exit 3
    --- stderr
    error: many databases would lose what is reverted, and nobody agreed to revert migrations in 2 databases at most
      caused by: there is no terminal to ask on
    hint: nothing was changed; `--yes` agrees
    explain: runner explain not-confirmed
    ");
    undo(&fleet, "report", &["--yes", "--report", "report"]).succeeded();
    assert_eq!(applied(&fleet, ["0000", "0001", "0002"]), [1, 2, 1]);
    // There is nothing left to ask for.
    undo(&fleet, "report", &[]).succeeded();
}

#[test]
fn a_database_goes_back_no_further_than_where_the_run_found_it() {
    let fleet = Fleet::of(2);
    fleet.run(&["migrate", "--databases", "data/0001.db"]).succeeded();
    fleet.open("0001").execute_batch("INSERT INTO seen (process) VALUES ('precious')").unwrap();
    fleet.has_the_newer_bundle();
    fleet.plan(&[]);
    fleet.run(&MIGRATE).succeeded();
    assert_eq!(applied(&fleet, ["0000", "0001"]), [4, 4]);
    undo(&fleet, "report", &["--yes"]).succeeded();
    assert_eq!(applied(&fleet, ["0000", "0001"]), [1, 2]);
    let query = "SELECT count(*) FROM seen WHERE process = 'precious'";
    let kept: i64 = fleet.open("0001").query_row(query, [], |row| row.get(0)).unwrap();
    assert_eq!(kept, 1);
}

#[test]
fn a_database_to_which_another_run_applied_more_is_left_alone() {
    let fleet = Fleet::of(2);
    fleet.plan(&[]);
    fleet.run(&MIGRATE).succeeded();
    fleet.migrate_further("0001", "fleet_usable");
    let outcome = undo(&fleet, "report", &["--yes"]);
    assert_snapshot!(outcome.shown(), @"
    exit 3
    --- stdout
    2 databases: 1 reverted, 1 refused
      1 at [STAMP]_fleet_one
      1 refused, applied-by-another: `[ROOT]/data/0001.db` has `[STAMP]_fleet_usable`, which the runs of the report did not apply
        data/0001.db
        hint: it was left alone; take that one back first, by the report of the run that applied it
    --- stderr
    error: 1 of 2 databases not at the target
    hint: what failed or was refused needs somebody first: each has its own hint; then run it again: what is done is passed over
    explain: runner explain fleet-incomplete
    ");
    assert_eq!(applied(&fleet, ["0000", "0001"]), [1, 3]);
}

#[test]
fn what_an_attempt_applied_before_it_crashed_is_in_the_line_and_taken_back() {
    let fleet = Fleet::of(0);
    fleet.add_wish("wish", "abort in usable");
    fleet.has_the_newer_bundle();
    fleet.plan(&[]);
    assert_eq!(fleet.run(&MIGRATE).code, Some(1));
    let lines = fleet.outcomes("report");
    let [line] = &lines[..] else { panic!("{lines:?}") };
    let found = json!([line["state"], line["from"], line["to"], line["steps"], line["attempt"]]);
    assert_eq!(found, json!(["crashed", built().first, built().second, 1, 2]));
    undo(&fleet, "report", &["--yes"]).succeeded();
    assert_eq!(applied(&fleet, ["wish"]), [1]);
}

/// A fleet, and a run that has applied the second migration to `wish`, and waits in the third.
fn waiting(more: &[&str]) -> (Fleet, Child) {
    let fleet = Fleet::of(1);
    fleet.add_wish("wish", "wait in usable");
    fleet.has_the_newer_bundle();
    fleet.plan(&[]);
    let mut command = fleet.command(&[&MIGRATE[..], &["--jobs", "1"], more].concat());
    command.env("FLEET_GATE", fleet.sandbox.path("gate"));
    let run = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    wait_until(|| fleet.sandbox.path("gate.reached").exists());
    (fleet, run)
}

/// A fleet whose runner was killed in the third migration.
fn killed() -> Fleet {
    let (fleet, mut run) = waiting(&[]);
    run.kill().unwrap();
    run.wait().unwrap();
    fleet
}

#[cfg(target_os = "linux")]
#[test]
fn what_was_applied_and_could_not_be_written_is_named_and_taken_back() {
    use rustix::process::{Pid, Resource, Rlimit, prlimit};
    let (fleet, run) = waiting(&["--json"]);
    let path = fleet.sandbox.path("report");
    let size = Some(std::fs::metadata(path).unwrap().len());
    let limit = Rlimit { current: size, maximum: size };
    prlimit(Some(Pid::from_child(&run)), Resource::Fsize, limit).unwrap();
    fleet.sandbox.write("gate", "");
    let outcome = fleet.sandbox.outcome(&run.wait_with_output().unwrap());
    assert_eq!(outcome.code, Some(75), "{}", outcome.shown());
    let document: Value = serde_json::from_str(&outcome.stdout).unwrap();
    assert_eq!(document["unwritten"], json!(["[ROOT]/data/wish.db"]), "{document}");
    assert!(outcome.stderr.contains("cannot write `report`"), "{}", outcome.stderr);
    assert_eq!(applied(&fleet, ["wish"]), [4]);
    undo(&fleet, "report", &["--yes"]).succeeded();
    assert_eq!(applied(&fleet, ["wish"]), [1]);
}

#[test]
fn what_a_killed_run_had_begun_is_in_its_report_and_taken_back() {
    let fleet = killed();
    let report = fleet.run(&["report", "report", "--plan", "fleet.plan"]);
    assert_snapshot!(report.shown(), @"
    exit 75
    --- stdout
    1 database: 1 applied
      1 at [STAMP]_fleet_unusable
    1 database begun by a run that was killed, so that its end is not known:
      data/wish.db
    --- stderr
    error: no report says what came of 1 database of the plan
    hint: migrate the plan again, or the shards that are missing: what is done is passed over
    ");
    undo(&fleet, "report", &["--yes"]).succeeded();
    assert_eq!(applied(&fleet, ["0000", "wish"]), [1, 1]);
}

#[test]
fn a_later_run_of_the_report_says_what_a_killed_one_did_not() {
    let fleet = killed();
    fleet.open("wish").execute_batch("PRAGMA busy_timeout = 5000; DELETE FROM wish").unwrap();
    fleet.run(&MIGRATE).succeeded();
    fleet.run(&["report", "report", "--plan", "fleet.plan"]).succeeded();
    undo(&fleet, "report", &["--yes"]).succeeded();
    assert_eq!(applied(&fleet, ["0000", "wish"]), [1, 1]);
}
