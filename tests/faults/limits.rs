//! The system's own limits (<https://pubs.opengroup.org/onlinepubs/9799919799/functions/getrlimit.html>):
//! too large a file, too many open files, too little memory. The migration is applied or it is not.
#![cfg(unix)]

use std::io::Write as _;
use std::process::{Command, Stdio};

use crate::populated::{Journal, Trial};
use crate::sandbox::{Outcome, Sandbox, as_many};
use insta::assert_snapshot;
use runner::Direction;

/// Runs the binary in a shell that has set `limit`.
fn limited(sandbox: &Sandbox, limit: &str, arguments: &[&str]) -> Command {
    let mut command = sandbox.shell(&format!("ulimit -c 0; ulimit {limit} && exec \"$0\" \"$@\""));
    command.args(arguments);
    command
}

/// Runs the process that applies under `limit`.
fn apply_under(trial: &Trial, limit: &str) -> Outcome {
    let sandbox = &trial.populated.sandbox;
    let path = trial.job.database.path.to_str().unwrap();
    let mut command = limited(sandbox, limit, &["apply-job", path]);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut process = command.spawn().unwrap();
    // It ends with its standard input. One that does not even start reads nothing.
    let mut input = process.stdin.take().unwrap();
    let _ = writeln!(input, "{}", serde_json::to_string(&trial.job).unwrap());
    let output = process.wait_with_output().unwrap();
    drop(input);
    sandbox.outcome(&output)
}

/// Raises a limit until the job is done. Panics unless each limit left whole steps, and all that were
/// told. Gives how many limits were too low.
fn raise(trial: &Trial, limits: impl Iterator<Item = String>) -> usize {
    for (too_low, limit) in limits.enumerate() {
        trial.populated.put(&trial.start);
        let outcome = apply_under(trial, &limit);
        let told = outcome.stdout.lines().filter(|line| line.contains("\"finished\"")).count();
        assert_eq!(trial.steps_taken(&limit), told, "{limit}: {outcome:?}");
        if told == trial.job.steps.len() {
            println!("{too_low} limits were too low, and {limit} is enough");
            return too_low;
        }
        trial.finishes(&limit);
    }
    panic!("no limit is enough");
}

#[test]
fn a_file_that_may_grow_no_further_is_an_error_and_nothing_stays() {
    let sandbox = Sandbox::project();
    sandbox.sql_migration(
        "limits_ground",
        "CREATE TABLE heap (a); INSERT INTO heap VALUES (1)",
        "",
    );
    sandbox.run(&["migrate"]).succeeded();
    sandbox.sql_migration(
        "limits_much",
        "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 3000) \
         INSERT INTO heap SELECT randomblob(1000) FROM n",
        "",
    );
    sandbox.run(&["migrate", "--dry-run"]).succeeded();
    let before = sandbox.contents();
    // A block has 512 or 1024 bytes, depending on the shell.
    let mut command = limited(&sandbox, "-f 2000", &["migrate"]);
    let outcome = sandbox.outcome(&command.stdin(Stdio::null()).output().unwrap());
    assert_eq!(sandbox.contents(), before);
    assert!(!sandbox.path("app.db-journal").exists());
    assert_snapshot!(outcome.shown(), @"
    exit 1
    --- stderr
    error: the migration `[STAMP]_limits_much` failed
      caused by: src/lib.rs:5: disk I/O error
        WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 3000) INSERT INTO heap SELECT randomblob(1000) FROM n
    hint: everything that it did was rolled back; see whether the disk is sound, and whether it or a limit on the size of files (`ulimit -f`) leaves room; then try again
    ");
    sandbox.run(&["migrate"]).succeeded();
}

#[test]
fn little_stack_is_enough_for_all_but_cargo_which_is_told() {
    let sandbox = Sandbox::project();
    let under = |arguments: &[&str]| {
        let mut command = limited(&sandbox, "-s 64", arguments);
        sandbox.outcome(&command.stdin(Stdio::null()).output().unwrap())
    };
    under(&["--help"]).succeeded();
    under(&["create", "create_heap", "a:text"]).succeeded();
    under(&["status"]).succeeded();
    under(&["schema", "dump", "database"]).succeeded();
    sandbox.run(&["bundle", "-o", "release.bundle"]).succeeded();
    under(&["migrate", "--bundle", "release.bundle", "--create"]).succeeded();
    assert!(sandbox.database().table_exists(None, "heap").unwrap());
    sandbox.run(&["create", "create_pile", "a:text"]).succeeded();
    let built = under(&["migrate"]);
    assert!(
        built.stderr.contains("hint: nothing was applied; cargo has too little stack"),
        "{built:?}"
    );
}

#[test]
fn a_schema_may_be_as_deep_as_sqlite_takes_it() {
    const DEPTH: usize = 2400;
    let sandbox = Sandbox::project();
    let deep = format!("{}1{}", "(".repeat(DEPTH), ")".repeat(DEPTH));
    let forward = format!("CREATE TABLE deep (a CHECK ({deep}))");
    sandbox.sql_migration("limits_deep", &forward, "DROP TABLE deep");
    for command in [&["test"][..], &["migrate"], &["schema", "dump", "database"], &["check"]] {
        sandbox.run(command).succeeded();
    }
}

#[test]
fn whatever_size_a_file_may_have_whole_steps_are_there() {
    for journal in [Journal::Delete, Journal::Wal] {
        let trial = Trial::of(journal, Direction::Forward);
        // In half kilobytes or kilobytes.
        assert!(raise(&trial, (2..).step_by(as_many(3, 6)).map(|size| format!("-f {size}"))) > 3);
    }
}

#[test]
fn however_few_files_may_be_open_whole_steps_are_there() {
    for journal in [Journal::Delete, Journal::Wal] {
        let trial = Trial::of(journal, Direction::Forward);
        assert!(raise(&trial, (4..).map(|count| format!("-n {count}"))) > 1);
    }
}

#[test]
#[cfg(target_os = "linux")]
fn however_little_memory_there_is_whole_steps_are_there() {
    let trial = Trial::of(Journal::Delete, Direction::Forward);
    // In kilobytes. Where the program itself does not fit, the system does not start it.
    assert!(
        raise(&trial, (4000..).step_by(as_many(500, 2000)).map(|size| format!("-v {size}"))) > 3
    );
}
