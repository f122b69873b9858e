//! The array of Slurm behind its canaries, and each way in which one of its tasks comes back or does not.

use super::cluster::{Cluster, Task};
use crate::sandbox::wait_until;

#[test]
fn an_array_migrates_all_and_shards_that_failed_are_submitted_again_alone() {
    let Some(cluster) = Cluster::with(&[("one", "fail"), ("two", "fail"), ("six", "fail")]) else {
        return;
    };
    let array = cluster.submit(&[], None);
    let tasks = cluster.ended(&array);
    assert_eq!(tasks.len(), 8);
    let failed = cluster.sharded.shards_with("failed");
    assert!((1..=3).contains(&failed.len()), "{failed:?}");
    for (number, found) in &tasks {
        let expected = match failed.contains(number) {
            true => Task::new("FAILED", 0, "1:0"),
            false => Task::new("COMPLETED", 0, "0:0"),
        };
        assert_eq!(*found, expected, "{number}");
    }
    assert_eq!(cluster.sharded.status(), "203 databases: 3 pending, 200 already");

    cluster.sharded.mend(&["one", "two", "six"]);
    let again = cluster.submit(&[&failed.join(",")], None);
    let tasks = cluster.ended(&again);
    assert_eq!(tasks.keys().cloned().collect::<Vec<_>>(), failed);
    assert!(tasks.values().all(|found| *found == Task::new("COMPLETED", 0, "0:0")), "{tasks:?}");
    cluster.sharded.all_are_migrated_once();
}

#[test]
fn two_arrays_at_once_migrate_each_database_once() {
    let Some(cluster) = Cluster::with(&[]) else { return };
    let arrays = [(); 2].map(|()| cluster.submit(&[], None));
    for array in arrays {
        let tasks = cluster.ended(&array);
        assert!(tasks.values().all(|found| found.state == "COMPLETED"), "{tasks:?}");
    }
    cluster.sharded.all_are_migrated_once();
}

#[test]
fn an_array_that_is_cancelled_in_the_middle_does_not_come_back_and_another_finishes() {
    let Some(cluster) = Cluster::with(&[("slow", "wait")]) else { return };
    let array = cluster.submit(&[], None);
    wait_until(|| cluster.sharded.is_waiting());
    cluster.said("scancel", &[&array]);
    let tasks = cluster.ended(&array);
    // Those that were done already are not cancelled any more.
    let states: Vec<_> = tasks.values().map(|task| task.state.as_str()).collect();
    assert!(states.contains(&"CANCELLED"), "{tasks:?}");
    assert!(states.iter().all(|state| ["CANCELLED", "COMPLETED"].contains(state)), "{tasks:?}");
    assert!(tasks.values().all(|task| task.restarts == 0), "{tasks:?}");
    // The report of a shard is closed after its task counts as cancelled.
    wait_until(|| !cluster.sharded.shards_with("skipped").is_empty());
    assert_eq!(cluster.sharded.fleet.runs("slow"), 0);
    cluster.sharded.fleet.nothing_is_left_beside();

    cluster.sharded.open_the_gate();
    let array = cluster.submit(&[], None);
    let tasks = cluster.ended(&array);
    assert!(tasks.values().all(|found| *found == Task::new("COMPLETED", 0, "0:0")), "{tasks:?}");
    cluster.sharded.all_are_migrated_once();
}

#[test]
fn canaries_that_fail_cancel_all_shards() {
    let Some(cluster) = Cluster::with(&[]) else { return };
    cluster.sharded.fleet.open("0000").execute("INSERT INTO wish VALUES ('fail')", []).unwrap();

    let array = cluster.submit(&[], None);
    let tasks = cluster.ended(&array);
    assert!(tasks.values().all(|found| found.state == "CANCELLED"), "{tasks:?}");
    assert!(!cluster.sharded.fleet.sandbox.path("reports/0.jsonl").exists());
    let states = cluster.sharded.fleet.states("reports/canaries.jsonl");
    assert!(states.values().any(|state| state == "failed"), "{states:?}");
    assert_eq!(cluster.sharded.status(), "200 databases: 199 pending, 1 already");
}

#[test]
fn a_shard_that_finds_a_database_busy_is_put_back_into_the_queue() {
    let Some(cluster) = Cluster::with(&[("held", "")]) else { return };
    let held = cluster.sharded.fleet.open("held");
    held.execute_batch("BEGIN IMMEDIATE").unwrap();
    let array = cluster.submit(&[], None);
    wait_until(|| cluster.tasks(&array).values().any(|task| task.restarts == 1));
    let [shard] = &cluster.sharded.shards_with("busy")[..] else { panic!("one shard has it") };
    cluster.put_back(&array, shard, 1);
    cluster.put_back(&array, shard, 2);
    held.execute_batch("ROLLBACK").unwrap();
    drop(held);
    let tasks = cluster.ended(&array);
    for (number, found) in &tasks {
        assert_eq!(*found, Task::new("COMPLETED", if number == shard { 2 } else { 0 }, "0:0"));
    }
    cluster.sharded.all_are_migrated_once();
}

#[test]
fn a_shard_whose_database_stays_busy_is_put_back_three_times() {
    let Some(cluster) = Cluster::with(&[("held", "")]) else { return };
    let held = cluster.sharded.fleet.open("held");
    held.execute_batch("BEGIN IMMEDIATE").unwrap();
    let array = cluster.submit(&[], None);
    wait_until(|| cluster.tasks(&array).values().any(|task| task.restarts == 1));
    let [shard] = &cluster.sharded.shards_with("busy")[..] else { panic!("one shard has it") };
    for restarts in 1..=3 {
        cluster.put_back(&array, shard, restarts);
    }
    assert_eq!(cluster.ended(&array)[shard], Task::new("FAILED", 3, "75:0"));
    drop(held);
    cluster.submit(&[shard], None);
    wait_until(|| cluster.sharded.status() == "201 databases: 201 already");
}

#[test]
fn a_shard_near_its_time_limit_is_stopped_and_put_back_into_the_queue() {
    let Some(cluster) = Cluster::with(&[("slow", "wait")]) else { return };
    let array = cluster.submit(&[], Some("2"));
    wait_until(|| cluster.tasks(&array).values().any(|task| task.restarts == 1));
    let [shard] = &cluster.sharded.shards_with("skipped")[..] else { panic!("one shard has it") };
    assert_eq!(cluster.sharded.fleet.runs("slow"), 0);
    cluster.sharded.open_the_gate();
    cluster.put_back(&array, shard, 1);
    let tasks = cluster.ended(&array);
    for (number, found) in &tasks {
        assert_eq!(*found, Task::new("COMPLETED", usize::from(number == shard), "0:0"));
    }
    cluster.sharded.all_are_migrated_once();
}
