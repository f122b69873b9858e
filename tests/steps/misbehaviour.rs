//! The rules of the transaction: what a migration may not do, and that nothing of it stays when it
//! does. Each test has a plugin of its own in `tests/plugins`.

use std::process::Stdio;

use crate::sandbox::{Sandbox, rows};
use crate::scene::{GROUND, Scene};
use insta::assert_snapshot;

#[test]
fn a_migration_cannot_commit() {
    let scene = Scene::with("commits");
    assert_snapshot!(scene.unharmed_by(&["migrate"]), @"
    exit 3
    --- stderr
    error: the migration `[STAMP]_commits` tried to COMMIT: the transaction is the runner's
        at src/lib.rs:11
    hint: it was rolled back. Take BEGIN and COMMIT out: the runner begins and commits
    explain: runner explain transaction-denied
    ");
}

#[test]
fn a_commit_whose_error_is_ignored_is_no_success() {
    let scene = Scene::with("commits_quietly");
    assert_snapshot!(scene.unharmed_by(&["migrate"]), @"
    exit 3
    --- stderr
    error: the migration `[STAMP]_commits_quietly` tried to COMMIT: the transaction is the runner's
    hint: it was rolled back. Take BEGIN and COMMIT out: the runner begins and commits
    explain: runner explain transaction-denied
    ");
}

#[test]
fn a_migration_cannot_swap_the_transaction_for_its_own() {
    let scene = Scene::with("rolls_back_and_begins");
    assert_snapshot!(scene.unharmed_by(&["migrate"]), @"
    exit 3
    --- stderr
    error: the migration `[STAMP]_rolls_back_and_begins` tried what a migration may not do:
        ROLLBACK: the transaction is the runner's
        BEGIN a transaction: the transaction is the runner's
    hint: it was rolled back.
        for a part that may fail, use a savepoint: SAVEPOINT, ROLLBACK TO, RELEASE
        take BEGIN and COMMIT out: the runner begins and commits
    explain: runner explain transaction-denied
    ");
}

#[test]
fn what_is_written_after_the_transaction_was_lost_does_not_stay() {
    let scene = Scene::with("loses_the_transaction");
    assert_snapshot!(scene.unharmed_by(&["migrate"]), @"
    exit 3
    --- stderr
    error: the migration `[STAMP]_loses_the_transaction` ended the transaction that it ran in
    hint: nothing of it is in the database. A statement `OR ROLLBACK` does that; use `OR ABORT`, which is the default
    explain: runner explain transaction-lost
    ");
}

#[test]
fn what_another_program_writes_after_the_transaction_was_lost_is_not_blamed_on_the_migration() {
    let scene = Scene::with("loses_the_transaction_to_another");
    let database = scene.sandbox.database();
    let before = scene.sandbox.contents();
    let runner = scene.sandbox.command(&["migrate"]).stderr(Stdio::piped()).spawn().unwrap();
    scene.wait_for("lost");
    database.execute_batch("INSERT INTO item VALUES (4, 3, 'compass')").unwrap();
    scene.sandbox.write("written", "");
    let outcome = scene.sandbox.outcome(&runner.wait_with_output().unwrap());
    assert_snapshot!(outcome.shown(), @"
    exit 3
    --- stderr
    error: the migration `[STAMP]_loses_the_transaction_to_another` ended the transaction that it ran in
    hint: nothing of it is in the database. A statement `OR ROLLBACK` does that; use `OR ABORT`, which is the default
    explain: runner explain transaction-lost
    ");
    scene.sandbox.database().execute_batch("DELETE FROM item WHERE id = 4").unwrap();
    assert_eq!(scene.sandbox.contents(), before);
}

#[test]
fn what_another_program_writes_while_the_lock_is_lost_is_not_written_over() {
    let scene = Scene::with("copies_the_file");
    let database = scene.sandbox.database();
    let before = scene.sandbox.contents();
    let runner = scene.sandbox.command(&["migrate"]).stderr(Stdio::piped()).spawn().unwrap();
    scene.wait_for("copied");
    database.execute_batch("INSERT INTO item VALUES (4, 3, 'compass')").unwrap();
    scene.sandbox.write("written", "");
    let outcome = scene.sandbox.outcome(&runner.wait_with_output().unwrap());
    assert_snapshot!(outcome.shown(), @"
    exit 3
    --- stderr
    error: the migration `[STAMP]_copies_the_file` lost the lock on the database, and another program has written to it meanwhile
    hint: it was rolled back. To open and close the database's file other than through SQLite, as a copy of it does, gives up the lock; do this outside of migrations
    explain: runner explain lock-lost
    ");
    assert_eq!(rows(&scene.sandbox.database(), "PRAGMA integrity_check"), "  Text(\"ok\")\n");
    scene.sandbox.database().execute_batch("DELETE FROM item WHERE id = 4").unwrap();
    assert_eq!(scene.sandbox.contents(), before);
}

#[test]
fn a_migration_cannot_drop_the_history() {
    let scene = Scene::with("drops_history");
    assert_snapshot!(scene.unharmed_by(&["migrate"]), @"
    exit 3
    --- stderr
    error: the migration `[STAMP]_drops_history` tried to change the history of migrations
        at src/lib.rs:11
    hint: it was rolled back. The runner alone writes its history
    explain: runner explain history-denied
    ");
}

#[test]
fn a_migration_cannot_write_history() {
    let scene = Scene::with("edits_history");
    assert_snapshot!(scene.unharmed_by(&["migrate"]), @"
    exit 3
    --- stderr
    error: the migration `[STAMP]_edits_history` tried to change the history of migrations
    hint: it was rolled back. The runner alone writes its history
    explain: runner explain history-denied
    ");
}

#[test]
fn a_query_that_is_left_in_the_middle_is_told_with_its_sql() {
    let scene = Scene::with("leaves_statement_open");
    assert_snapshot!(scene.unharmed_by(&["migrate"]), @"
    exit 3
    --- stderr
    error: the migration `[STAMP]_leaves_statement_open` left a statement running: `SELECT name FROM player`
    hint: it was rolled back. Read the rows to their end, or drop them
    explain: runner explain statement-left
    ");
}

#[test]
fn a_migration_cannot_switch_off_the_journal() {
    let scene = Scene::with("sets_pragma");
    assert_snapshot!(scene.unharmed_by(&["migrate"]), @"
    exit 3
    --- stderr
    error: the migration `[STAMP]_sets_pragma` tried to set `PRAGMA journal_mode = OFF`
        at src/lib.rs:11
    hint: it was rolled back. `journal_mode`: it does nothing within a transaction; a migration with `const TRANSACTIONAL: bool = false` can set it
    explain: runner explain pragma-denied
    ");
}

#[test]
fn a_migration_cannot_write_the_schema_and_cover_up_how() {
    let scene = Scene::with("edits_the_schema");
    assert_snapshot!(scene.unharmed_by(&["migrate"]), @"
    exit 3
    --- stderr
    error: the migration `[STAMP]_edits_the_schema` tried to set `SQLITE_DBCONFIG_WRITABLE_SCHEMA` to 1
    hint: it was rolled back. Say what is to change by CREATE, ALTER and DROP, or by the operations, which change the text of a table where no row need be written
    explain: runner explain setting-denied
    ");
}

#[test]
fn a_migration_cannot_write_the_schema_as_operations_do() {
    let scene = Scene::with("edits_the_schema_as_operations_do");
    assert_snapshot!(scene.unharmed_by(&["migrate"]), @"
    exit 3
    --- stderr
    error: the migration `[STAMP]_edits_the_schema_as_operations_do` tried to write `sqlite_schema`
    hint: it was rolled back. Say what is to change by CREATE, ALTER and DROP, or by the operations, which change the text of a table where no row need be written
    explain: runner explain schema-edit-denied
    ");
}

#[test]
fn a_migration_cannot_write_the_schema_where_no_statement_runs() {
    let scene = Scene::with("writes_the_schema_as_a_blob");
    assert_snapshot!(scene.unharmed_by(&["migrate"]), @"
    exit 3
    --- stderr
    error: the migration `[STAMP]_writes_the_schema_as_a_blob` tried to write `sqlite_schema`
    hint: it was rolled back. Say what is to change by CREATE, ALTER and DROP, or by the operations, which change the text of a table where no row need be written
    explain: runner explain schema-edit-denied
    ");
}

#[test]
fn a_migration_cannot_leave_the_schema_writable() {
    let scene = Scene::with("leaves_the_schema_writable");
    assert_snapshot!(scene.unharmed_by(&["migrate"]), @"
    exit 3
    --- stderr
    error: the migration `[STAMP]_leaves_the_schema_writable` tried to set `SQLITE_DBCONFIG_WRITABLE_SCHEMA` to 1
    hint: it was rolled back. Say what is to change by CREATE, ALTER and DROP, or by the operations, which change the text of a table where no row need be written
    explain: runner explain setting-denied
    ");
}

#[test]
fn a_migration_cannot_attach_a_database() {
    let scene = Scene::with("attaches");
    assert_snapshot!(scene.unharmed_by(&["migrate"]), @"
    exit 3
    --- stderr
    error: the migration `[STAMP]_attaches` tried to ATTACH or DETACH a database
        at src/lib.rs:11
    hint: it was rolled back. Copy what is needed into a table before, or read the other file by a connection of its own
    explain: runner explain attach-denied
    ");
}

#[test]
fn new_broken_foreign_keys_are_told_and_old_ones_are_not() {
    let scene = Scene::with("breaks_foreign_keys");
    scene
        .sandbox
        .database()
        .execute_batch(
            "PRAGMA foreign_keys = OFF;
             CREATE TABLE elsewhere (id INTEGER PRIMARY KEY, whose REFERENCES player);
             INSERT INTO elsewhere VALUES (1, 77);
             INSERT INTO item VALUES (4, 88, 'broken long ago')",
        )
        .unwrap();
    let accept = ["repair", "--accept-schema", "--reason", "a table of the application"];
    scene.sandbox.run(&accept).succeeded();
    assert_snapshot!(scene.unharmed_by(&["migrate"]), @"
    exit 3
    --- stderr
    error: the migration `[STAMP]_breaks_foreign_keys` leaves foreign keys broken:
        row 1 of `item` points to a row that `player` does not have
        row 2 of `item` points to a row that `player` does not have
        row 3 of `item` points to a row that `player` does not have
    hint: it was rolled back. Repair or delete these rows in the migration
    explain: runner explain broken-foreign-keys
    ");
}

#[test]
fn a_key_that_no_row_can_satisfy_is_told_without_a_word_of_rows() {
    let sandbox = Sandbox::project();
    let forward =
        "CREATE TABLE team (name TEXT); CREATE TABLE player (team REFERENCES team (name))";
    sandbox.sql_migration("key_of_nothing", forward, "");
    assert_snapshot!(sandbox.run(&["migrate"]).shown(), @"
    exit 3
    --- stderr
    error: the migration `[STAMP]_key_of_nothing` leaves foreign keys broken:
        no row of `player` can point to `team`: the foreign key names columns of it that are neither its primary key nor unique
    hint: it was rolled back. Let the foreign key name the primary key of the table that it refers to, or give that table a unique index on just these columns
    explain: runner explain broken-foreign-keys
    ");
}

/// What a migration writes that SQLite must put into the file before COMMIT: nobody can read it then.
const MORE_THAN_THE_CACHE: &str = "CREATE TABLE much (a);
    WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 4000)
    INSERT INTO much SELECT randomblob(1000) FROM n; UPDATE item SET what = what;";

#[test]
fn keys_that_were_broken_before_stop_no_large_migration_and_new_ones_do() {
    let sandbox = Sandbox::project();
    sandbox.sql_migration("large_ground", GROUND, "");
    sandbox.run(&["migrate"]).succeeded();
    sandbox
        .database()
        .execute_batch("PRAGMA foreign_keys = OFF; INSERT INTO item VALUES (9, 99, 'lost')")
        .unwrap();
    sandbox.sql_migration("large_good", MORE_THAN_THE_CACHE, "");
    sandbox.run(&["migrate"]).succeeded();
    let breaks = MORE_THAN_THE_CACHE.replace("much", "more") + "DELETE FROM player WHERE id = 2";
    sandbox.sql_migration("large_bad", &breaks, "");
    let before = sandbox.contents();
    assert_snapshot!(sandbox.run(&["migrate"]).shown(), @"
    exit 3
    --- stderr
    error: the migration `[STAMP]_large_bad` leaves foreign keys broken:
        row 3 of `item` points to a row that `player` does not have
    hint: it was rolled back. Repair or delete these rows in the migration
    explain: runner explain broken-foreign-keys
    ");
    assert_eq!(sandbox.contents(), before);
}

#[test]
fn what_is_done_to_a_file_that_was_moved_meanwhile_is_rolled_back() {
    let scene = Scene::with("moves_the_database");
    let before = scene.sandbox.contents();
    assert_snapshot!(scene.sandbox.run(&["migrate"]).shown(), @"
    exit 3
    --- stderr
    error: the database's file is no longer where it was when the migration `[STAMP]_moves_the_database` began: it was renamed, removed or replaced
    hint: it was rolled back, in the file that was opened. Nothing may move a database that is in use, not even to put a backup in its place: `runner restore FILE` does that
    explain: runner explain database-moved
    ");
    assert!(!scene.sandbox.path("app.db").exists());
    std::fs::rename(scene.sandbox.path("moved.db"), scene.sandbox.path("app.db")).unwrap();
    assert_eq!(scene.sandbox.contents(), before);
}

#[test]
fn a_file_that_is_removed_while_a_migration_writes_is_told_as_gone() {
    for mode in ["DELETE", "WAL"] {
        let scene = Scene::with("removes_the_database");
        scene.sandbox.database().pragma_update(None, "journal_mode", mode).unwrap();
        let told = scene.sandbox.run(&["migrate"]);
        assert_eq!(told.code, Some(3), "{mode}: {}", told.shown());
        assert!(told.stderr.contains("is no longer where it was"), "{mode}: {}", told.shown());
        assert!(!scene.sandbox.path("app.db").exists(), "{mode}");
    }
}

#[test]
fn rows_that_a_trigger_takes_along_are_not_lost() {
    let scene = Scene::with("loses_rows_to_a_trigger");
    assert_snapshot!(scene.unharmed_by(&["migrate"]), @"
    exit 3
    --- stderr
    error: the migration `[STAMP]_loses_rows_to_a_trigger` would lose rows that it does not delete itself:
        2 rows of `item`, by the trigger `items_go_too`
    hint: it was rolled back. If they are to go, let the migration delete them itself, before the statement that sets off the trigger
    explain: runner explain rows-lost
    ");
}

#[test]
fn a_table_made_anew_cannot_lose_its_indexes() {
    let scene = Scene::with("rebuilds_by_hand");
    assert_snapshot!(scene.unharmed_by(&["migrate"]), @"
    exit 3
    --- stderr
    error: the migration `[STAMP]_rebuilds_by_hand` would lose what it does not drop itself:
        the index `item_of_owner` of `item`
    hint: it was rolled back. A table that is dropped takes its indexes and triggers along: make them again, or use the operations, which keep them. What is to go, drop by name before the table
    explain: runner explain objects-lost
    ");
}

#[test]
fn rows_are_not_lost_to_foreign_keys_that_a_migration_turns_on() {
    let scene = Scene::with("enforces_foreign_keys");
    assert_snapshot!(scene.unharmed_by(&["migrate"]), @"
    exit 3
    --- stderr
    error: the migration `[STAMP]_enforces_foreign_keys` would lose rows that it does not delete itself:
        1 row of `player`, while foreign keys were enforced
        2 rows of `item`, while foreign keys were enforced
    hint: it was rolled back. Leave foreign keys off, as they were; they are checked before COMMIT
    explain: runner explain rows-lost
    ");
}

#[test]
fn foreign_keys_that_were_broken_before_stop_nothing() {
    let scene = Scene::with("uses_savepoint");
    scene
        .sandbox
        .database()
        .execute_batch("PRAGMA foreign_keys = OFF; INSERT INTO item VALUES (4, 88, 'broken')")
        .unwrap();
    scene.succeeds(&[]);
}

#[test]
fn a_savepoint_is_the_authors_to_use() {
    let scene = Scene::with("uses_savepoint");
    assert_snapshot!(scene.succeeds(&[]).shown(), @"
    exit 0
    --- stdout
    applied [STAMP]_uses_savepoint ([N] ms)
    applied [STAMP]_uses_savepoint_after ([N] ms)
    applied 2 migrations: `app.db` has 3 applied, 0 pending
    ");
    assert_snapshot!(rows(&scene.sandbox.database(), "SELECT name, score FROM player"), @r#"
    Text("ada"), Integer(31)
    Text("grace"), Integer(51)
    Text("edsger"), Integer(21)
    "#);
}

#[test]
fn a_migration_cannot_write_past_the_runner_by_a_connection_of_its_own() {
    let scene = Scene::with("opens_the_database_itself");
    assert_snapshot!(scene.unharmed_by(&["migrate"]), @"
    exit 1
    --- stdout
    opens_the_database_itself: from outside: 3 items
    --- stderr
    error: the migration `[STAMP]_opens_the_database_itself` failed
      caused by: database is locked
        at [STAMP]_opens_the_database_itself/src/lib.rs:16:9
    hint: everything that it did was rolled back. The runner holds the lock for it: let it work on `migrator.connection()`, and not on a connection of its own
    ");
}

#[test]
fn a_dry_run_of_a_bad_migration_tells_the_same_error() {
    let scene = Scene::with("sets_pragma");
    assert_snapshot!(scene.unharmed_by(&["migrate", "--dry-run"]), @"
    exit 3
    --- stdout
    would apply [STAMP]_sets_pragma
        CREATE TABLE trace (a);
        DELETE FROM item
    --- stderr
    error: the migration `[STAMP]_sets_pragma` tried to set `PRAGMA journal_mode = OFF`
        at src/lib.rs:11
    hint: it was rolled back. `journal_mode`: it does nothing within a transaction; a migration with `const TRANSACTIONAL: bool = false` can set it
    explain: runner explain pragma-denied
    ");
}

#[test]
fn what_was_applied_before_the_bad_one_stays_applied() {
    let sandbox = Sandbox::project();
    sandbox.sql_migration("stays_applied", GROUND, "");
    let bad = sandbox.plugin("commits");
    sandbox.sql_migration("stays_applied_last", "CREATE TABLE last (a)", "");
    assert_snapshot!(sandbox.run(&["migrate"]).shown(), @"
    exit 3
    --- stdout
    applied [STAMP]_stays_applied ([N] ms)
    --- stderr
    error: the migration `[STAMP]_commits` tried to COMMIT: the transaction is the runner's
        at src/lib.rs:11
    hint: it was rolled back. Take BEGIN and COMMIT out: the runner begins and commits
    explain: runner explain transaction-denied
    ");
    assert!(!sandbox.contents().contains("table trace"));

    let file = format!("migrations/{bad}/src/lib.rs");
    sandbox.write(&file, &sandbox.read(&file).replace("COMMIT", ""));
    assert_snapshot!(sandbox.run(&["migrate"]).shown(), @"
    exit 0
    --- stdout
    applied [STAMP]_commits ([N] ms)
    applied [STAMP]_stays_applied_last ([N] ms)
    applied 2 migrations: `app.db` has 3 applied, 0 pending
    ");
}

/// The plugins below take the guard off by SQLite's C functions. It stops mistakes and not malice,
/// but what got out is told, loudly, and not recorded as applied.
#[track_caller]
fn escaped(plugin: &str) -> String {
    let scene = Scene::with(plugin);
    let outcome = scene.sandbox.run(&["migrate"]);
    assert!(scene.sandbox.contents().contains("table trace"), "nothing got out");
    assert_eq!(scene.history(), ["ground"]);
    scene.sandbox.run(&["status"]).succeeded();
    outcome.shown()
}

#[test]
fn what_gets_out_of_the_transaction_is_told() {
    assert_snapshot!(escaped("removes_the_guard"), @"
    exit 3
    --- stderr
    error: the migration `[STAMP]_removes_the_guard` ended the transaction that it ran in, and part of what it did is in the database, without being recorded
    hint: compare the database with a backup before anything else runs on it; `runner restore FILE` brings one back
    explain: runner explain changes-escaped
    ");
}

#[test]
fn a_commit_that_hides_behind_a_new_transaction_is_told() {
    assert_snapshot!(escaped("hides_its_commit"), @"
    exit 3
    --- stderr
    error: the migration `[STAMP]_hides_its_commit` ended the transaction that it ran in, and part of what it did is in the database, without being recorded
    hint: compare the database with a backup before anything else runs on it; `runner restore FILE` brings one back
    explain: runner explain changes-escaped
    ");
}

#[test]
fn a_rollback_that_hides_behind_a_new_transaction_is_not_told_as_what_got_out() {
    let scene = Scene::with("hides_its_rollback");
    assert_snapshot!(scene.unharmed_by(&["migrate"]), @"
    exit 3
    --- stderr
    error: the migration `[STAMP]_hides_its_rollback` ended the transaction that it ran in
    hint: nothing of it is in the database. A statement `OR ROLLBACK` does that; use `OR ABORT`, which is the default
    explain: runner explain transaction-lost
    ");
}

#[test]
fn a_migration_that_commits_and_then_fails_was_not_rolled_back_and_it_is_told() {
    assert_snapshot!(escaped("commits_and_fails"), @"
    exit 3
    --- stderr
    error: the migration `[STAMP]_commits_and_fails` ended the transaction that it ran in, and part of what it did is in the database, without being recorded
    hint: compare the database with a backup before anything else runs on it; `runner restore FILE` brings one back
    explain: runner explain changes-escaped
    ");
}
