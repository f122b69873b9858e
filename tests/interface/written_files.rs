//! The files that commands write are whole or not there, whenever the process is killed and however little
//! may be written; and what it left goes with the next one.
#![cfg(unix)]

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use crate::sandbox::{self, Outcome, Sandbox};

/// How often a process is killed, at moments spread over its life.
const KILLS: u32 = 60;

/// Runs the binary where no file may grow.
fn where_nothing_can_be_written(sandbox: &Sandbox, arguments: &[&str]) -> Outcome {
    let mut command = sandbox.shell("ulimit -c 0; ulimit -f 0 && exec \"$0\" \"$@\"");
    sandbox.outcome(&command.args(arguments).output().unwrap())
}

/// Kills `command` at moments spread over a whole life of it. `before` and `after` are called each time.
fn kill(command: impl Fn() -> Command, before: impl Fn(), mut after: impl FnMut()) {
    let start = || {
        before();
        command().stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
    };
    let started = Instant::now();
    assert!(start().wait().unwrap().success());
    let whole = started.elapsed();
    for number in 0..KILLS {
        let mut child = start();
        thread::sleep(whole * number / KILLS + Duration::from_micros(50));
        child.kill().unwrap();
        child.wait().unwrap();
        after();
    }
}

/// The files that are there by a name of their own.
fn finished(sandbox: &Sandbox) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut files = sandbox.files();
    files.retain(|path, _| !is_left(path));
    files
}

fn is_left(path: &std::path::Path) -> bool {
    path.components().any(|part| part.as_os_str().to_string_lossy().starts_with(".runner-"))
}

#[track_caller]
fn nothing_is_left(sandbox: &Sandbox) {
    let left: Vec<_> = sandbox.files().into_keys().filter(|path| is_left(path)).collect();
    assert!(left.is_empty(), "{left:?}");
}

#[test]
fn an_init_that_cannot_write_makes_no_file_that_the_next_takes_for_one() {
    let sandbox = Sandbox::empty();
    let failed = where_nothing_can_be_written(&sandbox, &["init"]);
    assert!(failed.stderr.starts_with("error: cannot "), "{}", failed.shown());
    let files: Vec<_> =
        sandbox.files().into_keys().filter(|path| sandbox.path(path).is_file()).collect();
    assert!(files.is_empty(), "{files:?}");
    let said = sandbox.run(&["init"]).succeeded().stdout;
    assert!(said.contains("made runner.toml"), "{said}");
}

#[test]
fn a_killed_init_leaves_whole_files_and_the_next_makes_the_rest() {
    let sandbox = Sandbox::empty();
    let project = sandbox.path("project");
    let below = || sandbox.below("project");
    let wanted = {
        fs::create_dir(&project).unwrap();
        below().run(&["init"]).succeeded();
        below().files()
    };
    let empty = || {
        fs::remove_dir_all(&project).unwrap();
        fs::create_dir(&project).unwrap();
    };
    let mut half = 0;
    kill(
        || below().command(&["init"]),
        empty,
        || {
            let there = finished(&below());
            assert!(there.iter().all(|(path, bytes)| wanted[path] == *bytes), "{:?}", there.keys());
            half += usize::from(!there.is_empty() && there.len() < wanted.len());
            below().run(&["init"]).succeeded();
            assert_eq!(below().files(), wanted);
        },
    );
    println!("{half} of {KILLS} had made some of the files");
}

#[test]
fn a_killed_create_leaves_a_whole_migration_or_none() {
    let sandbox = Sandbox::project();
    let mut before = finished(&sandbox).len();
    let mut made = 0;
    kill(
        || sandbox.command(&["create", "create_item", "name:text"]),
        || (),
        || {
            let now = finished(&sandbox).len();
            // A manifest and the code; the first life made one, too.
            assert!((now - before).is_multiple_of(2), "{before} {now}");
            made += (now - before) / 2;
            before = now;
        },
    );
    println!("{made} were made");
    sandbox.run(&["create", "create_last", "name:text"]).succeeded();
    nothing_is_left(&sandbox);
}

#[test]
fn what_is_written_in_the_place_of_a_file_leaves_it_until_it_is_whole() {
    let sandbox = Sandbox::project();
    sandbox.write("models.sql", "CREATE TABLE item (name TEXT);\n");
    for words in [
        &["schema", "dump", "models.sql", "-o", "out"][..],
        &["schema", "diagram", "models.sql", "-o", "out"],
    ] {
        sandbox.write("out", "what was there before");
        let failed = where_nothing_can_be_written(&sandbox, words);
        assert!(failed.stderr.starts_with("error: cannot "), "{}", failed.shown());
        assert_eq!(sandbox.read("out"), "what was there before");
        sandbox.run(words).succeeded();
        assert_ne!(sandbox.read("out"), "what was there before");
        nothing_is_left(&sandbox);
    }
}

#[test]
fn the_manifest_of_a_project_is_whole_when_init_cannot_write_it() {
    let sandbox = Sandbox::empty();
    let manifest = "[workspace]\nmembers = [\"*\"]\n";
    sandbox.write("Cargo.toml", manifest);
    let failed = where_nothing_can_be_written(&sandbox, &["init"]);
    assert!(failed.stderr.starts_with("error: cannot "), "{}", failed.shown());
    assert_eq!(sandbox.read("Cargo.toml"), manifest);
}

#[test]
fn what_a_killed_process_left_goes_with_the_next_unless_somebody_locks_it() {
    let sandbox = Sandbox::project();
    sandbox.write("models.sql", "CREATE TABLE item (name TEXT);\n");
    sandbox.write("migrations/.runner-new-dead/src/lib.rs", "half");
    sandbox.write("migrations/.runner-new-living/src/lib.rs", "half");
    sandbox.write(".runner-dead.partial", "half");
    sandbox.write(".runner-living.partial", "half");
    let living = ["migrations/.runner-new-living", ".runner-living.partial"];
    let locks = living.map(|name| {
        let file = File::open(sandbox.path(name)).unwrap();
        file.lock().unwrap();
        file
    });
    let write = || {
        sandbox.run(&["create", "create_item", "name:text"]).succeeded();
        sandbox.run(&["schema", "dump", "models.sql", "-o", "out"]).succeeded();
    };
    write();
    let left: Vec<_> = sandbox.files().into_keys().filter(|path| is_left(path)).collect();
    assert!(
        left.iter().all(|path| living.iter().any(|living| path.starts_with(living))),
        "{left:?}"
    );
    assert!(living.iter().all(|living| sandbox.path(living).exists()));
    drop(locks);
    write();
    nothing_is_left(&sandbox);
}

#[test]
fn the_copy_of_a_killed_dry_run_goes_with_the_next_one() {
    let sandbox = Sandbox::project();
    let first = sandbox.sql_migration("written_first", "CREATE TABLE item (name TEXT)", "");
    sandbox.sql_migration(
        "written_endless",
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n",
        "",
    );
    let temporary = sandbox.path("temporary");
    fs::create_dir(&temporary).unwrap();
    let dry_run = |more: &[&str]| {
        let mut command = sandbox.command(&["migrate", "--dry-run"]);
        command.args(more).env("TMPDIR", &temporary);
        command
    };
    let mut endless = dry_run(&[]).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    // What cargo and rustc leave there meanwhile is theirs.
    let is_copied = || sandbox.files().keys().any(|path| path.ends_with("copy.db"));
    sandbox::wait_until(is_copied);
    endless.kill().unwrap();
    endless.wait().unwrap();
    assert!(is_copied());
    let next = dry_run(&["--to", &first]).output().unwrap();
    sandbox.outcome(&next).succeeded();
    assert_eq!(fs::read_dir(&temporary).unwrap().count(), 0);
}
