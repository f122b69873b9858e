//! A fleet whose runner or workers are killed, and two that run at once: every database is migrated once.

use std::os::unix::process::CommandExt as _;
use std::process::{Child, Stdio};

use rustix::process::{Pid, Signal, kill_process, kill_process_group};

use super::scene::Fleet;
use crate::sandbox::{as_many, wait_until};

/// Starts a run in a group of its own.
fn start(fleet: &Fleet, words: &[&str]) -> Child {
    let all = ["migrate", "--plan", "fleet.plan", "--jobs", "2"];
    let mut command = fleet.command(&[&all, words].concat());
    command.stdout(Stdio::null()).stderr(Stdio::null()).process_group(0).spawn().unwrap()
}

fn pid(child: &Child) -> Pid {
    Pid::from_child(child)
}

/// How many lines a report has by now.
fn lines(fleet: &Fleet, report: &str) -> usize {
    std::fs::read(fleet.sandbox.path(report))
        .map_or(0, |text| text.iter().filter(|byte| **byte == b'\n').count())
}

/// The processes that a run has started.
fn workers(of: &Child) -> Vec<Pid> {
    let path = format!("/proc/{0}/task/{0}/children", of.id());
    let text = std::fs::read_to_string(path).unwrap_or_default();
    text.split_whitespace().filter_map(|pid| Pid::from_raw(pid.parse().ok()?)).collect()
}

/// Runs again to the end, and checks everything.
fn finish(fleet: &Fleet, count: usize) {
    let words = ["migrate", "--plan", "fleet.plan", "--report", "report"];
    fleet.run(&words).succeeded();
    let names: Vec<String> = (0..count).map(|number| format!("{number:04}")).collect();
    fleet.all_are_at_the_target(names.iter().map(String::as_str));
    fleet.nothing_is_left_beside();
    fleet.run(&["report", "--plan", "fleet.plan", "report"]).succeeded();
}

#[test]
fn whatever_is_killed_every_database_is_migrated_once() {
    const COUNT: usize = 60;
    let kills = as_many(20, 4);
    for number in 0..kills {
        let fleet = Fleet::of(COUNT);
        fleet.plan(&[]);
        let mut child = start(&fleet, &["--report", "report"]);
        let after = COUNT * number as usize / kills as usize;
        wait_until(|| lines(&fleet, "report") >= after || child.try_wait().unwrap().is_some());
        if number % 2 == 0 {
            let _ = kill_process(pid(&child), Signal::KILL);
        } else {
            // The workers alone: their databases are given to others.
            for worker in workers(&child) {
                let _ = kill_process(worker, Signal::KILL);
            }
        }
        child.wait().unwrap();
        finish(&fleet, COUNT);
    }
}

#[test]
fn a_run_that_is_asked_to_end_closes_its_report_and_says_so() {
    const COUNT: usize = 60;
    let fleet = Fleet::of(COUNT);
    fleet.plan(&[]);
    let mut child = start(&fleet, &["--report", "report"]);
    wait_until(|| lines(&fleet, "report") >= 3 || child.try_wait().unwrap().is_some());
    let _ = kill_process_group(pid(&child), Signal::TERM);
    let status = child.wait().unwrap();
    // It may have been at its end.
    if status.code() != Some(0) {
        assert_eq!(status.code(), Some(143));
        assert!(fleet.states("report").values().any(|state| state == "skipped"));
    }
    assert_eq!(fleet.states("report").len(), COUNT);
    finish(&fleet, COUNT);
}

#[test]
fn a_status_that_is_asked_to_end_says_what_it_did_not_look_at() {
    let fleet = Fleet::of(2);
    let holders = ["0000", "0001"].map(|name| fleet.open(name));
    holders.iter().for_each(|holder| holder.execute_batch("BEGIN EXCLUSIVE").unwrap());
    let words = ["status", "--databases", "data/*.db", "--jobs", "1", "--busy-timeout", "3"];
    let mut command = fleet.command(&words);
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    let files = format!("/proc/{}/fd", child.id());
    let has_begun = || {
        let files = std::fs::read_dir(&files).into_iter().flatten().flatten();
        let mut files = files.filter_map(|file| std::fs::read_link(file.path()).ok());
        files.any(|file| file.extension().is_some_and(|it| it == "db"))
    };
    wait_until(|| has_begun() || child.try_wait().unwrap().is_some());
    kill_process(pid(&child), Signal::TERM).unwrap();
    let output = child.wait_with_output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(143), "{text}");
    assert!(text.starts_with("2 databases: 1 busy, 1 skipped\n"), "{text}");
}

#[test]
fn two_runs_at_once_migrate_every_database_once() {
    const COUNT: usize = 40;
    let fleet = Fleet::of(COUNT);
    fleet.plan(&[]);
    let runs = ["one", "two"].map(|report| start(&fleet, &["--report", report]));
    for mut run in runs {
        let code = run.wait().unwrap().code();
        assert!(matches!(code, Some(0 | 75)), "{code:?}");
    }
    finish(&fleet, COUNT);
}
