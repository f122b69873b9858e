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

/// How many databases a report has in `state` by now.
fn lines(fleet: &Fleet, report: &str, state: &str) -> usize {
    let state = format!("\"state\":\"{state}\"");
    std::fs::read_to_string(fleet.sandbox.path(report))
        .map_or(0, |text| text.matches(&state).count())
}

/// The processes that a run has started.
fn workers(of: &Child) -> Vec<Pid> {
    let path = format!("/proc/{0}/task/{0}/children", of.id());
    let text = std::fs::read_to_string(path).unwrap_or_default();
    text.split_whitespace().filter_map(|pid| Pid::from_raw(pid.parse().ok()?)).collect()
}

/// Runs again to the end, and checks everything.
fn finish(fleet: &Fleet, count: usize, more: &[&str]) {
    let words = ["migrate", "--plan", "fleet.plan", "--report", "report"];
    fleet.run(&[&words[..], more].concat()).succeeded();
    let names: Vec<String> = (0..count).map(|number| format!("{number:04}")).collect();
    fleet.all_are_at_the_target(names.iter().map(String::as_str));
    fleet.nothing_is_left_beside();
    fleet.run(&["report", "--plan", "fleet.plan", "report"]).succeeded();
}

/// What a run loses.
#[derive(Debug, Clone, Copy)]
enum Kill {
    Runner,
    /// Their databases are given to others. Then the runner, some databases later.
    WorkersFirst,
    /// As a machine that stops takes them: at once.
    All,
}

fn kill(run: &Child, what: Kill) {
    let signal = |pid, signal| {
        let _ = kill_process(pid, signal);
    };
    if matches!(what, Kill::All) {
        // So that it does not see them go, and starts no others.
        signal(pid(run), Signal::STOP);
    }
    if matches!(what, Kill::WorkersFirst | Kill::All) {
        workers(run).into_iter().for_each(|worker| signal(worker, Signal::KILL));
    }
    if matches!(what, Kill::Runner | Kill::All) {
        signal(pid(run), Signal::KILL);
    }
}

/// Waits until a run has applied something to so many databases, or is at its end.
fn until(fleet: &Fleet, run: &mut Child, report: &str, count: usize) {
    wait_until(|| lines(fleet, report, "applied") >= count || run.try_wait().unwrap().is_some());
}

#[test]
fn whatever_is_killed_and_however_often_every_database_is_migrated_once() {
    let (count, kills) = as_many((2000, 20), (60, 4));
    let fleet = Fleet::of(count);
    fleet.plan(&[]);
    // Some are made anew.
    for number in (0..count).step_by(4) {
        std::fs::remove_file(fleet.path(&format!("{number:04}"))).unwrap();
    }
    let mut reports = Vec::new();
    for number in 0..kills {
        let report = format!("report-{number}");
        let mut run = start(&fleet, &["--report", &report, "--create"]);
        let share = count / (kills + 1);
        until(&fleet, &mut run, &report, share);
        let what = [Kill::Runner, Kill::WorkersFirst, Kill::All][number % 3];
        kill(&run, what);
        if matches!(what, Kill::WorkersFirst) {
            until(&fleet, &mut run, &report, share + 4);
            kill(&run, Kill::Runner);
        }
        run.wait().unwrap();
        reports.push(report);
    }
    finish(&fleet, count, &["--create"]);
    let mut words = vec!["report", "--plan", "fleet.plan", "report"];
    words.extend(reports.iter().map(String::as_str));
    let outcome = fleet.run(&words).succeeded();
    assert!(outcome.stdout.contains(&format!("{count} at ")), "{}", outcome.stdout);
}

#[test]
fn a_run_that_is_asked_to_end_closes_its_report_and_says_so() {
    const COUNT: usize = 60;
    let fleet = Fleet::of(COUNT);
    fleet.plan(&[]);
    let mut child = start(&fleet, &["--report", "report"]);
    wait_until(|| lines(&fleet, "report", "applied") >= 3 || child.try_wait().unwrap().is_some());
    let _ = kill_process_group(pid(&child), Signal::TERM);
    let status = child.wait().unwrap();
    // It may have been at its end.
    if status.code() != Some(0) {
        assert_eq!(status.code(), Some(143));
        assert!(fleet.states("report").values().any(|state| state == "skipped"));
    }
    assert_eq!(fleet.states("report").len(), COUNT);
    finish(&fleet, COUNT, &[]);
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
    let count = as_many(500, 40);
    let fleet = Fleet::of(count);
    fleet.plan(&[]);
    let runs = ["one", "two"].map(|report| start(&fleet, &["--report", report]));
    for mut run in runs {
        let code = run.wait().unwrap().code();
        assert!(matches!(code, Some(0 | 75)), "{code:?}");
    }
    finish(&fleet, count, &[]);
}
