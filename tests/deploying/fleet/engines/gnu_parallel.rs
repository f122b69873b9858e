//! GNU parallel: shards that fail, a run after them, and logins over ssh.

use std::process::{Command, Output, Stdio};

use super::sharded::Sharded;
use super::ssh::Ssh;
use crate::sandbox::wait_until;

fn over_parallel(options: &[&str], wishes: &[(&str, &str)]) -> Option<Sharded> {
    Sharded::over("parallel", &["parallel"], options, wishes)
}

fn job(sharded: &Sharded) -> Command {
    let mut command = sharded.program("bash");
    command.arg("fleet.sh").stdin(Stdio::null());
    command
}

fn run(sharded: &Sharded) -> Output {
    job(sharded).output().unwrap()
}

/// For each line of parallel's own log where the shard ran, which it was, and its exit code.
fn log(sharded: &Sharded) -> Vec<(String, String, String)> {
    let text = sharded.fleet.sandbox.read("reports/joblog");
    let fields = |line: &str| {
        let fields: Vec<_> = line.split('\t').map(str::to_owned).collect();
        let shard: usize = fields[0].parse().unwrap();
        (fields[1].clone(), (shard - 1).to_string(), fields[6].clone())
    };
    text.lines().skip(1).map(fields).collect()
}

fn shards_that_failed(log: &[(String, String, String)]) -> Vec<String> {
    let mut shards: Vec<_> =
        log.iter().filter(|(_, _, exit)| exit != "0").map(|(_, shard, _)| shard.clone()).collect();
    shards.sort();
    shards
}

#[test]
fn the_run_after_a_failure_takes_only_the_shards_that_failed() {
    let Some(sharded) = over_parallel(&[], &[("one", "fail"), ("two", "fail")]) else { return };
    let output = run(&sharded);
    let first = log(&sharded);
    let failed = sharded.shards_with("failed");
    // Its exit code is the number of the shards that failed.
    assert_eq!(output.status.code(), i32::try_from(failed.len()).ok(), "{output:?}");
    assert_eq!(first.len(), 8, "{first:?}");
    assert_eq!(shards_that_failed(&first), failed);
    assert_eq!(sharded.status(), "202 databases: 2 pending, 200 already");

    sharded.mend(&["one", "two"]);
    let output = run(&sharded);
    assert!(output.status.success(), "{output:?}");
    let mut again: Vec<_> = log(&sharded)[8..].iter().map(|(_, shard, _)| shard.clone()).collect();
    again.sort();
    assert_eq!(again, failed);
    sharded.all_are_migrated_once();
}

#[test]
fn after_three_shards_that_failed_no_other_begins() {
    // More than one for each shard: they are spread by size and number.
    let names: Vec<String> = (0..64).map(|number| format!("fails{number:02}")).collect();
    let wishes: Vec<_> = names.iter().map(|name| (name.as_str(), "fail")).collect();
    let Some(sharded) = over_parallel(&["--at-a-time", "1"], &wishes) else { return };
    assert!(!run(&sharded).status.success());
    assert_eq!(shards_that_failed(&log(&sharded)), ["0", "1", "2"]);
    assert!(!sharded.fleet.sandbox.path("reports/3.jsonl").exists());

    sharded.mend(&names.iter().map(String::as_str).collect::<Vec<_>>());
    let output = run(&sharded);
    assert!(output.status.success(), "{output:?}");
    sharded.all_are_migrated_once();
}

#[test]
fn a_shard_that_finds_a_database_busy_is_tried_again_in_the_same_run() {
    let Some(sharded) = over_parallel(&[], &[("held", "")]) else { return };
    let held = sharded.fleet.open("held");
    held.execute_batch("BEGIN IMMEDIATE").unwrap();
    let running = job(&sharded).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    wait_until(|| !sharded.shards_with("busy").is_empty());
    held.execute_batch("ROLLBACK").unwrap();
    let output = running.wait_with_output().unwrap();
    assert!(output.status.success(), "{output:?}");
    drop(held);
    assert!(log(&sharded).iter().all(|(_, _, exit)| exit == "0"));
    sharded.all_are_migrated_once();
}

#[test]
fn two_logins_over_ssh_share_the_shards() {
    let Some(sharded) = over_parallel(&[], &[]) else { return };
    let Some(_server) = Ssh::of(&sharded) else { return };
    let config = sharded.fleet.sandbox.path("ssh/config");
    let mut command = job(&sharded);
    command.env("HOSTS", "2/one,2/two").env("PARALLEL_SSH", format!("ssh -F {}", config.display()));
    let output = command.output().unwrap();
    assert!(output.status.success(), "{output:?}");
    let log = log(&sharded);
    for login in ["one", "two"] {
        assert!(log.iter().any(|(host, _, _)| host == login), "{log:?}");
    }
    assert_eq!(log.len(), 8, "{log:?}");
    sharded.all_are_migrated_once();
}
