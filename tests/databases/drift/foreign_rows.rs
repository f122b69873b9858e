//! Rows of the runner's own tables that something else wrote.

use insta::assert_snapshot;

use super::project::{applied, in_order};
use crate::sandbox::Sandbox;

/// The table of what was started, with a row.
const STARTED: &str = "\
CREATE TABLE _runner_started (
  id TEXT NOT NULL PRIMARY KEY, direction TEXT NOT NULL, started_at TEXT NOT NULL
) WITHOUT ROWID;
INSERT INTO _runner_started VALUES ('20250103_000000_x', 'forward', '2026-01-01T00:00:00Z');";

/// The table of repairs as an application could have made it, with a row that has no reason.
const REPAIRS: &str = "\
CREATE TABLE _runner_repairs (
  number INTEGER PRIMARY KEY, repaired_at, kind, id, old_digest, new_digest, reason, runner_version
);
INSERT INTO _runner_repairs VALUES (3, '2026-01-01T00:00:00Z', 'fake', NULL, '', NULL, 'why', '1');";

/// What every command says that reads the history, which changes nothing.
#[track_caller]
fn refused(sandbox: &Sandbox) -> String {
    let said = sandbox.untouched(&["repair"]).shown();
    for command in [["status"].as_slice(), &["check", "drift"], &["migrate"], &["down"]] {
        assert_eq!(
            sandbox.untouched(command).shown().replace("--- stdout\n", ""),
            said,
            "{command:?}"
        );
    }
    said
}

/// Runs each statement of the hint by itself on a copy, where `status` must then work.
#[track_caller]
fn hint_works(sandbox: &Sandbox) {
    let said = sandbox.command(&["repair"]).output().unwrap().stderr;
    let said = String::from_utf8(said).unwrap();
    let hint = said.lines().find(|line| line.starts_with("hint:")).unwrap();
    let is_statement = |part: &&str| part.starts_with("UPDATE") || part.starts_with("DELETE");
    let statements: Vec<_> = hint.split('`').filter(is_statement).collect();
    assert!(!statements.is_empty(), "{hint}");
    for statement in statements {
        std::fs::copy(sandbox.path("app.db"), sandbox.path("copy.db")).unwrap();
        let copy = rusqlite::Connection::open(sandbox.path("copy.db")).unwrap();
        assert_eq!(copy.execute(statement, []).unwrap(), 1, "{statement}");
        drop(copy);
        sandbox.run(&["status", "--json", "--database", "copy.db"]).succeeded();
    }
}

#[test]
fn a_row_that_is_not_the_runners_is_told_with_its_table_its_column_and_a_statement_that_mends_it() {
    let (sandbox, [_, second, _]) = applied("foreign_rows");
    let mut said = String::new();
    let whole = std::fs::read(sandbox.path("app.db")).unwrap();
    let history =
        |change: &str| format!("UPDATE _runner_migrations SET {change} WHERE id = '{second}'");
    for damage in [
        history("id = 'zzz'"),
        history("applied_at = 'yesterday'"),
        history("duration_us = -1"),
        history("duration_us = 'long'"),
        history("source_digest = x'00'"),
        history("usable_since = 'ever'"),
        format!("{STARTED} UPDATE _runner_started SET direction = 'sideways'"),
        format!("{STARTED} UPDATE _runner_started SET direction = 1"),
        format!("{STARTED} UPDATE _runner_started SET started_at = 'not a time'"),
        format!("{STARTED} UPDATE _runner_started SET id = 'it''s'"),
    ] {
        std::fs::write(sandbox.path("app.db"), &whole).unwrap();
        sandbox.database().execute_batch(&damage).unwrap();
        said += &refused(&sandbox);
        hint_works(&sandbox);
    }
    for damage in ["reason = NULL", "repaired_at = 5", "id = 'x'", "old_digest = 1.5"] {
        std::fs::write(sandbox.path("app.db"), &whole).unwrap();
        let damage = format!("{REPAIRS} UPDATE _runner_repairs SET {damage}");
        sandbox.database().execute_batch(&damage).unwrap();
        said += &sandbox.untouched(&["repair"]).shown();
        hint_works(&sandbox);
    }
    assert_snapshot!(said);
    std::fs::write(sandbox.path("app.db"), &whole).unwrap();
    in_order(&sandbox);
}

#[test]
fn what_was_started_and_has_no_crate_is_told_by_status() {
    let (sandbox, _) = applied("foreign_started");
    sandbox.database().execute_batch(STARTED).unwrap();
    let status = sandbox.untouched(&["status"]).succeeded().stdout;
    assert!(status.contains("\n[/] 1 started, and not finished\nnext: wait"), "{status}");
}

#[test]
fn a_table_without_one_of_the_runners_columns_is_told_as_such() {
    let (sandbox, _) = applied("foreign_table");
    sandbox
        .database()
        .execute_batch("ALTER TABLE _runner_migrations DROP COLUMN source_digest")
        .unwrap();
    assert_snapshot!(refused(&sandbox), @"
    exit 3
    --- stderr
    error: the table `_runner_migrations` has no column `source_digest`: it is not the runner's
    hint: find out what else made or changed it: `SELECT sql FROM sqlite_schema WHERE name = '_runner_migrations'` shows its definition
    explain: runner explain foreign-history
    ");
}
