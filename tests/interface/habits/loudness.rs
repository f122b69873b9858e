//! `--quiet` and `--verbose`.

use insta::assert_snapshot;

use crate::sandbox::{Outcome, Sandbox};

/// A project with a migration.
fn project(name: &str) -> Sandbox {
    let sandbox = Sandbox::project();
    sandbox.sql_migration(name, "CREATE TABLE t (a)", "DROP TABLE t");
    sandbox
}

#[track_caller]
fn is_silent(outcome: &Outcome) {
    assert_eq!((&*outcome.stdout, &*outcome.stderr), ("", ""));
}

#[test]
fn quiet_commands_say_nothing_and_their_exit_code_tells() {
    let sandbox = project("habits_quiet");
    for command in [
        &["migrate"][..],
        &["status"],
        &["redo"],
        &["backup"],
        &["repair"],
        &["fake"],
        &["check"],
        &["down", "--dry-run"],
        &["create", "another"],
        &["init"],
    ] {
        is_silent(&sandbox.run(&[command, &["--quiet"]].concat()).succeeded());
    }
    assert_eq!(sandbox.run(&["check", "-q", "pending"]).code, Some(1));
}

#[test]
fn errors_are_told_by_quiet_commands_too() {
    let sandbox = Sandbox::empty();
    assert_snapshot!(sandbox.run(&["status", "--quiet"]).shown(), @"
    exit 2
    --- stderr
    error: there is no `runner.toml` in `[ROOT]` or above
    hint: `runner init` makes one; with `--database FILE`, and `--migrations DIR` or `--bundle FILE`, none is needed
    ");
}

#[test]
fn what_is_asked_for_as_a_document_is_printed_by_quiet_commands_too() {
    let sandbox = project("habits_documents");
    for command in [
        &["status", "--json"][..],
        &["schema", "dump"],
        &["schema", "diagram"],
        &["explain", "rows-lost"],
        &["completions", "bash"],
    ] {
        let loud = sandbox.run(command).succeeded();
        let quiet = sandbox.run(&[command, &["--quiet"]].concat()).succeeded();
        assert_eq!(quiet.stdout, loud.stdout);
        assert!(!quiet.stdout.is_empty());
    }
}

#[test]
fn verbose_commands_tell_on_stderr_what_is_done_and_how_long_it_takes() {
    let sandbox = project("habits_verbose");
    sandbox.run(&["migrate"]).succeeded();
    let outcome = sandbox.run(&["redo", "--verbose"]).succeeded();
    let shown = outcome.shown().replace(rusqlite::version(), "[SQLITE]");
    assert_snapshot!(shown, @"
    exit 0
    --- stdout
    reverted [STAMP]_habits_verbose ([N] ms)
    applied [STAMP]_habits_verbose ([N] ms)
    redid 1 migration: `app.db` has 1 applied, 0 pending
    --- stderr
    database `app.db`, by SQLite [VERSION], waiting 5 s for its lock
    found 1 migration in `migrations` ([N] ms)
    compared crates, history and schema: 1 applied, 0 drifted ([N] ms)
    cargo build --package m[STAMP]_habits_verbose --lib --message-format=json-render-diagnostics
    built ([N] ms)
    [STAMP]_habits_verbose: the lock is taken, its tables are looked at, 1 library loaded ([N] ms)
    [STAMP]_habits_verbose: its code has run ([N] ms)
    [STAMP]_habits_verbose: checked, recorded, committed ([N] ms)
    [STAMP]_habits_verbose: the lock is taken, its tables are looked at ([N] ms)
    [STAMP]_habits_verbose: its code has run ([N] ms)
    [STAMP]_habits_verbose: checked, recorded, committed ([N] ms)
    ");
}

#[test]
fn verbose_commands_leave_json_as_it_is() {
    let sandbox = project("habits_verbose_json");
    let outcome = sandbox.run(&["status", "-v", "--json"]).succeeded();
    assert!(outcome.stderr.contains("found 1 migration"), "{}", outcome.stderr);
    serde_json::from_str::<serde_json::Value>(&outcome.stdout).unwrap();
}

#[test]
fn quiet_and_verbose_do_not_go_together() {
    assert_eq!(Sandbox::empty().run(&["status", "-q", "-v"]).code, Some(2));
}
