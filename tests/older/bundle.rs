//! The bundle: libraries with the code of their time.

use std::fs;

use insta::assert_snapshot;
use runner::{Bundle, Database, StartOptions};

use crate::place::{DATABASES, Place, WITHOUT_TRANSACTION};
use crate::sandbox::rows;

#[test]
fn it_is_applied_to_a_new_database_reverted_and_applied_again() {
    let place = Place::new();
    assert_snapshot!(place.with_bundle("new", &["migrate", "--create"]).shown(), @"
    exit 0
    --- stdout
    read_the_years: 3 books have been looked at
    applied [STAMP]_open_the_library ([N] ms)
    applied [STAMP]_drop_fax_from_reader ([N] ms)
    applied [STAMP]_add_shelf_to_book ([N] ms)
    applied [STAMP]_read_the_years ([N] ms)
    applied [STAMP]_pages_are_numbers ([N] ms)
    applied [STAMP]_overdue_loans ([N] ms)
    applied [STAMP]_one_form_of_dates ([N] ms)
    applied [STAMP]_add_language_to_book ([N] ms)
    applied 8 migrations: `new.db` has 8 applied, 0 pending
    ");
    assert_eq!(place.content("new"), place.content("all"));
    place.with_bundle("new", &["migrate", "--backward"]).succeeded();
    assert_eq!(place.content("new"), place.content("reverted"));
    assert_snapshot!(place.with_bundle("new", &["migrate", "--backward", "--steps", "5"]).shown(), @"
    exit 0
    --- stdout
    reverted [STAMP]_one_form_of_dates ([N] ms)
    reverted [STAMP]_overdue_loans ([N] ms)
    reverted [STAMP]_pages_are_numbers ([N] ms)
    reverted [STAMP]_read_the_years ([N] ms)
    reverted [STAMP]_add_shelf_to_book ([N] ms)
    reverted 5 migrations: `new.db` has 2 applied, 6 pending
    ");
    assert_snapshot!(place.content("new"), @r#"
      Text("20260105_090000_open_the_library")
      Text("20260112_090000_drop_fax_from_reader")
    CREATE TABLE "book" ("id" INTEGER PRIMARY KEY, "title" TEXT NOT NULL, "printed" TEXT, "pages" TEXT)
      Integer(1), Text("Notes"), Text("in 1843"), Text("66")
      Integer(2), Text("Manual of Operation"), Text("1946 (Harvard)"), Text("561")
      Integer(3), Text("Of a third hand"), Null, Null
    CREATE TABLE "loan" ("id" INTEGER PRIMARY KEY AUTOINCREMENT, "book" INTEGER NOT NULL REFERENCES "book"("id"), "reader" INTEGER REFERENCES "reader"("id") ON DELETE SET NULL, "due_on" TEXT NOT NULL)
      Integer(1), Integer(1), Integer(2), Text("2026-01-19")
      Integer(2), Integer(2), Integer(1), Text("2026-02-02")
    CREATE TABLE "reader" ("id" INTEGER PRIMARY KEY, "name" TEXT NOT NULL UNIQUE COLLATE "NOCASE")
      Integer(1), Text("Ada")
      Integer(2), Text("Grace")
    CREATE TABLE sqlite_sequence(name,seq)
      Text("loan"), Integer(3)
    "#);
    assert_snapshot!(place.with_bundle("new", &["migrate", "--backward"]).shown(), @"
    exit 3
    --- stderr
    error: the migration `[STAMP]_drop_fax_from_reader` is irreversible
    hint: nothing was reverted. To have a way back, write `migrate_backward` in `[STAMP]_drop_fax_from_reader` and take out its `REVERSIBLE`
    explain: runner explain irreversible-migration
    ");
    place.with_bundle("new", &["migrate"]).succeeded();
    assert_eq!(place.content("new"), place.content("all"));
}

#[test]
fn its_first_migration_is_taken_back_too() {
    let place = Place::new();
    place.with_bundle("new", &["migrate", "--create", "--steps", "1"]).succeeded();
    let once = place.content("new");
    place.with_bundle("new", &["redo"]).succeeded();
    assert_eq!(place.content("new"), once);
}

#[test]
fn it_goes_on_with_databases_that_the_older_runner_left_half_way() {
    let place = Place::new();
    for name in ["half", "reverted"] {
        place.with_bundle(name, &["migrate"]).succeeded();
        assert_eq!(place.content(name), place.content("all"), "{name}");
    }
    for name in DATABASES {
        let status = place.with_bundle(name, &["status"]).succeeded().stdout;
        assert!(!status.contains("edited") && !status.contains("changed"), "{name}: {status}");
    }
    assert_snapshot!(place.with_bundle("half", &["check"]).shown(), @"
    exit 0
    --- stdout
    nothing is pending, nothing has drifted
    ");
}

#[test]
fn a_library_in_the_process_of_an_application_goes_on_too() {
    let place = Place::new();
    let bundle = Bundle::from_bytes(fs::read(place.sandbox.path("migrations.bundle")).unwrap());
    let bundle = bundle.unwrap();
    for name in ["new", "half", "reverted"] {
        let database = Database::at(place.sandbox.path(format!("{name}.db")));
        bundle.migrate(&database, &StartOptions::default(), &mut |_| {}).unwrap();
        assert_eq!(place.content(name), place.content("all"), "{name}");
    }
}

#[test]
fn what_did_not_finish_is_told_and_is_repaired_and_finished() {
    let place = Place::new();
    assert_snapshot!(place.with_bundle("unfinished", &["status"]).shown(), @"
    exit 0
    --- stdout
    [x] [STAMP]_open_the_library      [TIME]
    [x] [STAMP]_drop_fax_from_reader  [TIME]
    [x] [STAMP]_add_shelf_to_book     [TIME]
    [x] [STAMP]_read_the_years        [TIME]
    [x] [STAMP]_pages_are_numbers     [TIME]
    [x] [STAMP]_overdue_loans         [TIME]
    [/] [STAMP]_one_form_of_dates
    [ ] [STAMP]_add_language_to_book
    6 applied, 2 pending
    [/] 1 started, and not finished
    next: wait, if another runner is at it; or if its work is done: `runner repair --finished [STAMP]_one_form_of_dates --reason TEXT --database unfinished.db --bundle migrations.bundle`; or if it is to run again: `runner repair --not-started [STAMP]_one_form_of_dates --reason TEXT --database unfinished.db --bundle migrations.bundle`
    ");
    assert_eq!(place.with_bundle("unfinished", &["migrate", "--busy-timeout", "0"]).code, Some(3));
    let mend = "UPDATE loan SET due_on = '20.3.2026' WHERE due_on = 'in spring'";
    place.database("unfinished").execute_batch(mend).unwrap();
    let again = ["repair", "--not-started", WITHOUT_TRANSACTION, "--reason", "the date is known"];
    place.with_bundle("unfinished", &again).succeeded();
    place.with_bundle("unfinished", &["migrate"]).succeeded();
    let loans = rows(&place.database("unfinished"), "SELECT id, due_on FROM loan");
    assert_snapshot!(loans, @r#"
    Integer(1), Text("2026-01-19")
    Integer(2), Text("2026-02-02")
    Integer(4), Text("2026-03-20")
    "#);
}

#[test]
fn what_was_repaired_stays_repaired() {
    let place = Place::new();
    assert_snapshot!(place.with_bundle("repaired", &["repair"]).shown(), @"
    exit 0
    --- stdout
    nothing to repair
    [TIME]  accepted the edit of `[STAMP]_open_the_library`: a title was wrong
    [TIME]  accepted the schema: the index is wanted
    [TIME]  took `[STAMP]_read_the_years` for applied: done by hand
    ");
    place.with_bundle("repaired", &["migrate"]).succeeded();
    assert_snapshot!(place.with_bundle("repaired", &["check"]).shown(), @"
    exit 0
    --- stdout
    nothing is pending, nothing has drifted
    ");
    assert_snapshot!(rows(&place.database("repaired"), "SELECT * FROM book"), @r#"
    Integer(1), Text("Notes"), Text("in 1843"), Integer(66), Text("new"), Null, Null, Text("en")
    Integer(2), Text("Manual of Operation"), Text("1946 (Harvard)"), Integer(561), Text("new"), Null, Null, Text("en")
    Integer(3), Text("Of a fourth hand"), Null, Integer(0), Text("new"), Null, Null, Text("en")
    "#);
}

#[test]
fn what_its_code_and_its_operations_refuse_is_told_and_rolled_back() {
    let place = Place::new();
    place.with_bundle("new", &["migrate", "--create", "--steps", "3"]).succeeded();
    let wrong = "INSERT INTO book (title, printed, pages) VALUES ('Undated', 'long ago', '-1')";
    place.database("new").execute_batch(wrong).unwrap();
    let before = place.content("new");
    assert_snapshot!(place.with_bundle("new", &["migrate"]).shown(), @"
    exit 1
    --- stderr
    error: the migration `[STAMP]_read_the_years` failed
      caused by: book 4 has no year in `long ago`
        at [STAMP]_read_the_years/src/lib.rs:23:24
    hint: everything that it did was rolled back
    ");
    assert_eq!(place.content("new"), before);

    place.database("new").execute_batch("UPDATE book SET printed = '1201' WHERE id = 4").unwrap();
    place.with_bundle("new", &["migrate", "--steps", "1"]).succeeded();
    let before = place.content("new");
    assert_snapshot!(place.with_bundle("new", &["migrate"]).shown(), @"
    exit 1
    --- stderr
    error: the migration `[STAMP]_pages_are_numbers` failed
      caused by: cannot change column `pages` of table `book` to INTEGER, and 2 more operations
        at [STAMP]_pages_are_numbers/src/lib.rs:10:18
      caused by: a row of `book` does not fit into its new shape: change the rows first, or say what they become
      caused by: CHECK constraint failed: pages >= 0
    hint: everything that it did was rolled back
    ");
    assert_eq!(place.content("new"), before);
}
