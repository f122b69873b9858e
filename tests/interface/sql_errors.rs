//! What is told of a statement of SQL that fails: the file, the line, and itself alone.

use insta::assert_snapshot;
use serde_json::Value;

use crate::sandbox::{Outcome, Sandbox};
use crate::scene::GROUND;

const FORWARD: &str = "\
-- level is new
CREATE TABLE trace (a);
CREATE TABLE level (player INTEGER);

INSERT INTO level
SELECT id, 1 FROM player;
CREATE TABLE never (a);
";

const DUMP: &str = "\
PRAGMA foreign_keys = OFF;
PRAGMA journal_mode = WAL;
BEGIN TRANSACTION;
CREATE TABLE trace (a);
PRAGMA writable_schema = ON;
INSERT INTO trace VALUES ('a;b');
COMMIT;
PRAGMA writable_schema = OFF;
";

/// A migration that fails as the variable `FAILS` says is pending.
fn pending() -> Sandbox {
    let sandbox = Sandbox::project();
    sandbox.sql_migration("sql_ground", GROUND, "");
    sandbox.run(&["migrate"]).succeeded();
    let id = sandbox.plugin("fails_in_sql");
    sandbox.write(format!("migrations/{id}/forward.sql"), FORWARD);
    sandbox.write(format!("migrations/{id}/dump.sql"), DUMP);
    sandbox
}

fn failing(sandbox: &Sandbox, how: &str, flags: &[&str]) -> Outcome {
    let mut command = sandbox.command(&[&["migrate"], flags].concat());
    let outcome = sandbox.outcome(&command.env("FAILS", how).output().unwrap());
    assert!(!sandbox.contents().contains("trace"), "{}", outcome.shown());
    outcome
}

#[test]
fn a_statement_that_fails_is_told_with_its_file_and_its_line() {
    let sandbox = pending();
    let told = |how| failing(&sandbox, how, &[]).shown();
    assert_snapshot!(told("a file with a name"), @r"");
    assert_eq!(told("a file without"), told("a file with a name"));
    assert_snapshot!(told("a file as an operation"), @r"");
    assert_snapshot!(told("a literal"), @r"");
    assert_snapshot!(told("a text that was put together"), @r"");
    assert_snapshot!(told("one statement"), @r"");
    assert_snapshot!(told("the connection"), @r"");
    assert_snapshot!(told("what another tool wrote"), @r"");

    let error = |how| {
        let outcome = failing(&sandbox, how, &["--json"]);
        let document: Value = serde_json::from_str(&outcome.stderr).unwrap();
        document["error"]["statement"].to_string()
    };
    assert_snapshot!(error("a file without"), @r"");
    assert_snapshot!(error("a text that was put together"), @r"");
    assert_snapshot!(error("what another tool wrote"), @r"");
    assert_snapshot!(error("nothing"), @r"");
}
