//! SIGKILL at many moments: whole steps are there, those that were told are among them, and the next
//! run finishes. `RUNNER_TEST_LONG=1`: at many more.
#![cfg(unix)]

use std::fs;
use std::io::{Read as _, Write as _};
use std::os::unix::process::CommandExt as _;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use crate::populated::{Journal, Trial};
use crate::sandbox::{self, Sandbox, as_many};
use runner::{Direction, Job};
use rustix::process::{Pid, WaitId, WaitIdOptions, waitid};

/// How often the process that applies is killed, in each mode and direction.
fn kills() -> u32 {
    as_many(100, 12)
}

/// How often `runner migrate` is killed, in each of three ways.
fn whole_runs() -> u32 {
    as_many(8, 2)
}

/// Starts the process that applies, as `runner migrate` does.
fn start_to_apply(trial: &Trial) -> Child {
    start_job(&trial.populated.sandbox, &trial.job)
}

pub(crate) fn start_job(sandbox: &Sandbox, job: &Job) -> Child {
    let path = job.database.path.to_str().unwrap();
    let mut child = sandbox
        .command(&["apply-job", path])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    // It stays open: the process ends with its standard input.
    let input = child.stdin.as_mut().unwrap();
    writeln!(input, "{}", serde_json::to_string(job).unwrap()).unwrap();
    child
}

/// How many steps a process told as done until it ended.
pub(crate) fn finished_steps_of(mut child: Child) -> usize {
    let mut words = String::new();
    child.stdout.take().unwrap().read_to_string(&mut words).unwrap();
    child.wait().unwrap();
    words.lines().filter(|line| line.contains("\"finished\"")).count()
}

/// The `number`-th of `count` moments, spread over `whole`, and a little beside: else every run would
/// stop at the same ones.
pub(crate) fn moment(number: u32, count: u32, whole: Duration) -> Duration {
    whole * number / count + Duration::from_micros(u64::from(number * 7919 % 500))
}

/// How long the process that applies takes: the shortest of a few lives.
fn whole_life(trial: &Trial) -> Duration {
    let live = |_| {
        trial.populated.put(&trial.start);
        let started = Instant::now();
        assert_eq!(finished_steps_of(start_to_apply(trial)), trial.job.steps.len());
        started.elapsed()
    };
    (0..3).map(live).min().unwrap()
}

/// Kills the process that applies at moments spread over its life. Prints how many steps were there.
fn kill_the_one_that_applies(journal: Journal, direction: Direction) {
    let trial = Trial::of(journal, direction);
    let whole = whole_life(&trial);
    let (mut found, mut half_way) = ([0; 3], 0);
    for number in 0..kills() {
        trial.populated.put(&trial.start);
        let mut child = start_to_apply(&trial);
        thread::sleep(moment(number, kills(), whole));
        child.kill().unwrap();
        let told = finished_steps_of(child);
        half_way += usize::from(trial.populated.files().len() > trial.start.len());
        let taken = trial.steps_taken(&number);
        assert!(taken == told || taken == told + 1, "told {told}, found {taken}");
        found[taken] += 1;
        trial.finishes(&number);
    }
    println!("{journal:?} {direction:?}: steps there {found:?}, with leftovers {half_way}");
}

#[test]
fn killed_at_any_moment_forward_whole_steps_are_there() {
    kill_the_one_that_applies(Journal::Delete, Direction::Forward);
}

#[test]
fn killed_at_any_moment_backward_whole_steps_are_there() {
    kill_the_one_that_applies(Journal::Delete, Direction::Backward);
}

#[test]
fn killed_at_any_moment_in_wal_mode_whole_steps_are_there() {
    kill_the_one_that_applies(Journal::Wal, Direction::Forward);
    kill_the_one_that_applies(Journal::Wal, Direction::Backward);
}

/// Who is killed while `runner migrate` runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Victim {
    All,
    Runner,
    #[cfg(target_os = "linux")]
    Applier,
}

/// Sends SIGKILL to a process, or to a whole group if the number is negative.
fn kill(process: i64) {
    let process = process.to_string();
    // It may be gone by itself.
    let _ = Command::new("kill").args(["-KILL", "--", &process]).stderr(Stdio::null()).status();
}

/// The child that a process has, if it has one.
#[cfg(target_os = "linux")]
fn child_of(process: u32) -> Option<i64> {
    let children = format!("/proc/{process}/task/{process}/children");
    fs::read_to_string(children).ok()?.split_whitespace().last()?.parse().ok()
}

/// Starts `runner migrate`, and waits until the first migration has begun to write, or all is over.
fn start_to_migrate(trial: &Trial) -> Child {
    let sandbox = &trial.populated.sandbox;
    let runner = sandbox
        .command(&["migrate"])
        .process_group(0)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // One that has ended keeps its number, which others are killed by, until it is waited for.
    let ended = WaitIdOptions::EXITED | WaitIdOptions::NOHANG | WaitIdOptions::NOWAIT;
    let is_over = || waitid(WaitId::Pid(Pid::from_child(&runner)), ended).unwrap().is_some();
    while !sandbox.path("app.db-journal").exists() && !is_over() {
        thread::yield_now();
    }
    runner
}

#[test]
fn killed_with_its_child_without_it_or_bereft_of_it_the_runner_leaves_whole_steps() {
    let trial = Trial::of(Journal::Delete, Direction::Forward);
    let sandbox = &trial.populated.sandbox;
    let whole = whole_life(&trial);
    let victims = [
        Victim::All,
        Victim::Runner,
        #[cfg(target_os = "linux")]
        Victim::Applier,
    ];
    for (victim, number) in victims.iter().flat_map(|v| (0..whole_runs()).map(move |n| (*v, n))) {
        trial.populated.put(&trial.start);
        let runner = start_to_migrate(&trial);
        thread::sleep(moment(number, whole_runs(), whole));
        let id = i64::from(runner.id());
        match victim {
            Victim::All => kill(-id),
            Victim::Runner => kill(id),
            #[cfg(target_os = "linux")]
            Victim::Applier => child_of(runner.id()).into_iter().for_each(kill),
        }
        // The pipes end when the last process is gone, so nobody writes any more.
        let output = sandbox.outcome(&runner.wait_with_output().unwrap());
        let told = output.stdout.lines().filter(|line| line.starts_with("applied [")).count();
        let taken = trial.steps_taken(&(victim, number));
        println!("{victim:?} {number}: exit {:?}, told {told}, found {taken}", output.code);
        assert!(taken == told || taken == told + 1, "{victim:?}: {output:?}");
        if output.code == Some(1) {
            // Bereft of its child, the runner told what it had found.
            assert!(output.stderr.contains("without a report"), "{output:?}");
            assert_eq!(output.stderr.contains("is applied"), taken > told, "{output:?}");
        }
        sandbox.run(&["migrate"]).succeeded();
        assert_eq!(trial.steps_taken(&(victim, number)), trial.job.steps.len());
    }
}

#[test]
fn killed_at_any_moment_a_new_database_is_whole_or_not_there() {
    let sandbox = sandbox::Sandbox::project();
    for name in ["one", "two", "three"] {
        sandbox.sql_migration(&format!("kills_{name}"), &format!("CREATE TABLE {name} (a)"), "");
    }
    // Built, and as long as it takes.
    sandbox.run(&["migrate"]).succeeded();
    let started = Instant::now();
    sandbox.run(&["migrate", "--database", "other.db", "--create"]).succeeded();
    let (whole, rounds) = (started.elapsed(), whole_runs() * 3);
    let mut found = [0; 2];
    for number in 0..rounds {
        fs::remove_file(sandbox.path("app.db")).unwrap();
        let mut command = sandbox.command(&["migrate"]);
        let command = command.process_group(0).stdin(Stdio::null()).stderr(Stdio::null());
        let runner = command.stdout(Stdio::piped()).spawn().unwrap();
        thread::sleep(moment(number, rounds, whole));
        // The process that applies outlives its runner by a moment.
        let id = i64::from(runner.id());
        kill(if number % 2 == 0 { -id } else { id });
        let output = sandbox.outcome(&runner.wait_with_output().unwrap());
        let told = output.stdout.lines().filter(|line| line.starts_with("applied [")).count();
        let is_there = sandbox.path("app.db").exists();
        found[usize::from(is_there)] += 1;
        assert!(is_there || told == 0, "{output:?}");
        if is_there {
            let count = "SELECT count(*) FROM _runner_migrations";
            assert_eq!(sandbox::rows(&sandbox.database(), count), "  Integer(3)\n", "{output:?}");
        }
        sandbox.run(&["migrate"]).succeeded();
    }
    // A process that died between the name and the end of its lock leaves the file of that alone.
    let names = sandbox.files().into_keys().map(|name| name.to_string_lossy().into_owned());
    let left: Vec<_> = names.filter(|name| name.contains("runner-new")).collect();
    assert!(left.iter().all(|name| name.ends_with(".runner-new-app.db.lock")), "{left:?}");
    println!("a new database: {} times not there, {} times whole", found[0], found[1]);
}
