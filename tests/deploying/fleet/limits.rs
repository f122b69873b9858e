//! What the system grants too little of: open files, threads, room for what is printed.

use std::fs;
use std::process::Command;

use insta::assert_snapshot;

use super::scene::{Fleet, built};
use crate::sandbox::{Outcome, skipped};

/// Runs `script`, in which `run` is `runner fleet`.
fn shell(fleet: &Fleet, script: &str) -> Outcome {
    let run =
        "run() { \"$0\" fleet \"$@\" --bundle app.bundle; echo \"exit $?\" >&2; }\n".to_owned();
    let mut command = Command::new("bash");
    command.args(["-c", &(run + script), env!("CARGO_BIN_EXE_runner")]);
    fleet.sandbox.prepare(&mut command);
    fleet.sandbox.outcome(&command.output().unwrap())
}

#[test]
fn more_jobs_than_files_may_be_open_are_refused_before_the_first_database() {
    let fleet = Fleet::of(60);
    let refused = shell(&fleet, "ulimit -n 100; run migrate --databases 'data/*.db' -j 60");
    assert_snapshot!(refused.shown(), @"
    exit 0
    --- stderr
    error: this process may have 100 files open, too few for 60 jobs
    hint: ask for 4 at most, or raise the limit: `ulimit -Hn`
    exit 2
    ");
    assert_eq!(fleet.applied("0000"), [built().first.clone()]);
    // Only the soft limit is low, and the process may raise it.
    let raised = shell(&fleet, "ulimit -Sn 100; run migrate --databases 'data/*.db' -j 30");
    assert_snapshot!(raised.shown(), @"
    exit 0
    --- stdout
    60 databases: 60 applied
      60 at [STAMP]_fleet_two
    --- stderr
    exit 0
    ");
    let status = shell(&fleet, "ulimit -n 100; run status --databases 'data/*.db'");
    assert!(status.stdout.starts_with("60 databases: 60 already"), "{}", status.shown());
}

/// As many threads and processes as nobody may have is too few for the jobs. They may be too few for a process, too:
/// each database has its state all the same.
#[test]
fn fewer_threads_than_jobs_are_no_panic() {
    let fleet = Fleet::of(40);
    let script = "chmod -R a+rwX . && exec setpriv --reuid=65533 --regid=65533 --clear-groups \
        prlimit --nproc=12 \"$0\" fleet migrate --databases 'data/*.db' --bundle app.bundle -j 60 --report report";
    let mut may = Command::new("setpriv");
    may.args(["--reuid=65533", "--regid=65533", "--clear-groups", env!("CARGO_BIN_EXE_runner")]);
    if !may.arg("--version").output().is_ok_and(|output| output.status.success()) {
        skipped("only the superuser may become somebody else, who must find the runner");
        return;
    }
    let outcome = shell(&fleet, script);
    assert!(!outcome.stderr.contains("panicked"), "{}", outcome.shown());
    let states = fleet.states("report");
    assert_eq!(states.len(), 40, "{}", outcome.shown());
    assert!(states.values().all(|state| state != "begun"), "{states:?}");
}

#[test]
fn a_document_that_is_lost_is_an_error_and_a_reader_that_went_away_is_none() {
    let fleet = Fleet::of(2);
    fleet.plan(&[]);
    let script = "run template slurm --plan fleet.plan --shards 2 >/dev/full
        run status --plan fleet.plan --json >/dev/full
        run migrate --plan fleet.plan --json >/dev/full
        \"$0\" schema dump --database data/0000.db --bundle app.bundle >/dev/full; echo \"exit $?\" >&2
        run status --plan fleet.plan --json | :";
    assert_snapshot!(shell(&fleet, script).stderr, @r#"
    error: cannot write to standard output
      caused by: No space left on device (os error 28)
    hint: make room, and try again
    exit 75
    {"error":{"causes":["No space left on device (os error 28)"],"code":"disk-full","exit":"try_again","hint":"make room, and try again","message":"cannot write to standard output"}}
    exit 75
    note: cannot write to standard output: No space left on device (os error 28)
    exit 0
    error: cannot write to standard output
      caused by: No space left on device (os error 28)
    hint: make room, and try again
    exit 75
    exit 0
    "#);
}

#[test]
fn nothing_is_written_over_a_database() {
    let fleet = Fleet::of(2);
    fleet.plan(&[]);
    fleet.run(&["migrate", "--plan", "fleet.plan", "--report", "report"]).succeeded();
    fs::write(fleet.path("empty"), "").unwrap();
    fs::write(fleet.sandbox.path("other.db"), fs::read(fleet.path("0000")).unwrap()).unwrap();
    let mut told = String::new();
    for words in [
        &["plan", "--databases", "data/*.db", "-o", "data/0000.db"][..],
        &["plan", "--databases", "data/*.db", "-o", "data/empty.db"],
        &["plan", "--databases", "data/*.db", "-o", "other.db"],
        &["plan", "--databases", "data/*.db", "-o", "nodir/fleet.plan"],
        &["report", "report", "--plan", "fleet.plan", "--html", "other.db"],
        &["report", "report", "--plan", "fleet.plan", "--html", "data/0001.db"],
        &["migrate", "--plan", "fleet.plan", "--report", "data/0001.db"],
    ] {
        let outcome = fleet.sandbox.unchanged_by(fleet.command(words));
        assert_eq!(outcome.code, Some(2), "{words:?} {}", outcome.shown());
        told += &format!("$ {}\n{}", words.join(" "), outcome.stderr);
    }
    let words = [
        "schema",
        "dump",
        "--database",
        "data/0000.db",
        "--bundle",
        "app.bundle",
        "--output",
        "other.db",
    ];
    let outcome = fleet.sandbox.run(&words);
    assert_eq!(outcome.code, Some(2), "{}", outcome.shown());
    assert_snapshot!(told + &outcome.stderr, @"
    $ plan --databases data/*.db -o data/0000.db
    error: `data/0000.db` is a database of the plan
    hint: nothing was written; name another file
    $ plan --databases data/*.db -o data/empty.db
    error: `data/empty.db` is a database of the plan
    hint: nothing was written; name another file
    $ plan --databases data/*.db -o other.db
    error: cannot write `other.db`
      caused by: there is an SQLite database, which is kept
    hint: name another file
    $ plan --databases data/*.db -o nodir/fleet.plan
    error: cannot write `nodir/fleet.plan`
      caused by: No such file or directory (os error 2)
    hint: make the folder that it is to be in
    $ report report --plan fleet.plan --html other.db
    error: cannot write `other.db`
      caused by: there is an SQLite database, which is kept
    hint: name another file
    $ report report --plan fleet.plan --html data/0001.db
    error: `data/0001.db` is a database of the plan
    hint: nothing was written; name another file
    $ migrate --plan fleet.plan --report data/0001.db
    error: cannot use the report `data/0001.db`
      caused by: it is not the report of a fleet
    hint: nothing was touched; name the report of a run, or for a new one a file that is not there
    error: cannot write `other.db`
      caused by: there is an SQLite database, which is kept
    hint: name another file
    ");
}

#[test]
fn a_file_in_the_place_of_the_backups_is_found_before_the_first_database() {
    let fleet = Fleet::of(2);
    fleet.sandbox.write("runner.toml", "database = \"app.db\"\nbackup = true\n");
    fleet.sandbox.write("backups", "");
    let words = ["migrate", "--databases", "data/*.db"];
    assert_snapshot!(fleet.sandbox.unchanged_by(fleet.command(&words)).shown(), @"
    exit 2
    --- stderr
    error: cannot make `[ROOT]/backups`
      caused by: File exists (os error 17)
    hint: move the file away that is in its place, or name another folder
    ");
}
