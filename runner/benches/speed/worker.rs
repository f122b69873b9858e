//! This program as a fresh process that does one piece of work and prints how long it took, without
//! the start of the process.

use std::env;
use std::fs;
use std::io::{self, Write as _};
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use runner::{
    ApplyOptions, BuildOptions, Bundle, Config, Database, Job, Order, Overrides, Project,
    StartOptions, Target,
};
use rusqlite::Connection;

use crate::{beside, fixup, many, processor, project, writer};

const MARK: &str = "--worker";

/// Does the work that this process was started for. Whether there was any.
pub(crate) fn serve() -> bool {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let [MARK, work @ ..] = words.as_slice() else { return false };
    match work {
        ["plan and build"] => {
            let config = Config::find(&env::current_dir().unwrap(), &Overrides::default()).unwrap();
            let project = Project::open(config).unwrap();
            let status = project.status(Duration::ZERO).unwrap();
            let plan = project.plan(&Target::Latest, &status, Order::Strict).unwrap();
            let options = ApplyOptions::default();
            let job = project.build(&plan, BuildOptions::default(), options, &mut |_| {}).unwrap();
            println!("{}", serde_json::to_string(&job).unwrap());
        }
        ["apply"] => {
            let job: Job = serde_json::from_reader(io::stdin()).unwrap();
            print_time(|| {
                let report = job.apply(&mut |_| {}).unwrap();
                assert_eq!(report.done.len(), job.steps.len());
            });
        }
        ["apply measured"] => {
            let job: Job = serde_json::from_reader(io::stdin()).unwrap();
            print_time(|| drop(job.apply(&mut |_| {}).unwrap()));
            println!("{}", processor::largest_of_this());
        }
        ["copy", original, copy] => runner::apply::copy(&open(original), Path::new(copy)).unwrap(),
        ["write", database] => writer::write(database),
        ["start", bundle, database] => {
            let bundle = Bundle::open(Path::new(bundle)).unwrap();
            let database = Database::at(database);
            bundle.migrate(&database, &StartOptions::default(), &mut |_| {}).unwrap();
        }
        ["read history", database] => read_ids(database),
        ["migrate fleet", original, list, jobs] => {
            let history = many::History::read(original);
            let databases = fs::read_to_string(list).unwrap();
            let databases: Vec<&str> = databases.lines().collect();
            thread::scope(|scope| {
                for part in databases.chunks(databases.len().div_ceil(jobs.parse().unwrap())) {
                    let history = &history;
                    scope.spawn(move || {
                        part.iter().for_each(|database| history.replay_last(&open(database)));
                    });
                }
            });
        }
        ["read fleet", list] => fs::read_to_string(list).unwrap().lines().for_each(read_ids),
        ["largest process", command @ ..] => {
            project::run(Command::new(command[0]).args(&command[1..]));
            println!("{}", processor::largest_child());
        }
        ["replay", original, database] => {
            let history = many::History::read(original);
            print_time(|| history.replay(&open(database)));
        }
        ["fix up", database] => print_time(|| {
            let connection = open(database);
            connection.execute_batch("BEGIN IMMEDIATE").unwrap();
            fixup::fix_up(&connection).unwrap();
            connection.execute_batch("COMMIT").unwrap();
        }),
        ["change", database] => print_time(|| {
            let connection = open(database);
            connection.execute_batch("BEGIN IMMEDIATE").unwrap();
            connection.execute_batch(beside::CHANGE).unwrap();
            connection.execute_batch("COMMIT").unwrap();
        }),
        unknown => panic!("no such work: {unknown:?}"),
    }
    true
}

fn read_ids(database: &str) {
    let connection = Connection::open(database).unwrap();
    let mut read = connection.prepare("SELECT id FROM _runner_migrations").unwrap();
    let ids = read.query_map([], |row| row.get::<_, String>(0)).unwrap();
    assert!(ids.map(Result::unwrap).count() > 0);
}

/// A connection with the settings that migrations run under.
fn open(database: &str) -> Connection {
    let connection = Connection::open(database).unwrap();
    connection.pragma_update(None, "synchronous", "EXTRA").unwrap();
    connection.pragma_update(None, "foreign_keys", false).unwrap();
    connection
}

fn print_time(work: impl FnOnce()) {
    let started = Instant::now();
    work();
    println!("{}", started.elapsed().as_nanos());
}

/// This program as a worker, still without its work.
pub(crate) fn command() -> Command {
    let mut command = Command::new(env::current_exe().unwrap());
    command.arg(MARK);
    command
}

/// The job that applies all migrations of the project that `command` runs in.
pub(crate) fn plan_and_build(command: &mut Command) -> Job {
    serde_json::from_slice(&output(command.arg("plan and build"), &[])).unwrap()
}

/// How long a whole process takes that brings `database` up to date with `bundle`.
pub(crate) fn start(bundle: &Path, database: &Path) -> Duration {
    project::run(command().arg("start").arg(bundle).arg(database))
}

/// How long a whole process takes that reads the history of `database` and does nothing else.
pub(crate) fn read_history(database: &Path) -> Duration {
    project::run(command().arg("read history").arg(database))
}

/// How long `job` takes.
pub(crate) fn apply(job: &Job) -> Duration {
    time(command().arg("apply"), &serde_json::to_vec(job).unwrap())
}

/// How long `job` takes, and how many kilobytes at most.
pub(crate) fn apply_measured(job: &Job) -> (Duration, u64) {
    let output = output(command().arg("apply measured"), &serde_json::to_vec(job).unwrap());
    let text = String::from_utf8(output).unwrap();
    let mut lines = text.lines().map(|line| line.parse().unwrap());
    (Duration::from_nanos(lines.next().unwrap()), lines.next().unwrap())
}

/// A bare program copies `original` with SQLite's backup API.
pub(crate) fn copy(original: &Path, copy: &Path) {
    project::run(command().arg("copy").arg(original).arg(copy));
}

/// How long a bare program takes to do to `database` what `original` tells of.
pub(crate) fn replay(original: &Path, database: &Path) -> Duration {
    time(command().arg("replay").arg(original).arg(database), &[])
}

/// How long a bare program takes to change all rows of `database`.
pub(crate) fn fix_up(database: &Path) -> Duration {
    time(command().arg("fix up").arg(database), &[])
}

/// How long a bare program takes for a small change of `database`.
pub(crate) fn change(database: &Path) -> Duration {
    time(command().arg("change").arg(database), &[])
}

/// A bare program does the last migration of `original` to each database in `list`.
pub(crate) fn migrate_fleet(original: &Path, list: &Path, jobs: usize) {
    project::run(command().arg("migrate fleet").arg(original).arg(list).arg(jobs.to_string()));
}

/// A bare program reads the history of each database in `list`.
pub(crate) fn read_fleet(list: &Path) {
    project::run(command().arg("read fleet").arg(list));
}

/// How many kilobytes the largest of the processes takes that `work` is made of.
pub(crate) fn largest_process(work: &Command) -> u64 {
    let mut command = command();
    command.arg("largest process").arg(work.get_program()).args(work.get_args());
    command.envs(work.get_envs().filter_map(|(name, value)| Some((name, value?))));
    command.current_dir(work.get_current_dir().unwrap());
    String::from_utf8(output(&mut command, &[])).unwrap().trim().parse().unwrap()
}

fn time(command: &mut Command, input: &[u8]) -> Duration {
    let text = String::from_utf8(output(command, input)).unwrap();
    Duration::from_nanos(text.trim().parse().unwrap())
}

fn output(command: &mut Command, input: &[u8]) -> Vec<u8> {
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(input).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "{command:?}: {}", output.status);
    output.stdout
}
