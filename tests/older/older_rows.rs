//! An older runner has worked on a database after this one has. It knows no columns that are newer, and leaves
//! them NULL; copies of the rows that it wrote stand in for it here.

use insta::assert_snapshot;

use crate::place::{LAST, Place, WITHOUT_TRANSACTION};

#[test]
fn a_migration_that_it_applied_is_applied_and_can_be_reverted() {
    let place = Place::new();
    place.with_bundle("new", &["migrate", "--create", "--to", WITHOUT_TRANSACTION]).succeeded();
    let columns = "id, applied_at, duration_us, source_digest, schema_digest, runner_version, \
                   api_version, sqlite_version, usable_since, schema_before, made";
    copy_rows(
        &place,
        "all",
        "new",
        &format!(
            "ALTER TABLE book ADD COLUMN \"language\" TEXT NOT NULL DEFAULT 'en';
             ALTER TABLE book RENAME COLUMN note TO remark;
             INSERT INTO main._runner_migrations ({columns})
             SELECT {columns} FROM older._runner_migrations WHERE id = '{LAST}'"
        ),
    );
    assert_eq!(place.content("new"), place.content("all"));
    assert_eq!(place.with_bundle("new", &["check"]).code, Some(0));
    place.with_bundle("new", &["redo"]).succeeded();
    assert_eq!(place.content("new"), place.content("all"));
}

#[test]
fn a_migration_that_it_started_without_a_transaction_stops_this_one_until_it_is_repaired() {
    let place = Place::new();
    place.with_bundle("all", &["migrate", "--backward", "--steps", "2"]).succeeded();
    copy_rows(
        &place,
        "unfinished",
        "all",
        "CREATE TABLE IF NOT EXISTS _runner_started (
           id TEXT NOT NULL PRIMARY KEY,
           direction TEXT NOT NULL,
           started_at TEXT NOT NULL
         ) WITHOUT ROWID;
         INSERT INTO main._runner_started (id, direction, started_at)
         SELECT id, direction, started_at FROM older._runner_started",
    );
    assert_eq!(place.with_bundle("all", &["migrate", "--busy-timeout", "0"]).code, Some(3));
    let again = ["repair", "--not-started", WITHOUT_TRANSACTION, "--reason", "nothing was done"];
    place.with_bundle("all", &again).succeeded();
    place.with_bundle("all", &["migrate"]).succeeded();
    assert_eq!(place.with_bundle("all", &["check"]).code, Some(0));
}

#[test]
fn a_repair_that_it_made_is_listed_among_those_of_this_one() {
    let place = Place::new();
    place.with_bundle("all", &["migrate", "--backward"]).succeeded();
    place.with_bundle("all", &["fake", "--reason", "for a try"]).succeeded();
    copy_rows(
        &place,
        "repaired",
        "all",
        "INSERT INTO main._runner_repairs
           (repaired_at, kind, id, old_digest, new_digest, reason, runner_version)
         SELECT repaired_at, kind, id, old_digest, new_digest, reason, runner_version
         FROM older._runner_repairs",
    );
    assert_snapshot!(place.with_bundle("all", &["repair"]).shown(), @"
    exit 0
    --- stdout
    nothing to repair
    [TIME]  took `[STAMP]_add_language_to_book` for applied: for a try
    [TIME]  accepted the edit of `[STAMP]_open_the_library`: a title was wrong
    [TIME]  accepted the schema: the index is wanted
    [TIME]  took `[STAMP]_read_the_years` for applied: done by hand
    ");
}

#[test]
fn what_it_did_is_in_the_past_of_the_database_as_far_as_that_says_it() {
    let place = Place::new();
    place.with_bundle("half", &["migrate", "--to", WITHOUT_TRANSACTION]).succeeded();
    let columns = "id, applied_at, duration_us, source_digest, schema_digest, runner_version, \
                   api_version, sqlite_version, usable_since, schema_before, made";
    copy_rows(
        &place,
        "all",
        "half",
        &format!(
            "ALTER TABLE book ADD COLUMN \"language\" TEXT NOT NULL DEFAULT 'en';
             ALTER TABLE book RENAME COLUMN note TO remark;
             INSERT INTO main._runner_migrations ({columns})
             SELECT id, strftime('%Y-%m-%dT%H:%M:%fZ'), {} FROM older._runner_migrations
             WHERE id = '{LAST}'",
            columns.trim_start_matches("id, applied_at, ")
        ),
    );
    place.with_bundle("half", &["redo"]).succeeded();
    assert_snapshot!(place.with_bundle("half", &["history"]).shown(), @"
    exit 0
    --- stdout
    [TIME]          applied [STAMP]_open_the_library ([N] ms)  (before the log began)
    [TIME]          applied [STAMP]_drop_fax_from_reader ([N] ms)  (before the log began)
    [TIME]          applied [STAMP]_add_shelf_to_book ([N] ms)  (before the log began)
    [TIME]          applied [STAMP]_read_the_years ([N] ms)  (before the log began)
    [TIME]  [WHO]  applied [STAMP]_pages_are_numbers ([N] ms)
    [TIME]  [WHO]  applied [STAMP]_overdue_loans ([N] ms)
    [TIME]  [WHO]  applied [STAMP]_one_form_of_dates ([N] ms)
    [TIME]          applied [STAMP]_add_language_to_book  (by a runner that keeps no log, or by hand)
    [TIME]  [WHO]  reverted [STAMP]_add_language_to_book ([N] ms)
    [TIME]  [WHO]  applied [STAMP]_add_language_to_book ([N] ms)
    ");
    assert_snapshot!(place.with_bundle("half", &["history", LAST]).shown(), @r#"
    exit 0
    --- stdout
    [TIME]          applied [STAMP]_add_language_to_book  (by a runner that keeps no log, or by hand)
    [TIME]  [WHO]  reverted [STAMP]_add_language_to_book ([N] ms)
        runner 0.1.0, migration-api 0.1.0, SQLite [VERSION], source [DIGEST], schema [DIGEST]
        the schema had been changed by something that keeps no log:
        in the table `book`:
          - "note" TEXT
          + "remark" TEXT
          + "language" TEXT NOT NULL DEFAULT 'en'
        in the table `book`:
          - "remark" TEXT
          - "language" TEXT NOT NULL DEFAULT 'en'
          + "note" TEXT
    [TIME]  [WHO]  applied [STAMP]_add_language_to_book ([N] ms)
        runner 0.1.0, migration-api 0.1.0, SQLite [VERSION], source [DIGEST], schema [DIGEST]
        in the table `book`:
          - "note" TEXT
          + "remark" TEXT
          + "language" TEXT NOT NULL DEFAULT 'en'
    "#);
    let diff = ["schema", "diff", "20260119_090000_add_shelf_to_book", LAST];
    assert_snapshot!(place.with_bundle("half", &diff).shown(), @"
    exit 2
    --- stderr
    error: the log does not have the schema after `[STAMP]_add_shelf_to_book`: an older runner applied it, or none did
    hint: `runner history` shows what is known of it
    ");
    assert_snapshot!(place.with_bundle("repaired", &["history"]).shown(), @"
    exit 0
    --- stdout
    [TIME]  applied [STAMP]_open_the_library ([N] ms)  (before the log began)
    [TIME]  applied [STAMP]_drop_fax_from_reader ([N] ms)  (before the log began)
    [TIME]  applied [STAMP]_add_shelf_to_book ([N] ms)  (before the log began)
    [TIME]  accepted the edit of `[STAMP]_open_the_library`: a title was wrong  (before the log began)
    [TIME]  accepted the schema: the index is wanted  (before the log began)
    [TIME]  took `[STAMP]_read_the_years` for applied: done by hand  (before the log began)
    ");
}

/// Runs `sql` on `TO.db`, where `FROM.db` is called `older`.
fn copy_rows(place: &Place, from: &str, to: &str, sql: &str) {
    let older = place.sandbox.path(format!("{from}.db"));
    let database = place.database(to);
    database.execute("ATTACH ?1 AS older", [older.to_str().unwrap()]).unwrap();
    database.execute_batch(sql).unwrap();
}
