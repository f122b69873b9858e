//! Batched migrations of a fleet: a database that is half done is gone on with, and a run ends at a checkpoint.

use std::fs;

use insta::assert_snapshot;

use crate::background::made;
use crate::sandbox::{Outcome, Sandbox, rows};

const MIGRATE: &[&str] =
    &["fleet", "migrate", "--databases", "data/*.db", "--bundle", "bundle", "--lock-time", "5ms"];

/// Two databases of an older version, and the newer bundle.
fn fleet() -> Sandbox {
    let sandbox = Sandbox::empty();
    fs::create_dir(sandbox.path("data")).unwrap();
    for name in ["ada", "bob"] {
        fs::write(sandbox.path(format!("data/{name}.db")), &made().database).unwrap();
    }
    fs::write(sandbox.path("bundle"), &made().bundle).unwrap();
    sandbox
}

fn run(sandbox: &Sandbox, more: &[&str], environment: &[(&str, &str)]) -> Outcome {
    let mut command = sandbox.command(&[MIGRATE, more].concat());
    sandbox.outcome(&command.envs(environment.iter().copied()).output().unwrap())
}

/// How many rows are doubled in the database `name`, and how many are not.
fn doubled(sandbox: &Sandbox, name: &str) -> String {
    let database = rusqlite::Connection::open(sandbox.path(format!("data/{name}.db"))).unwrap();
    rows(&database, "SELECT sum(twice IS 2 * n), sum(twice IS NOT 2 * n) FROM number")
}

#[test]
fn a_run_ends_when_its_time_is_over_and_the_next_goes_on() {
    let sandbox = fleet();
    assert_snapshot!(run(&sandbox, &["--max-time", "0s", "-j", "1"], &[]).shown(), @"
    exit 75
    --- stdout
    2 databases: 2 paused
      2 at [STAMP]_numbers
      2 paused, paused: the time of this run is over, and the migration `[STAMP]_before_it` is to go on
        data/ada.db
        data/bob.db
        hint: what is committed stays: run the command again, and it goes on there
    --- stderr
    error: 2 of 2 databases not at the target
    hint: run it again: what is done is passed over, and what was busy, paused, full or skipped is tried
    ");
    assert_snapshot!(run(&sandbox, &["--max-time", "2h"], &[]).shown(), @"
    exit 0
    --- stdout
    2 databases: 2 applied
      2 at [STAMP]_after_it
    ");
}

#[test]
fn what_is_half_done_is_pending_and_the_next_run_goes_on_there() {
    let sandbox = fleet();
    let failed = run(&sandbox, &["-j", "1"], &[("FAIL_AT", "2000")]);
    assert_snapshot!(failed.shown(), @"
    exit 1
    --- stdout
    2 databases: 2 failed
      2 at [STAMP]_before_it
      2 failed, migration-failed in `[STAMP]_counts_in_batches`: the migration `[STAMP]_counts_in_batches` failed: row 2000 of `number`, where `n` = 2000 at [STAMP]_counts_in_batches/src/lib.rs:23:59: 2000 was to fail
        data/ada.db
        data/bob.db
        hint: what its stages and batches did before that stays, and the next run goes on there: `runner migrate --database data/ada.db --bundle bundle`
    --- stderr
    error: 2 of 2 databases not at the target
    hint: what failed or was refused needs somebody first: each has its own hint; then run it again: what is done is passed over
    ");
    assert_eq!(doubled(&sandbox, "ada"), "  Integer(1999), Integer(1001)\n");
    let status = ["fleet", "status", "--databases", "data/*.db", "--bundle", "bundle"];
    assert_snapshot!(sandbox.run(&status).shown(), @"
    exit 0
    --- stdout
    2 databases: 2 pending
      2 at [STAMP]_before_it
    ");
    // What is done is not done again.
    let ada = rusqlite::Connection::open(sandbox.path("data/ada.db")).unwrap();
    ada.execute_batch("UPDATE number SET twice = twice + 1 WHERE n = 7").unwrap();
    drop(ada);
    run(&sandbox, &[], &[]).succeeded();
    assert_eq!(doubled(&sandbox, "ada"), "  Integer(2999), Integer(1)\n");
    assert_eq!(doubled(&sandbox, "bob"), "  Integer(3000), Integer(0)\n");
}

#[test]
fn a_worker_that_dies_in_the_middle_is_told_as_it_is() {
    let sandbox = fleet();
    let crashed = run(&sandbox, &["-j", "1"], &[("ABORT_AT", "2000")]);
    assert_snapshot!(crashed.shown(), @"
    exit 1
    --- stdout
    2 databases: 2 crashed
      2 at [STAMP]_before_it
      2 crashed, migration-crashed in `[STAMP]_counts_in_batches`: the migration `[STAMP]_counts_in_batches` ended its process without a report (signal: 6 (SIGABRT))
        data/ada.db
        data/bob.db
        hint: what `[STAMP]_counts_in_batches` committed before that stays, and the next run goes on there: `runner migrate --database data/ada.db --bundle bundle`
    --- stderr
    error: 2 of 2 databases not at the target
    hint: what failed or was refused needs somebody first: each has its own hint; then run it again: what is done is passed over
    ");
    run(&sandbox, &[], &[]).succeeded();
    assert_eq!(doubled(&sandbox, "ada"), "  Integer(3000), Integer(0)\n");
}
