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
    assert_snapshot!(told("a file with a name"), @"
    exit 1
    --- stderr
    error: the migration `[STAMP]_fails_in_sql` failed
      caused by: forward.sql:5: table level has 1 columns but 2 values were supplied
        INSERT INTO level
        SELECT id, 1 FROM player
    hint: everything that it did was rolled back
    ");
    assert_eq!(told("a file without"), told("a file with a name"));
    assert_snapshot!(told("a file as an operation"), @"
    exit 1
    --- stderr
    error: the migration `[STAMP]_fails_in_sql` failed
      caused by: cannot execute `-- level is new CREATE TABLE trace (a); CREATE TABLE level (..`
      caused by: SQLite refuses
      caused by: forward.sql:5: table level has 1 columns but 2 values were supplied
        INSERT INTO level
        SELECT id, 1 FROM player
    hint: everything that it did was rolled back
    ");
    assert_snapshot!(told("a literal"), @"
    exit 1
    --- stderr
    error: the migration `[STAMP]_fails_in_sql` failed
      caused by: src/lib.rs:18: table trace has 1 columns but 2 values were supplied
        INSERT INTO trace
                         VALUES (1, 2)
    hint: everything that it did was rolled back
    ");
    assert_snapshot!(told("a text that was put together"), @r#"
    exit 1
    --- stderr
    error: the migration `[STAMP]_fails_in_sql` failed
      caused by: near "TABEL": syntax error
        DROP TABEL trace
        at [STAMP]_fails_in_sql/src/lib.rs:23:26, line 2 of its SQL
    hint: everything that it did was rolled back
    "#);
    assert_snapshot!(told("one statement"), @"
    exit 1
    --- stderr
    error: the migration `[STAMP]_fails_in_sql` failed
      caused by: src/lib.rs:26: NOT NULL constraint failed: player.score
        INSERT INTO player (name) VALUES (?1)
    hint: everything that it did was rolled back
    ");
    assert_snapshot!(told("the connection"), @"
    exit 1
    --- stderr
    error: the migration `[STAMP]_fails_in_sql` failed
      caused by: no such column: level
        SELECT level FROM player
        at [STAMP]_fails_in_sql/src/lib.rs:29:17
    hint: everything that it did was rolled back
    ");
    assert_snapshot!(told("outside of transactions only"), @"
    exit 1
    --- stderr
    error: the migration `[STAMP]_fails_in_sql` failed
      caused by: src/lib.rs:32: cannot VACUUM from within a transaction
        VACUUM
    hint: everything that it did was rolled back. SQLite does this only outside of a transaction: write it alone into a migration with `const TRANSACTIONAL: bool = false`
    ");
    assert_snapshot!(told("the same as an operation"), @"
    exit 1
    --- stderr
    error: the migration `[STAMP]_fails_in_sql` failed
      caused by: cannot execute `VACUUM`
      caused by: SQLite refuses
      caused by: src/lib.rs:33: cannot VACUUM from within a transaction
        VACUUM
    hint: everything that it did was rolled back. SQLite does this only outside of a transaction: write it alone into a migration with `const TRANSACTIONAL: bool = false`
    ");
    assert_snapshot!(told("what another tool wrote"), @"
    exit 3
    --- stderr
    error: the migration `[STAMP]_fails_in_sql` tried what a migration may not do:
        dump.sql:2: set `PRAGMA journal_mode = WAL`
        dump.sql:3: BEGIN a transaction: the transaction is the runner's
        dump.sql:5: set `PRAGMA writable_schema = ON`
        dump.sql:7: COMMIT: the transaction is the runner's
        dump.sql:8: set `PRAGMA writable_schema = OFF`
    hint: it was rolled back.
        `journal_mode`: it does nothing within a transaction; a migration with `const TRANSACTIONAL: bool = false` can set it
        take BEGIN and COMMIT out: the runner begins and commits
        `writable_schema`: the operations change the text of a table without it, and write no row where none changes: `add_foreign_key`, `add_check`, `set_not_null`, `alter_column_type`, `drop_constraint`
    explain: runner explain pragma-denied
    ");

    let error = |how| {
        let outcome = failing(&sandbox, how, &["--json"]);
        let document: Value = serde_json::from_str(&outcome.stderr).unwrap();
        document["error"]["statement"].to_string()
    };
    assert_snapshot!(error("a file without"), @r#"{"column":1,"file":"forward.sql","line":5,"sql":"INSERT INTO level\nSELECT id, 1 FROM player"}"#);
    assert_snapshot!(error("a text that was put together"), @r#"{"column":6,"file":null,"line":2,"sql":"DROP TABEL trace"}"#);
    assert_snapshot!(error("what another tool wrote"), @r#"{"column":1,"file":"dump.sql","line":2,"sql":"PRAGMA journal_mode = WAL"}"#);
    assert_snapshot!(error("nothing"), @"null");
}
