//! This program as a fresh process that does one piece of work and prints how long it took, without
//! the start of the process.

use std::env;
use std::io::{self, Write as _};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use runner::{
    ApplyOptions, BuildOptions, Bundle, Config, Database, Job, Order, Overrides, Project,
    StartOptions, Target,
};
use rusqlite::Connection;

use crate::{beside, fixup, many, project};

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
        ["start", bundle, database] => {
            let bundle = Bundle::open(Path::new(bundle)).unwrap();
            let database = Database::at(database);
            bundle.migrate(&database, &StartOptions::default(), &mut |_| {}).unwrap();
        }
        ["read history", database] => {
            let connection = Connection::open(database).unwrap();
            let mut read = connection.prepare("SELECT id FROM _runner_migrations").unwrap();
            let ids = read.query_map([], |row| row.get::<_, String>(0)).unwrap();
            assert!(ids.map(Result::unwrap).count() > 0);
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
