//! The rows that an author expects: what `runner test` compares, and what it writes.

use std::fs;

use insta::assert_snapshot;

use crate::sandbox::Sandbox;

const STAYS: &str = "CREATE TABLE stay (id INTEGER PRIMARY KEY, name TEXT NOT NULL, fee TEXT);";

const FORWARD: &str = "
    ALTER TABLE stay ADD COLUMN pence INTEGER;
    UPDATE stay SET pence = 12 * substr(fee, 1, instr(fee, 's') - 1)
      + replace(substr(fee, instr(fee, ' ') + 1), 'd', '') WHERE fee LIKE '%s %d';";

const FIXTURE: &str = "INSERT INTO stay (name, fee) VALUES ('Ada', '2s 6d'), ('Tom', NULL);\n";

const EXPECTED: &str = "\
-- after forward
SELECT name, pence FROM stay ORDER BY id;
--> name  | pence
--> 'Ada' | 30
--> 'Tom' | NULL

-- after backward
SELECT name, fee FROM stay ORDER BY id;
--> name  | fee
--> 'Ada' | '2s 6d'
--> 'Tom' | NULL
";

/// A migration of fees in shillings and pence, with rows, and the path of its expectations.
fn fees(name: &str) -> (Sandbox, String) {
    let sandbox = Sandbox::project();
    sandbox.sql_migration(&format!("stays_of_{name}"), STAYS, "DROP TABLE stay");
    let id = sandbox.sql_migration(name, FORWARD, "ALTER TABLE stay DROP COLUMN pence");
    sandbox.write(format!("migrations/{id}/fixture.sql"), FIXTURE);
    (sandbox, format!("migrations/{id}/expected.sql"))
}

#[test]
fn rows_that_are_as_expected_pass_however_they_are_aligned() {
    let (sandbox, expected) = fees("aligned_fees");
    sandbox.write(&expected, EXPECTED);
    assert_snapshot!(sandbox.untouched(&["test", "aligned_fees"]).shown());
    assert_snapshot!(sandbox.run(&["test", "aligned_fees", "--json"]).shown());
}

#[test]
fn rows_that_differ_fail_and_are_shown_as_a_difference() {
    let (sandbox, expected) = fees("wrong_fees");
    let wrong = EXPECTED.replace("| 30", "| 26").replace("'Tom' | NULL\n\n", "'Tom' | 'NULL'\n\n");
    sandbox.write(&expected, &wrong);
    assert_snapshot!(sandbox.untouched(&["test", "wrong_fees"]).shown());
}

#[test]
fn accepted_rows_are_written_and_all_else_in_the_file_stays() {
    let (sandbox, expected) = fees("accepted_fees");
    let unwritten = "-- Twelve pence are a shilling.\n".to_owned()
        + &EXPECTED.replace("--> 'Ada' | 30\n", "").replace("'2s 6d'", "'2s 7d'");
    sandbox.write(&expected, &unwritten);
    assert_snapshot!(sandbox.run(&["test", "accepted_fees", "--accept"]).shown());
    assert_snapshot!(sandbox.read(&expected));
    sandbox.untouched(&["test", "accepted_fees"]).succeeded();
    sandbox.untouched(&["test", "accepted_fees", "--accept"]).succeeded();
}

#[test]
fn a_first_file_is_written_for_the_tables_that_matter() {
    let (sandbox, expected) = fees("first_fees");
    assert!(!sandbox.path(&expected).exists());
    assert_snapshot!(sandbox.run(&["test", "--accept"]).shown());
    assert_snapshot!(sandbox.read(&expected));
    sandbox.untouched(&["test"]).succeeded();
    let json = sandbox.run(&["test", "--json"]).succeeded().stdout;
    assert!(json.contains("as_expected"), "{json}");
}

#[test]
fn nothing_is_accepted_of_a_migration_that_fails() {
    let (sandbox, expected) = fees("failing_fees");
    sandbox.write(&expected, &EXPECTED.replace("30", "31"));
    let id = expected.split('/').nth(1).unwrap();
    sandbox.write(
        format!("migrations/{id}/src/lib.rs"),
        &crate::sandbox::sql_source(
            FORWARD,
            "DELETE FROM stay; ALTER TABLE stay DROP COLUMN pence",
        ),
    );
    assert_eq!(sandbox.untouched(&["test", "failing_fees", "--accept"]).code, Some(1));
}

#[test]
fn a_file_that_cannot_be_used_is_named_with_its_line() {
    let (sandbox, expected) = fees("misread_fees");
    for (text, words) in [
        ("", ":1: there is no query in it"),
        ("SELECT 1;\n", ":1: before the first query"),
        ("-- after forward\nSELECT 1;\nSELECT\n  shillings;\n", ":4: no such column: shillings"),
        ("-- after forward\n\nSELEC 1;\n", ":3: near \"SELEC\": syntax error"),
        ("-- after forward\nDELETE FROM stay RETURNING id;\n", ":2: this is no query"),
        ("-- after forward\nATTACH 'elsewhere.db' AS x;\n", ":2: not authorized"),
        ("-- after forward\nSELECT ?1;\n", ":2: it has a parameter"),
        ("-- after forward\nSELECT abs(-9223372036854775808);\n", ":2: integer overflow"),
        (
            "-- after forward\nWITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT 1000000)\n\
             SELECT i FROM n;\n",
            ":2: it gives more than 1000 rows",
        ),
        (
            "-- after forward\nSELECT zeroblob(2000000);\n",
            ":2: it gives more than 1000 rows or 1024 KiB",
        ),
    ] {
        sandbox.write(&expected, text);
        let outcome = sandbox.untouched(&["test", "misread_fees"]);
        assert_eq!(outcome.code, Some(1));
        assert!(
            outcome.stdout.contains(&format!("expected.sql{words}")),
            "{text}\n{}",
            outcome.stdout
        );
    }
    fs::write(sandbox.path(&expected), b"-- after forward\nSELECT '\xff';\n").unwrap();
    let outcome = sandbox.untouched(&["test", "misread_fees", "--accept"]);
    assert!(outcome.stdout.contains("cannot read `expected.sql`: it is not UTF-8"), "{outcome:?}");
}

#[test]
fn a_query_that_does_not_end_fails_at_the_limit_of_a_step() {
    let (sandbox, expected) = fees("endless_fees");
    sandbox.write(
        &expected,
        "-- after forward\nWITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n)\n\
         SELECT i FROM n WHERE i < 0;\n",
    );
    let outcome = sandbox.run(&["test", "endless_fees", "--timeout", "5"]);
    assert!(outcome.stdout.contains("expected.sql:2: it does not end"), "{outcome:?}");
}

#[test]
fn what_a_way_back_that_is_not_there_should_give_is_a_mistake() {
    let (sandbox, expected) = fees("one_way_fees");
    let id = expected.split('/').nth(1).unwrap();
    sandbox.write(
        format!("migrations/{id}/src/lib.rs"),
        "use migration_api::prelude::*;\n#[derive(Default)]\npub struct OneWay;\nimpl Migration for OneWay {\n\
         const REVERSIBLE: bool = false;\n\
         fn migrate_forward(&self, migrator: &mut Migrator) -> Result {\n\
         migrator.execute_batch(\"UPDATE stay SET fee = trim(fee)\")\n}\n}\nexport_migration!(OneWay);\n",
    );
    sandbox.write(&expected, "-- after forward\nSELECT 1 AS one;\n--> one\n--> 1\n");
    assert!(sandbox.run(&["test"]).succeeded().stdout.contains("irreversible (declared)"));
    sandbox.write(&expected, "-- after backward\nSELECT 1;\n");
    let outcome = sandbox.untouched(&["test", "--accept"]);
    assert!(outcome.stdout.contains("expected.sql:2: this runs after backward"), "{outcome:?}");
}

#[test]
fn values_are_told_apart_whatever_they_look_like() {
    let (sandbox, expected) = fees("odd_fees");
    let id = expected.split('/').nth(1).unwrap();
    sandbox.write(
        format!("migrations/{id}/fixture.sql"),
        "INSERT INTO stay (name, fee) VALUES ('NULL', NULL), ('30', 'a\nb '), ('it''s | so', x'00ff'), ('é', '');\n",
    );
    sandbox.write(
        &expected,
        "-- after forward\r\nSELECT name, fee, 1.0 AS real, 1 AS whole FROM stay;\r\n",
    );
    sandbox.run(&["test", "odd_fees", "--accept"]).succeeded();
    let written = sandbox.read(&expected);
    assert!(
        written.lines().all(|_| true) && !written.replace("\r\n", "").contains('\n'),
        "{written:?}"
    );
    assert_snapshot!(written.replace('\r', ""));
    sandbox.untouched(&["test", "odd_fees"]).succeeded();
}

#[test]
fn the_same_rows_in_another_order_are_said_to_be_so() {
    let (sandbox, expected) = fees("reordered_fees");
    sandbox.write(
        &expected,
        "-- after forward\nSELECT name FROM stay;\n--> name\n--> 'Tom'\n--> 'Ada'\n",
    );
    assert_snapshot!(sandbox.run(&["test", "reordered_fees"]).shown());
}

#[test]
#[cfg(unix)]
fn a_file_that_cannot_be_written_is_named_and_left_as_it_is() {
    let (sandbox, expected) = fees("unwritable_fees");
    sandbox.write(&expected, "-- after forward\nSELECT 1;\n");
    // Root may write to any file, and nobody replaces a folder by a file.
    let aside = sandbox.path("aside.sql");
    fs::rename(sandbox.path(&expected), &aside).unwrap();
    fs::create_dir(sandbox.path(&expected)).unwrap();
    let outcome = sandbox.untouched(&["test", "unwritable_fees", "--accept"]);
    assert_eq!(outcome.code, Some(1));
    assert!(outcome.stdout.contains("cannot read `expected.sql`"), "{outcome:?}");
}

#[test]
fn the_file_is_no_part_of_the_source() {
    let (sandbox, expected) = fees("applied_fees");
    sandbox.run(&["migrate"]).succeeded();
    sandbox.write(&expected, EXPECTED);
    let status = sandbox.run(&["status"]).succeeded().stdout;
    assert!(!status.contains("[~]"), "{status}");
}
