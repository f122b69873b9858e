//! Rows in batches: each batch commits with its checkpoint, and the next run goes on behind it.

use insta::assert_snapshot;
use rusqlite::Connection;

use crate::sandbox::{Outcome, Sandbox, rows};

/// Numbers under keys of each kind.
const TABLES: [&str; 4] = [
    "CREATE TABLE number (id INTEGER PRIMARY KEY, n)",
    "CREATE TABLE number (id TEXT NOT NULL PRIMARY KEY, n)",
    "CREATE TABLE number (id TEXT COLLATE NOCASE, m, n, PRIMARY KEY (id, m DESC)) WITHOUT ROWID",
    "CREATE TABLE number (id, n)",
];

const ROWS: i64 = 5000;

/// A project with a migration that doubles so many numbers in batches, and one before it that makes them.
struct Numbers(Sandbox);

impl Numbers {
    fn in_table(table: &str) -> Self {
        let sandbox = Sandbox::project();
        sandbox.sql_migration("numbers", "CREATE TABLE finished (word)", "DROP TABLE finished");
        sandbox.run(&["migrate"]).succeeded();
        sandbox.plugin("counts_in_batches");
        let database = sandbox.database();
        let id = if table.contains("TEXT") { "printf('k%05d', i)" } else { "i * 3" };
        let columns = if table.contains(" m,") { "id, m, n" } else { "id, n" };
        let values =
            if table.contains(" m,") { format!("{id}, i % 7, i") } else { format!("{id}, i") };
        database
            .execute_batch(&format!(
                "{table}; WITH RECURSIVE c (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM c WHERE i < {ROWS}) \
                 INSERT INTO number ({columns}) SELECT {values} FROM c; UPDATE number SET n = NULL WHERE n = 777"
            ))
            .unwrap();
        drop(database);
        // The table is none of a migration's.
        sandbox.run(&["repair", "--accept-schema", "--reason", "made by hand"]).succeeded();
        Self(sandbox)
    }

    fn migrate(&self, environment: &[(&str, &str)]) -> Outcome {
        let mut command = self.0.command(&["migrate", "--lock-time", "4ms", "--pause", "0s"]);
        self.0.outcome(&command.envs(environment.iter().copied()).output().unwrap())
    }

    /// How many rows are doubled, how many are not but should be, and how often it was finished.
    fn counts(&self) -> (i64, i64, i64) {
        let ask =
            |sql: &str| -> i64 { self.0.database().query_row(sql, [], |row| row.get(0)).unwrap() };
        (
            ask("SELECT count(*) FROM number WHERE twice = 2 * n"),
            ask("SELECT count(*) FROM number WHERE n IS NOT NULL AND twice IS NOT 2 * n"),
            ask("SELECT count(*) FROM finished"),
        )
    }
}

#[test]
fn every_row_is_changed_once_whatever_its_key_is() {
    for table in TABLES {
        let numbers = Numbers::in_table(table);
        numbers.migrate(&[]).succeeded();
        assert_eq!(numbers.counts(), (ROWS - 1, 0, 1), "{table}");
        numbers.0.run(&["migrate", "--backward"]).succeeded();
    }
}

#[test]
fn after_a_failure_or_an_abort_at_a_row_the_next_run_goes_on_there() {
    for (table, how) in TABLES.iter().zip(["FAIL_AT", "ABORT_AT", "PANIC_AT", "FAIL_AT"]) {
        let numbers = Numbers::in_table(table);
        let outcome = numbers.migrate(&[(how, "3000")]);
        assert_eq!(outcome.code, Some(1), "{}", outcome.shown());
        let (done, _, finished) = numbers.counts();
        match how {
            // What failed was rolled back to the row, and all before it is there.
            "ABORT_AT" => assert!(done < 2999, "{done}"),
            _ => assert_eq!(done, 2998, "{table}"),
        }
        assert_eq!(finished, 0);
        // What is done is not done again.
        numbers
            .0
            .database()
            .execute_batch("UPDATE number SET n = -n WHERE twice IS NOT NULL")
            .unwrap();
        numbers.migrate(&[]).succeeded();
        let twice = "SELECT count(*) FROM number WHERE twice = 2 * abs(n)";
        assert_eq!(
            rows(&numbers.0.database(), twice),
            format!("  Integer({})\n", ROWS - 1),
            "{table}"
        );
    }
}

#[test]
fn the_row_that_failed_is_named_and_so_is_how_far_it_is() {
    let numbers = Numbers::in_table(TABLES[0]);
    assert_snapshot!(numbers.migrate(&[("FAIL_AT", "3000")]).shown(), @"
    exit 1
    --- stderr
    error: the migration `[STAMP]_counts_in_batches` failed
      caused by: row 9000 of `number`, where `n` = 3000
        at [STAMP]_counts_in_batches/src/lib.rs:23:59
      caused by: 3000 was to fail
    hint: what its stages and batches did before that stays, and the next run goes on there: `runner migrate`
    ");
    assert_snapshot!(numbers.0.run(&["status"]).shown(), @"
    exit 0
    --- stdout
    [x] [STAMP]_numbers            [TIME]
    [/] [STAMP]_counts_in_batches  59 % (2,998 of 4,999 rows; 0 failed) of the rows of `number`
    1 applied, 1 pending
    [/] 1 half done; the next run goes on with it
    ");
}

#[test]
fn rows_that_fail_are_passed_over_and_listed_up_to_a_number() {
    let numbers = Numbers::in_table(TABLES[1]);
    let outcome = numbers.migrate(&[("FAIL_EACH", "1000"), ("SKIP", "4")]);
    assert_eq!(outcome.code, Some(1), "{}", outcome.shown());
    assert_eq!(numbers.counts(), (4994, 5, 0));
    let noted = "SELECT table_name, row_key, row_values, reason FROM _runner_failed_rows";
    assert_snapshot!(rows(&numbers.0.database(), noted), @r#"
    Text("number"), Text("'k01000'"), Text("`n` = 1000"), Text("1000 was to fail")
    Text("number"), Text("'k02000'"), Text("`n` = 2000"), Text("2000 was to fail")
    Text("number"), Text("'k03000'"), Text("`n` = 3000"), Text("3000 was to fail")
    Text("number"), Text("'k04000'"), Text("`n` = 4000"), Text("4000 was to fail")
    "#);
    assert_snapshot!(numbers.0.run(&["status"]).shown(), @"
    exit 0
    --- stdout
    [x] [STAMP]_numbers            [TIME]
    [/] [STAMP]_counts_in_batches  99 % (4,998 of 4,999 rows; 4 failed) of the rows of `number`
    1 applied, 1 pending
    [/] 1 half done; the next run goes on with it
    [!] 4 rows failed; `runner repair` shows them
    ");
    numbers.migrate(&[("FAIL_EACH", "1000"), ("SKIP", "5")]).succeeded();
    assert_eq!(numbers.counts(), (4994, 5, 1));
}

#[test]
fn rows_that_were_passed_over_are_counted_and_shown_until_they_are_settled() {
    let numbers = Numbers::in_table(TABLES[1]);
    let sandbox = &numbers.0;
    numbers.migrate(&[("FAIL_EACH", "400"), ("SKIP", "20")]).succeeded();
    assert_snapshot!(sandbox.run(&["status"]).shown(), @"
    exit 0
    --- stdout
    [x] [STAMP]_numbers            [TIME]
    [x] [STAMP]_counts_in_batches  [TIME]  12 rows failed
    2 applied, 0 pending
    [!] 12 rows failed; `runner repair` shows them
    ");
    assert_snapshot!(sandbox.run(&["repair"]).shown(), @"
    exit 0
    --- stdout
    `[STAMP]_counts_in_batches` passed over 12 rows:
        'k00400' of `number`, where `n` = 400: 400 was to fail
        'k00800' of `number`, where `n` = 800: 800 was to fail
        'k01200' of `number`, where `n` = 1200: 1200 was to fail
        'k01600' of `number`, where `n` = 1600: 1600 was to fail
        'k02000' of `number`, where `n` = 2000: 2000 was to fail
        'k02400' of `number`, where `n` = 2400: 2400 was to fail
        'k02800' of `number`, where `n` = 2800: 2800 was to fail
        'k03200' of `number`, where `n` = 3200: 3200 was to fail
        'k03600' of `number`, where `n` = 3600: 3600 was to fail
        'k04000' of `number`, where `n` = 4000: 4000 was to fail
        and 2 more: `runner repair --json` shows all
        once they are looked after: `runner repair --settle-failed [STAMP]_counts_in_batches --reason TEXT`
    [TIME]  accepted the schema: made by hand
    ");
    let status = sandbox.run(&["status", "--json"]).succeeded().stdout;
    assert!(status.contains(r#""failed_rows": 12"#), "{status}");
    let all = sandbox.run(&["repair", "--json"]).succeeded().stdout;
    assert_eq!(all.matches(r#""reason": ""#).count(), 13, "{all}");
    let settle = ["repair", "--settle-failed", "counts_in_batches", "--reason", "typed in by hand"];
    assert_snapshot!(sandbox.run(&settle).shown(), @"
    exit 0
    --- stdout
    settled 12 failed rows of `[STAMP]_counts_in_batches`: typed in by hand
    ");
    assert_snapshot!(sandbox.run(&settle).shown(), @"
    exit 3
    --- stderr
    error: there is nothing to settle: `[STAMP]_counts_in_batches` has passed over no row that is not settled
    hint: nothing was changed; `runner repair` shows what can be repaired
    explain: runner explain nothing-to-repair
    ");
    assert_snapshot!(sandbox.run(&["status"]).shown(), @"
    exit 0
    --- stdout
    [x] [STAMP]_numbers            [TIME]
    [x] [STAMP]_counts_in_batches  [TIME]
    2 applied, 0 pending
    ");
    assert_snapshot!(sandbox.run(&["repair"]).shown(), @"
    exit 0
    --- stdout
    nothing to repair
    [TIME]  accepted the schema: made by hand
    [TIME]  settled 12 failed rows of `[STAMP]_counts_in_batches`: typed in by hand
    ");
    sandbox.run(&["status", "--exit-code"]).succeeded();
}

#[test]
fn what_was_passed_over_is_settled_by_the_way_back() {
    let numbers = Numbers::in_table(TABLES[0]);
    numbers.migrate(&[("FAIL_EACH", "1000"), ("SKIP", "5")]).succeeded();
    numbers.0.run(&["migrate", "--backward"]).succeeded();
    assert_snapshot!(numbers.0.run(&["repair"]).shown(), @"
    exit 0
    --- stdout
    nothing to repair
    [TIME]  accepted the schema: made by hand
    [TIME]  settled 5 failed rows of `[STAMP]_counts_in_batches`: reverted
    ");
}

#[test]
fn what_others_write_between_two_runs_is_seen_before_the_place_and_not_behind_it() {
    let numbers = Numbers::in_table(TABLES[0]);
    numbers.migrate(&[("FAIL_AT", "3000")]);
    numbers
        .0
        .database()
        .execute_batch(
            "INSERT INTO number (id, n) VALUES (1, 6001), (100000, 6002);
             UPDATE number SET n = 6003 WHERE id = 3 * 4000;
             DELETE FROM number WHERE id = 3 * 4001;",
        )
        .unwrap();
    numbers.migrate(&[]).succeeded();
    let of = |n: i64| {
        let twice = "SELECT twice FROM number WHERE n = ?1";
        let database: Connection = numbers.0.database();
        database.query_row(twice, [n], |row| row.get::<_, Option<i64>>(0)).unwrap()
    };
    assert_eq!(of(6001), None, "it came behind the place");
    assert_eq!((of(6002), of(6003)), (Some(12004), Some(12006)));
}

#[test]
fn a_table_that_has_only_rowids_is_refused_after_a_vacuum_in_the_middle() {
    let numbers = Numbers::in_table(TABLES[3]);
    numbers.migrate(&[("FAIL_AT", "3000")]);
    numbers.0.database().execute_batch("DELETE FROM number WHERE n < 100; VACUUM").unwrap();
    assert_snapshot!(numbers.migrate(&[]).shown(), @"
    exit 1
    --- stderr
    error: the migration `[STAMP]_counts_in_batches` failed
      caused by: the rows of `number` cannot be gone on with where it stopped: the table has no key but the rowid, and the schema was changed or VACUUM ran since it began: rows may have other rowids now, so some would be passed over and others changed twice; take it back, or go back to a backup from before it, and give the table a primary key that is NOT NULL first
        at [STAMP]_counts_in_batches/src/lib.rs:20:14
    hint: what its stages and batches did before that stays, and the next run goes on there: `runner migrate`
    ");
}

#[test]
fn a_half_done_one_goes_back_where_it_says_so() {
    let numbers = Numbers::in_table(TABLES[0]);
    numbers.migrate(&[("FAIL_AT", "3000")]);
    numbers.0.run(&["migrate", "--backward"]).succeeded();
    let columns = "SELECT count(*) FROM pragma_table_info('number')";
    assert_eq!(rows(&numbers.0.database(), columns), "  Integer(2)\n");
    numbers.migrate(&[]).succeeded();
    assert_eq!(numbers.counts(), (ROWS - 1, 0, 1));
}

/// Two stages over the same table, of which the second fails at a row.
const TWICE_OVER: &str = r#"
use migration_api::prelude::*;

#[derive(Default)]
pub struct TwiceOver;

impl Migration for TwiceOver {
    const BATCHED: bool = true;

    fn migrate_forward(&self, migrator: &mut Migrator) -> Result {
        migrator.rows("number").read(["n"]).update(["n"], |row| Ok(Some([row.get::<i64>("n")? + 1])))?;
        migrator.rows("number").read(["n"]).update(["n"], |row| match row.get::<i64>("n")? {
            2001 => Err("it was to fail".into()),
            n => Ok(Some([n + 1])),
        })?;
        Ok(())
    }
}

export_migration!(TwiceOver);
"#;

#[test]
fn the_rows_of_each_of_two_stages_over_one_table_are_counted() {
    let sandbox = Sandbox::project();
    let rows = "WITH RECURSIVE c (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM c WHERE i < 4000) \
                INSERT INTO number (n) SELECT i FROM c";
    let table = "CREATE TABLE number (id INTEGER PRIMARY KEY, n INTEGER)";
    sandbox.sql_migration("twice_over_ground", &format!("{table}; {rows}"), "DROP TABLE number");
    sandbox.migration("twice_over", TWICE_OVER);
    assert_eq!(sandbox.run(&["migrate"]).code, Some(1));
    assert_snapshot!(sandbox.run(&["status"]).shown(), @"
    exit 0
    --- stdout
    [x] [STAMP]_twice_over_ground  [TIME]
    [/] [STAMP]_twice_over         49 % (1,999 of 4,000 rows; 0 failed) of the rows of `number`
    1 applied, 1 pending
    [/] 1 half done; the next run goes on with it
    ");
}
