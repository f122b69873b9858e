//! Statements are counted as they run, by their text.

use rusqlite::{Connection, params};

use super::*;
use crate::issuer::Issuer;
use crate::measured::{OtherStatements, StatementRuns};

/// What is counted while `work` runs under the guard.
fn counted(work: impl FnOnce(&Connection)) -> (Vec<StatementRuns>, OtherStatements) {
    let mut connection = Connection::open_in_memory().unwrap();
    connection
        .execute_batch(
            "PRAGMA foreign_keys = ON;
             CREATE TABLE t (id INTEGER PRIMARY KEY, a); CREATE TABLE log (a);
             CREATE TABLE parent (id INTEGER PRIMARY KEY);
             CREATE TABLE child (id INTEGER REFERENCES parent ON DELETE CASCADE);
             CREATE TRIGGER tr AFTER UPDATE ON t BEGIN INSERT INTO log VALUES (new.a); END;
             CREATE VIRTUAL TABLE word USING fts5 (body);
             WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 10)
             INSERT INTO t SELECT i, i FROM n;
             INSERT INTO parent VALUES (1); INSERT INTO child VALUES (1), (1), (1);",
        )
        .unwrap();
    let guard = Guard::default();
    guard.install_on(&mut connection).unwrap();
    statement_log::forget();
    statement_log::listen(&connection, &guard, None);
    connection.execute_batch("BEGIN; INSERT INTO log VALUES (1), (2)").unwrap();
    guard.arm();
    work(&connection);
    guard.disarm();
    statement_log::settle(&connection);
    connection.execute_batch("INSERT INTO log VALUES (1), (2); COMMIT").unwrap();
    statement_log::take()
}

/// Each in a line: how often, rows, whether it writes, its text.
fn lines(mut all: Vec<StatementRuns>) -> String {
    all.sort_by(|one, other| one.sql.cmp(&other.sql));
    let line = |it: StatementRuns| {
        let issuer = if it.issuer == Issuer::Operations { " (operations)" } else { "" };
        let writes = if it.writes { "writes" } else { "reads" };
        format!("{} runs, {} rows, {writes}: {}{issuer}\n", it.runs, it.rows, it.sql)
    };
    all.into_iter().map(line).collect()
}

#[test]
fn a_loop_is_one_statement_and_rows_of_triggers_count() {
    let (all, other) = counted(|connection| {
        let mut read = connection.prepare("SELECT id FROM t").unwrap();
        let mut write = connection.prepare("UPDATE t SET a = ?2 WHERE id = ?1").unwrap();
        let mut rows = read.query([]).unwrap();
        while let Some(row) = rows.next().unwrap() {
            write.execute(params![row.get::<_, i64>(0).unwrap(), "secret"]).unwrap();
        }
    });
    insta::assert_snapshot!(lines(all), @"
    1 runs, 0 rows, reads: SELECT id FROM t
    10 runs, 20 rows, writes: UPDATE t SET a = ?2 WHERE id = ?1
    ");
    assert_eq!(other, OtherStatements::default());
}

#[test]
fn values_in_the_text_make_no_other_statement() {
    let (all, other) = counted(|connection| {
        for i in 0..10_000 {
            let sql = format!("UPDATE t SET a = 'secret {i}' WHERE id = {i}");
            connection.execute_batch(&sql).unwrap();
        }
    });
    insta::assert_snapshot!(lines(all), @"10000 runs, 20 rows, writes: UPDATE t SET a = ? WHERE id = ?");
    assert_eq!(other, OtherStatements::default());
}

#[test]
fn rows_count_where_a_statement_is_reset_before_its_end() {
    let (all, _) = counted(|connection| {
        let insert = "INSERT INTO t (a) VALUES (?1), (?1), (?1) RETURNING id";
        for _ in 0..3 {
            connection.query_row(insert, ["secret"], |_| Ok(())).unwrap();
        }
        connection.execute("DELETE FROM log", []).unwrap();
        connection.query_row(insert, ["secret"], |_| Ok(())).unwrap();
    });
    insta::assert_snapshot!(lines(all), @"
    1 runs, 2 rows, writes: DELETE FROM log
    4 runs, 12 rows, writes: INSERT INTO t (a) VALUES (?1), (?1), (?1) RETURNING id
    ");
}

#[test]
fn rows_of_foreign_keys_and_of_virtual_tables_count_as_the_statement_that_runs() {
    let (all, _) = counted(|connection| {
        connection
            .execute_batch(
                "INSERT INTO word VALUES ('secret'), ('more'); -- of old\nDELETE FROM parent;
                 CREATE TABLE more (a DEFAULT 'secret')",
            )
            .unwrap();
    });
    let text = lines(all);
    assert!(!text.contains("secret"), "{text}");
    insta::assert_snapshot!(text, @"
    1 runs, 4 rows, writes: CREATE TABLE more (a DEFAULT ?)
    1 runs, 4 rows, writes: DELETE FROM parent
    1 runs, 6 rows, writes: INSERT INTO word VALUES (?), (?)
    ");
}

#[test]
fn a_statement_that_is_compiled_anew_is_one_run() {
    let (all, _) = counted(|connection| {
        let mut write = connection.prepare("UPDATE t SET a = 2 WHERE id < 4").unwrap();
        write.execute([]).unwrap();
        connection.execute_batch("CREATE TABLE other (a)").unwrap();
        write.execute([]).unwrap();
    });
    insta::assert_snapshot!(lines(all), @"
    1 runs, 0 rows, writes: CREATE TABLE other (a)
    2 runs, 12 rows, writes: UPDATE t SET a = ? WHERE id < ?
    ");
}

#[test]
fn who_issues_a_statement_is_kept_apart() {
    let (all, _) = counted(|connection| {
        let insert = || connection.execute("INSERT INTO t (a) VALUES (1)", []).unwrap();
        insert();
        issued_by(Issuer::Operations, insert);
        insert();
    });
    insta::assert_snapshot!(lines(all), @"
    2 runs, 2 rows, writes: INSERT INTO t (a) VALUES (?)
    1 runs, 1 rows, writes: INSERT INTO t (a) VALUES (?) (operations)
    ");
}

#[test]
fn a_list_has_an_end_and_the_rest_is_counted() {
    let (all, other) = counted(|connection| {
        for i in 0..3000 {
            connection.execute(&format!("UPDATE t SET a = 1 AS WHERE id = x{i}"), []).unwrap_err();
            connection.query_row(&format!("SELECT 1 AS x{i}"), [], |_| Ok(())).unwrap();
        }
    });
    assert_eq!(all.len(), 200);
    assert!(all.is_sorted_by(|one, other| one.took_us >= other.took_us));
    assert_eq!((other.runs, other.rows), (2800, 0));
}

#[test]
fn a_denied_setting_is_denied_while_statements_are_counted() {
    let mut connection = Connection::open_in_memory().unwrap();
    connection.execute_batch("CREATE TABLE t (a)").unwrap();
    let guard = Guard::default();
    guard.install_on(&mut connection).unwrap();
    statement_log::listen(&connection, &guard, None);
    connection.execute_batch("BEGIN").unwrap();
    guard.arm();
    let off = rusqlite::config::DbConfig::SQLITE_DBCONFIG_DEFENSIVE;
    connection.set_db_config(off, false).unwrap();
    let edit = "UPDATE sqlite_schema SET sql = 'x'";
    assert!(connection.execute_batch(&format!("PRAGMA writable_schema = ON; {edit}")).is_err());
    assert!(connection.execute_batch("DELETE FROM t").is_err());
    assert!(!guard.disarm().denied.is_empty());
}

#[test]
fn nothing_is_measured_unless_it_is_asked_for() {
    let measure = Measure::by(&ApplyOptions::default()).unwrap();
    assert!(measure.0.is_none() && measure.take().is_none() && measure.vfs().is_none());
}
