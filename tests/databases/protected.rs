//! What asks before it takes away what a database holds: on a terminal, or by `--yes`.
#![cfg(unix)]

use std::fs;

use insta::assert_snapshot;
use rusqlite::Connection;

use crate::sandbox::Sandbox;
use crate::terminal;

/// A project with two migrations applied to a protected database, and the backup `old.db`.
fn protected(name: &str) -> Sandbox {
    let sandbox = Sandbox::project();
    for which in ["one", "two"] {
        let table = format!("{name}_{which}");
        let [forward, backward] = ["CREATE TABLE", "DROP TABLE"].map(|it| format!("{it} {table}"));
        sandbox.sql_migration(&table, &format!("{forward} (a)"), &backward);
    }
    sandbox.run(&["migrate"]).succeeded();
    sandbox.run(&["backup", "-o", "old.db"]).succeeded();
    sandbox.write("runner.toml", "database = \"app.db\"\nprotected = [\"app*.db\"]\n");
    sandbox
}

#[test]
fn without_a_terminal_nobody_agrees_to_lose_what_a_protected_database_holds() {
    let sandbox = protected("protected_alone");
    assert_snapshot!(sandbox.untouched(&["down"]).shown(), @"
    exit 3
    --- stderr
    error: `app.db` is protected, and nobody agreed to revert `[STAMP]_protected_alone_two`
      caused by: there is no terminal to ask on
    hint: nothing was changed; `--yes` agrees
    explain: runner explain protected-database
    ");
    assert_snapshot!(sandbox.untouched(&["redo", "--steps", "2"]).shown(), @"
    exit 3
    --- stderr
    error: `app.db` is protected, and nobody agreed to revert 2 migrations, from `[STAMP]_protected_alone_two`
      caused by: there is no terminal to ask on
    hint: nothing was changed; `--yes` agrees
    explain: runner explain protected-database
    ");
    assert_snapshot!(sandbox.untouched(&["restore", "old.db"]).shown(), @"
    exit 3
    --- stderr
    error: `app.db` is protected, and nobody agreed to restore it from `old.db`
      caused by: there is no terminal to ask on
    hint: nothing was changed; `--yes` agrees
    explain: runner explain protected-database
    ");
    assert_snapshot!(sandbox.untouched(&["fresh"]).shown(), @"
    exit 3
    --- stderr
    error: `app.db` is protected, and nobody agreed to make it anew, with a backup of what it holds
      caused by: there is no terminal to ask on
    hint: nothing was changed; `--yes` agrees
    explain: runner explain protected-database
    ");
    let json = sandbox.untouched(&["migrate", "--backward", "--all", "--json"]);
    assert_eq!((json.code, json.stdout.as_str()), (Some(3), ""));
    assert!(json.stderr.contains(r#""code":"protected-database""#), "{}", json.stderr);
}

#[test]
fn what_loses_nothing_asks_nothing() {
    let sandbox = protected("protected_calm");
    for words in [&["migrate"][..], &["status"], &["down", "--dry-run"], &["redo", "--dry-run"]] {
        sandbox.untouched(words).succeeded();
    }
    // There is nothing to revert, nor anything to replace; and another database is not protected.
    let other = ["--database", "other.db"];
    sandbox.run(&[&["restore", "old.db"][..], &other].concat()).succeeded();
    sandbox.run(&[&["down", "--all"][..], &other].concat()).succeeded();
    sandbox.run(&["down", "--database", "app-2.db", "--create"]).succeeded();
}

#[test]
fn whoever_agrees_reverts_and_restores() {
    let sandbox = protected("protected_agreed");
    let full = sandbox.contents();
    sandbox.run(&["down", "--yes"]).succeeded();
    assert_ne!(sandbox.contents(), full);
    sandbox.run(&["restore", "old.db", "-y"]).succeeded();
    assert_eq!(sandbox.contents(), full);

    let question = "`app.db` is protected. Really revert `";
    let asked = |answer| terminal::answered(sandbox.command(&["down"]), &[(question, answer)]);
    let (code, shown) = asked("n");
    assert_eq!(code, Some(3), "{shown}");
    assert!(shown.contains("caused by: the answer was no"), "{shown}");
    assert_eq!(sandbox.contents(), full);
    let (code, shown) = asked("y");
    assert_eq!(code, Some(0), "{shown}");
    assert_ne!(sandbox.contents(), full);
}

#[test]
fn a_file_that_is_not_of_this_project_is_restored_when_somebody_agrees() {
    let sandbox = protected("protected_foreign");
    sandbox.write("runner.toml", "database = \"app.db\"\n");
    let plain = Connection::open(sandbox.path("plain.db")).unwrap();
    plain.execute_batch("CREATE TABLE something (a)").unwrap();
    drop(plain);
    assert_snapshot!(sandbox.untouched(&["restore", "plain.db"]).shown(), @"
    exit 3
    --- stderr
    error: `plain.db` has no history of migrations, and nobody agreed to restore `app.db` from it
      caused by: there is no terminal to ask on
    hint: nothing was changed; `--yes` agrees
    explain: runner explain foreign-backup
    ");
    fs::copy(sandbox.path("old.db"), sandbox.path("foreign.db")).unwrap();
    let foreign = Connection::open(sandbox.path("foreign.db")).unwrap();
    foreign.execute_batch("UPDATE _runner_migrations SET id = '19' || substr(id, 3)").unwrap();
    drop(foreign);
    assert_snapshot!(sandbox.untouched(&["restore", "foreign.db"]).shown(), @"
    exit 3
    --- stderr
    error: `foreign.db` has the history of another project's migrations, and nobody agreed to restore `app.db` from it
      caused by: there is no terminal to ask on
    hint: nothing was changed; `--yes` agrees
    explain: runner explain foreign-backup
    ");
    sandbox.run(&["restore", "plain.db", "--yes"]).succeeded();
    // A database without a history loses none, and its own backup is no stranger.
    sandbox.run(&["backup", "-o", "before.db"]).succeeded();
    sandbox.run(&["restore", "before.db"]).succeeded();
}
