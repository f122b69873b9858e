//! Applications that migrate when they start: the example in `examples/guestbook`, as real processes,
//! and the library in this one.
#![cfg(unix)]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::OnceLock;

use crate::sandbox::{Sandbox, repository, rows};
use runner::{Bundle, Database, Direction, Event, MigrationId, StartOptions};

const EXAMPLE: &str = "examples/guestbook";
const MOOD: &str = "20260212_101500_add_mood_to_entry";
const FIRST: &str = "20260105_090000_create_entry";

/// Copies the example into `sandbox`, with paths that are right there.
fn copy_example(sandbox: &Sandbox) {
    let repository = repository();
    let from = repository.join(EXAMPLE);
    let mut folders = vec![PathBuf::new()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(from.join(&folder)).unwrap() {
            let below = folder.join(entry.unwrap().file_name());
            if below.ends_with("target") || below.extension().is_some_and(|end| end == "bundle") {
                continue;
            }
            if from.join(&below).is_dir() {
                folders.push(below);
                continue;
            }
            let text = fs::read_to_string(from.join(&below)).unwrap();
            let root = format!("\"{}/", repository.display());
            sandbox.write(below, &text.replace("\"../../../", &root).replace("\"../../", &root));
        }
    }
}

/// The bundle of the example, and one of its older version, which knows the first migration alone.
fn bundles() -> &'static [Vec<u8>; 2] {
    static BUNDLES: OnceLock<[Vec<u8>; 2]> = OnceLock::new();
    BUNDLES.get_or_init(|| {
        let sandbox = Sandbox::empty();
        copy_example(&sandbox);
        sandbox.run(&["bundle", "-o", "new"]).succeeded();
        fs::remove_dir_all(sandbox.path(format!("migrations/{MOOD}"))).unwrap();
        sandbox.run(&["bundle", "-o", "old"]).succeeded();
        ["new", "old"].map(|name| fs::read(sandbox.path(name)).unwrap())
    })
}

/// The built example, by the commands of its README.
fn guestbook() -> &'static Path {
    static PROGRAM: OnceLock<PathBuf> = OnceLock::new();
    PROGRAM.get_or_init(|| {
        let readme = fs::read_to_string(repository().join(EXAMPLE).join("README.md")).unwrap();
        assert!(readme.contains("runner bundle -o guestbook.bundle "), "{readme}");
        assert!(readme.contains("cargo build "), "{readme}");
        let sandbox = Sandbox::empty();
        copy_example(&sandbox);
        sandbox.run(&["bundle", "-o", "guestbook.bundle"]).succeeded();
        let built = build(&sandbox);
        assert!(built.status.success(), "{}", String::from_utf8_lossy(&built.stderr));
        // The bundle of another version is not embedded.
        fs::rename(sandbox.path(format!("migrations/{MOOD}")), sandbox.path("away")).unwrap();
        let outcome = sandbox.outcome(&build(&sandbox));
        assert_eq!(outcome.code, Some(101), "{}", outcome.shown());
        let told = format!("bundle: `{MOOD}` is in it, and not in the folder of migrations");
        for told in [sandbox.normal(&told).as_str(), "guestbook.bundle is stale"] {
            assert!(outcome.stderr.contains(told), "{told} in\n{}", outcome.stderr);
        }
        fs::rename(sandbox.path("away"), sandbox.path(format!("migrations/{MOOD}"))).unwrap();
        let again = build(&sandbox);
        assert!(again.status.success(), "{}", String::from_utf8_lossy(&again.stderr));
        target().join("debug/guestbook")
    })
}

fn target() -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join("guestbook")
}

/// `cargo build` where the runner is in PATH.
fn build(sandbox: &Sandbox) -> Output {
    let runner = Path::new(env!("CARGO_BIN_EXE_runner")).parent().unwrap();
    let path = std::env::var_os("PATH").unwrap_or_default();
    let path = [runner.to_owned()].into_iter().chain(std::env::split_paths(&path));
    let mut command = Command::new("cargo");
    sandbox.prepare(command.arg("build"));
    command.env("CARGO_TARGET_DIR", target()).env("PATH", std::env::join_paths(path).unwrap());
    command.output().unwrap()
}

#[test]
fn the_page_shows_the_build_script_of_the_example() {
    let page = fs::read_to_string(repository().join("docs/start-up.md")).unwrap();
    let script = fs::read_to_string(repository().join(EXAMPLE).join("build.rs")).unwrap();
    let (_, code) = script.split_once("\n\n").unwrap();
    let shown =
        format!("```rust,ignore\n{}```", code.replace("guestbook.bundle", "migrations.bundle"));
    assert!(page.contains(&shown), "{shown}");
}

/// The example in `sandbox`, where there is no cargo, nor anything else.
fn start(sandbox: &Sandbox, message: &str) -> Child {
    Command::new(guestbook())
        .args(["app.db", message])
        .current_dir(sandbox.root())
        .env("PATH", sandbox.path("nowhere"))
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap()
}

fn end(child: Child) -> Output {
    child.wait_with_output().unwrap()
}

fn applied(sandbox: &Sandbox) -> String {
    rows(&sandbox.database(), "SELECT id FROM _runner_migrations ORDER BY id")
}

#[test]
fn the_example_migrates_and_then_does_its_work() {
    let sandbox = Sandbox::empty();
    let first = sandbox.outcome(&end(start(&sandbox, "hello")));
    assert_eq!(first.code, Some(0), "{}", first.shown());
    assert_eq!(first.stdout, "hello\n");
    assert_eq!(first.stderr, sandbox.normal(&format!("applied {FIRST}\napplied {MOOD}\n")));
    let second = sandbox.outcome(&end(start(&sandbox, "again")));
    assert_eq!((second.stdout.as_str(), second.stderr.as_str()), ("hello\nagain\n", ""));
}

#[test]
fn processes_that_start_at_once_all_find_it_migrated_and_each_migration_is_applied_once() {
    const PROCESSES: usize = 8;
    guestbook();
    for _ in 0..5 {
        let sandbox = Sandbox::empty();
        let children: Vec<_> = (0..PROCESSES).map(|_| start(&sandbox, "hello")).collect();
        let outputs: Vec<_> = children.into_iter().map(end).collect();
        let said = |output: &Output| String::from_utf8_lossy(&output.stderr).into_owned();
        let all: String = outputs.iter().map(said).collect();
        assert!(outputs.iter().all(|output| output.status.success()), "{all}");
        for id in [FIRST, MOOD] {
            assert_eq!(all.matches(&format!("applied {id}\n")).count(), 1, "{all}");
        }
        let count = "SELECT count(*) FROM entry";
        assert_eq!(rows(&sandbox.database(), count), format!("  Integer({PROCESSES})\n"));
    }
}

#[test]
fn an_application_whose_database_cannot_be_migrated_stops() {
    let sandbox = Sandbox::empty();
    sandbox.database().execute_batch("CREATE TABLE entry (something_else)").unwrap();
    let before = fs::read(sandbox.path("app.db")).unwrap();
    let outcome = sandbox.outcome(&end(start(&sandbox, "hello")));
    assert_eq!((outcome.code, outcome.stdout.as_str()), (Some(1), ""));
    assert!(outcome.stderr.starts_with("the guestbook does not open: "), "{}", outcome.stderr);
    assert_eq!(fs::read(sandbox.path("app.db")).unwrap(), before);
}

/// Starts with `bundle` in this process.
fn migrate(bundle: &[u8], sandbox: &Sandbox) -> Result<runner::UpToDate, runner::Error> {
    Bundle::from_bytes(bundle.to_vec())?.migrate(
        &Database::at(sandbox.path("app.db")),
        &StartOptions::default(),
        &mut |_| {},
    )
}

#[test]
fn it_tells_what_it_did_and_what_happened() {
    let [new, old] = bundles();
    let sandbox = Sandbox::empty();
    let database = Database::at(sandbox.path("app.db"));
    let mut started = Vec::new();
    let bundle = Bundle::from_bytes(old.as_slice()).unwrap();
    let up_to_date = bundle
        .migrate(&database, &StartOptions::default(), &mut |event| {
            if let Event::Started { id, direction } = event {
                started.push((id.to_string(), direction));
            }
        })
        .unwrap();
    assert_eq!(started, [(FIRST.to_owned(), Direction::Forward)]);
    assert_eq!(up_to_date.report.done.len(), 1);
    let after = migrate(new, &sandbox).unwrap();
    assert_eq!(after.report.done[0].id.as_str(), MOOD);
    let nothing = migrate(new, &sandbox).unwrap();
    assert!(nothing.report.done.is_empty() && nothing.newer.is_empty());
}

#[test]
fn an_older_application_may_use_a_newer_database_where_the_migration_says_so() {
    let [new, old] = bundles();
    let sandbox = Sandbox::empty();
    migrate(new, &sandbox).unwrap();
    let before = sandbox.contents();
    let up_to_date = migrate(old, &sandbox).unwrap();
    assert!(up_to_date.report.done.is_empty());
    assert_eq!(up_to_date.newer.iter().map(MigrationId::as_str).collect::<Vec<_>>(), [MOOD]);
    assert_eq!(sandbox.contents(), before);

    // Where it does not say so, that is an error of its own kind, and nothing is changed.
    let forget = "UPDATE _runner_migrations SET usable_since = NULL";
    sandbox.database().execute_batch(forget).unwrap();
    let error = migrate(old, &sandbox).unwrap_err();
    let newer = error.newer_database().unwrap();
    assert_eq!(newer.iter().map(MigrationId::as_str).collect::<Vec<_>>(), [MOOD]);
    assert_eq!(error.exit() as u8, 3);
    assert_eq!(sandbox.contents(), before);
}

#[test]
fn a_history_of_an_older_runner_is_read_and_gets_its_new_column_with_the_next_migration() {
    let [new, old] = bundles();
    let sandbox = Sandbox::empty();
    migrate(old, &sandbox).unwrap();
    let drop = "ALTER TABLE _runner_migrations DROP COLUMN usable_since";
    sandbox.database().execute_batch(drop).unwrap();
    assert!(migrate(old, &sandbox).unwrap().report.done.is_empty());
    migrate(new, &sandbox).unwrap();
    let since = "SELECT usable_since FROM _runner_migrations ORDER BY id";
    assert_eq!(rows(&sandbox.database(), since), format!("  Null\n  Text({FIRST:?})\n"));
    assert_eq!(applied(&sandbox).lines().count(), 2);
}

#[test]
fn the_engine_has_nothing_of_the_workshop_and_the_command_line() {
    let tree = Command::new("cargo")
        .args(["tree", "--package", "migration-runner-engine", "--edges", "normal"])
        .args(["--prefix", "none", "--format", "{p}"])
        .current_dir(repository())
        .output()
        .unwrap();
    let tree = String::from_utf8(tree.stdout).unwrap();
    assert!(tree.starts_with("migration-runner-engine "), "{tree}");
    for name in [
        "cargo_metadata",
        "clap",
        "dagre",
        "dialoguer",
        "indicatif",
        "minijinja",
        "minisign",
        "migration-runner-workshop",
        "similar",
        "toml",
        "toml_edit",
    ] {
        let is_part = tree.lines().any(|line| line.split(' ').next() == Some(name));
        assert!(!is_part, "{name} in\n{tree}");
    }
}
