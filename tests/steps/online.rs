//! A table that gets another shape online: forward and back, half way, and away again.

use std::path::PathBuf;

use insta::assert_snapshot;
use rusqlite::Connection;

use crate::sandbox::{Outcome, Sandbox, rows};

const ROWS: i64 = 3000;
const OURS: &str =
    "SELECT count(*) FROM sqlite_schema WHERE name LIKE '^_runner^_online%' ESCAPE '^'";

/// A project with a table of numbers, and a migration that changes it online.
fn numbers(more: &str) -> Sandbox {
    let sandbox = Sandbox::project();
    sandbox.sql_migration(
        "numbers",
        &format!(
            "CREATE TABLE finished (word); CREATE TABLE kind (id INTEGER PRIMARY KEY);
             CREATE TABLE number (id INTEGER PRIMARY KEY, n INTEGER, kind REFERENCES kind (id));
             CREATE INDEX by_n ON number (n); CREATE TABLE log (what);
             CREATE TRIGGER gone AFTER DELETE ON number BEGIN INSERT INTO log VALUES (old.id); END;
             CREATE VIEW numbers AS SELECT n FROM number; INSERT INTO kind VALUES (1);
             WITH RECURSIVE c (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM c WHERE i < {ROWS})
             INSERT INTO number SELECT i, i, 1 FROM c; {more}"
        ),
        "DROP TABLE finished",
    );
    sandbox.run(&["migrate"]).succeeded();
    sandbox.plugin("changes_online");
    sandbox
}

fn migrate(sandbox: &Sandbox) -> Outcome {
    sandbox.run(&["migrate", "--lock-time", "5ms", "--pause", "0s"])
}

fn number(sandbox: &Sandbox, sql: &str) -> i64 {
    let database: Connection = sandbox.database();
    database.query_row(sql, [], |row| row.get(0)).unwrap()
}

#[test]
fn a_table_is_changed_forward_and_back_and_nothing_is_left_beside_it() {
    let sandbox = numbers("");
    let before = sandbox.contents();
    let outcome = migrate(&sandbox).succeeded();
    assert!(!outcome.shown().contains("planning anew"), "{}", outcome.shown());
    assert_eq!(number(&sandbox, "SELECT count(*) FROM number WHERE twice = 2 * n"), ROWS);
    assert_eq!(number(&sandbox, OURS), 0);
    assert_eq!(number(&sandbox, "SELECT count(*) FROM log"), 0, "the application's trigger fired");
    let database = sandbox.database();
    assert_snapshot!(rows(&database, "SELECT sql FROM sqlite_schema WHERE tbl_name = 'number'"), @r#"
    Text("CREATE TABLE number (id INTEGER PRIMARY KEY, n INTEGER NOT NULL, kind REFERENCES kind (id), \"twice\" INTEGER NOT NULL)")
    Text("CREATE INDEX by_n ON number (n)")
    Text("CREATE TRIGGER gone AFTER DELETE ON number BEGIN INSERT INTO log VALUES (old.id); END")
    "#);
    drop(database);
    sandbox.run(&["status", "--exit-code"]).succeeded();
    sandbox.run(&["migrate", "--backward"]).succeeded();
    assert_eq!(sandbox.contents(), before);
}

#[test]
fn a_row_that_does_not_fit_stops_it_before_the_table_is_touched_and_it_goes_on_when_that_is_mended()
{
    let sandbox = numbers("UPDATE number SET n = NULL WHERE id = 2500;");
    assert_snapshot!(migrate(&sandbox).shown(), @"
    exit 1
    --- stderr
    error: the migration `[STAMP]_changes_online` cannot change a table online
      caused by: cannot make column `n` of table `number` NOT NULL, and 1 more operations
      caused by: NOT NULL is broken by 1 of the rows of `number`, where `n` is NULL (row 2500): fill them first, or say with what to fill them
    hint: the table is as it was, and what was copied so far stays beside it. Once the reason is mended, the next run goes on there: `runner migrate`
    ");
    let status = sandbox.run(&["status"]).succeeded().stdout;
    assert!(status.contains("of 3,000 rows; 0 failed) of `number` online"), "{status}");
    assert!(number(&sandbox, OURS) > 0);
    // The application goes on writing, and does not see it.
    sandbox
        .database()
        .execute_batch(
            "UPDATE number SET n = 7 WHERE id = 2500; DELETE FROM number WHERE id = 1;
             INSERT OR REPLACE INTO number VALUES (2, 22, 1), (9000, 9000, NULL);",
        )
        .unwrap();
    migrate(&sandbox).succeeded();
    assert_eq!(number(&sandbox, "SELECT count(*) FROM number WHERE twice = 2 * n"), ROWS);
    assert_eq!(number(&sandbox, "SELECT twice FROM number WHERE id = 2"), 44);
    assert_eq!(number(&sandbox, OURS), 0);
}

#[test]
fn the_way_back_from_half_way_takes_all_of_it_away() {
    let sandbox = numbers("UPDATE number SET n = NULL WHERE id = 2500;");
    let before = sandbox.contents();
    assert_eq!(migrate(&sandbox).code, Some(1));
    sandbox.run(&["migrate", "--backward"]).succeeded();
    assert_eq!(sandbox.contents(), before);
}

#[test]
fn what_the_schema_is_compared_with_and_written_from_has_nothing_of_it() {
    let sandbox = numbers("UPDATE number SET n = NULL WHERE id = 2500;");
    let dump = |sandbox: &Sandbox| {
        let both = sandbox.run(&["schema", "dump", "database"]).succeeded();
        sandbox.run(&["schema", "diff", "migrations", "database"]).shown() + &both.stdout
    };
    let before = dump(&sandbox);
    assert!(before.contains("CREATE TABLE number"), "{before}");
    assert_eq!(migrate(&sandbox).code, Some(1));
    assert_eq!(dump(&sandbox), before);
    let status = sandbox.run(&["status"]).succeeded().stdout;
    assert!(!status.contains("changed by something else"), "{status}");
}

#[test]
fn a_person_takes_away_what_it_has_made_and_the_next_run_begins_the_change_anew() {
    let sandbox = numbers("UPDATE number SET n = NULL WHERE id = 2500;");
    assert_eq!(migrate(&sandbox).code, Some(1));
    assert!(number(&sandbox, OURS) > 0);
    let not_started = ["repair", "--not-started", "changes_online", "--reason", "begin anew"];
    assert_snapshot!(sandbox.run(&not_started).shown(), @"
    exit 3
    --- stderr
    error: `[STAMP]_changes_online` is changing a table online, and what it has made for that is in the database
    hint: take it away first: `runner repair --abandon [STAMP]_changes_online`
    explain: runner explain half-done
    ");
    let abandon = ["repair", "--abandon", "changes_online"];
    assert_snapshot!(sandbox.run(&abandon).shown(), @"
    exit 0
    --- stdout
    took away what `[STAMP]_changes_online` had made to change a table online
    ");
    assert_eq!(number(&sandbox, OURS), 0);
    assert_eq!(number(&sandbox, "SELECT count(*) FROM number"), ROWS);
    assert_snapshot!(sandbox.run(&abandon).shown(), @"
    exit 3
    --- stderr
    error: there is nothing to take away: `[STAMP]_changes_online` is not changing a table online
    hint: nothing was changed; `runner repair` shows what can be repaired
    explain: runner explain nothing-to-repair
    ");
    assert_snapshot!(sandbox.run(&["status"]).shown(), @"
    exit 0
    --- stdout
    [x] [STAMP]_numbers         [TIME]
    [/] [STAMP]_changes_online  after 1 stage
    1 applied, 1 pending
    [/] 1 half done; the next run goes on with it
    ");
    sandbox.database().execute_batch("UPDATE number SET n = 7 WHERE id = 2500").unwrap();
    migrate(&sandbox).succeeded();
    assert_eq!(number(&sandbox, "SELECT count(*) FROM number WHERE twice = 2 * n"), ROWS);
    assert_eq!(number(&sandbox, OURS), 0);
}

#[test]
fn other_operations_in_the_middle_are_refused_until_what_it_has_made_is_taken_away() {
    let sandbox = numbers("UPDATE number SET n = NULL WHERE id = 2500;");
    assert_eq!(migrate(&sandbox).code, Some(1));
    let is_it = |file: &PathBuf| file.to_string_lossy().ends_with("changes_online/src/lib.rs");
    let source = sandbox.files().into_keys().find(is_it).unwrap();
    let edited = sandbox.read(&source).replace(
        "Operation::set_not_null(\"number\", \"n\"),\n            Operation::add_column(\"number\", \
         Column::integer(\"twice\").not_null().backfill(\"n * 2\")),",
        "Operation::add_column(\"number\", Column::integer(\"twice\").backfill(\"n * 2\")),",
    );
    sandbox.write(&source, &edited);
    let accept = ["repair", "--accept", "changes_online", "--reason", "n may be NULL"];
    sandbox.run(&accept).succeeded();
    assert_snapshot!(migrate(&sandbox).shown(), @"
    exit 3
    --- stderr
    error: the batched migration `[STAMP]_changes_online` was at `number` online with other operations, and now asks for these in its place
    hint: what its stages did stays. A batched migration must ask for the same stages in the same order each time it is called, whatever it finds in the database. A change online that is half done is taken away, to begin anew, by `runner repair --abandon [STAMP]_changes_online`
    explain: runner explain other-stages
    ");
    sandbox.run(&["repair", "--abandon", "changes_online"]).succeeded();
    migrate(&sandbox).succeeded();
    assert_eq!(number(&sandbox, "SELECT count(*) FROM number WHERE twice = 2 * n"), ROWS - 1);
    assert_eq!(number(&sandbox, OURS), 0);
}
