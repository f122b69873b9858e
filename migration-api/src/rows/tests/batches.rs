//! Batches: what they say, where they stop, and how a failure is found again.

use std::time::Instant;

use super::{batch, column, database, spec, writes};
use crate::host::Silent;
use crate::rows::batch::{Batch, Budget, RowFailure, Stopped};
use crate::rows::cores;
use crate::rows::count;
use crate::rows::function::Work;
use crate::rows::pass::Pass;
use crate::rows::table::Span;
use crate::rows::{NewRow, Row};

const NUMBERS: &str = "CREATE TABLE t (id INTEGER PRIMARY KEY, a, new);
    WITH RECURSIVE n (i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n WHERE i < 3000)
    INSERT INTO t (id, a) SELECT i, i FROM n";

fn failing(row: &Row<'_>, new: &mut NewRow<'_>, at: i64) -> crate::Result<bool> {
    let a: i64 = row.get("a")?;
    if a == at {
        return Err(format!("no {a}").into());
    }
    new.push(&a).map(|()| true)
}

fn row_failure(outcome: Result<Batch, Stopped>) -> RowFailure {
    match outcome {
        Err(Stopped::Row(failure)) => *failure,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_batch_counts_what_it_saw_read_and_changed() {
    let connection = database(NUMBERS);
    let mut spec = spec(&connection, "t", &["a"], &["new"]);
    spec.filter = Some("a % 2 = 0".into());
    let mut even = |row: &Row<'_>, new: &mut NewRow<'_>| {
        let a: i64 = row.get("a")?;
        new.push(&a).map(|()| a % 4 == 0)
    };
    let first = batch(&connection, &spec, Work::Here(&mut even), &[], 1_500).unwrap();
    assert_eq!((first.seen, first.read, first.changed, first.ended), (1_500, 750, 375, false));
    let last = batch(&connection, &spec, Work::Here(&mut even), &first.cursor, 9_999).unwrap();
    assert_eq!((last.seen, last.read, last.changed, last.ended), (1_500, 750, 375, true));
    let again = batch(&connection, &spec, Work::Here(&mut even), &last.cursor, 9_999).unwrap();
    assert_eq!((again.seen, again.ended), (0, true));
    assert_eq!(column(&connection, "SELECT CAST(sum(new = a) AS TEXT) FROM t"), ["750"]);
}

#[test]
fn a_batch_that_is_late_from_the_start_does_one_row() {
    let connection = database(NUMBERS);
    let spec = spec(&connection, "t", &["a"], &["new"]);
    let mut function = writes(|_| 1);
    let work = Work::Here(&mut function);
    let mut pass = Pass::prepare(&connection, &Silent, &spec, Span::Transactions, work).unwrap();
    let budget = Budget { rows: u64::MAX, until: Some(Instant::now()) };
    assert_eq!(pass.batch(&[], budget).unwrap().changed, 1);
    let work = |row: &Row<'_>, new: &mut NewRow<'_>| new.push(&row.key()).map(|()| true);
    let work = Work::Cores(&work, cores::run);
    let mut pass = Pass::prepare(&connection, &Silent, &spec, Span::Transactions, work).unwrap();
    assert_eq!(pass.batch(&[], budget).unwrap().changed, 1);
}

#[test]
fn the_rows_before_a_failure_are_good_and_the_cursor_leaves_it_out() {
    for cores in [false, true] {
        let connection = database(NUMBERS);
        let spec = spec(&connection, "t", &["a"], &["new"]);
        let run = |at: i64, cursor: &[u8], rows| {
            let mut here = |row: &Row<'_>, new: &mut NewRow<'_>| failing(row, new, at);
            let all = |row: &Row<'_>, new: &mut NewRow<'_>| failing(row, new, at);
            let work = if cores { Work::Cores(&all, cores::run) } else { Work::Here(&mut here) };
            batch(&connection, &spec, work, cursor, rows)
        };
        connection.execute_batch("BEGIN").unwrap();
        let failure = row_failure(run(2_345, &[], 9_999));
        connection.execute_batch("ROLLBACK").unwrap();
        assert_eq!(
            (failure.good, failure.key.as_str(), failure.values.as_str(), failure.reason.as_str()),
            (2_344, "2345", "`a` = 2345", "no 2345")
        );
        assert_eq!(failure.error.to_string(), "row 2345 of `t`, where `a` = 2345");
        let good = run(2_345, &[], failure.good).unwrap();
        assert_eq!((good.changed, good.ended), (2_344, false));
        assert_eq!(row_failure(run(2_345, &good.cursor, 1)).good, 0);
        let rest = run(2_345, &failure.cursor_after, 9_999).unwrap();
        assert_eq!((rest.changed, rest.ended), (655, true));
        assert_eq!(
            column(&connection, "SELECT CAST(id AS TEXT) FROM t WHERE new IS NOT a"),
            ["2345"]
        );
    }
}

#[test]
fn a_row_that_cannot_be_written_comes_before_one_whose_function_fails() {
    let connection = database(NUMBERS);
    connection.execute_batch("CREATE UNIQUE INDEX one ON t (new)").unwrap();
    let spec = spec(&connection, "t", &["a"], &["new"]);
    let mut function = |row: &Row<'_>, new: &mut NewRow<'_>| match row.get::<i64>("a")? {
        7 => Err("never told".into()),
        5 => new.push(&4).map(|()| true),
        a => new.push(&a).map(|()| true),
    };
    let failure = row_failure(batch(&connection, &spec, Work::Here(&mut function), &[], 9_999));
    assert_eq!((failure.good, failure.key.as_str()), (4, "5"));
    assert_eq!(failure.reason, "cannot write `new` = 4: UNIQUE constraint failed: t.new");
    assert_eq!(failure.error.to_string(), "row 5 of `t`, where `a` = 5: cannot write `new` = 4");
    assert_eq!(failure.error.sqlite_code(), Some(2067));
}

#[test]
fn the_next_row_is_named_for_a_failure_that_the_pass_does_not_see() {
    let connection = database(NUMBERS);
    let mut spec = spec(&connection, "t", &["a"], &["new"]);
    spec.filter = Some("a > 2998".into());
    let mut function = writes(|_| 1);
    let work = Work::Here(&mut function);
    let mut pass = Pass::prepare(&connection, &Silent, &spec, Span::Transactions, work).unwrap();
    let next = pass.next_row(&[]).unwrap().unwrap();
    assert_eq!((next.key.as_str(), next.values.as_str()), ("2999", "`a` = 2999"));
    let next = pass.next_row(&next.cursor_after).unwrap().unwrap();
    assert_eq!(next.key, "3000");
    assert!(pass.next_row(&next.cursor_after).unwrap().is_none());
}

#[test]
fn rows_are_counted_in_slices() {
    let connection = database(
        "CREATE TABLE t (a, new);
         WITH RECURSIVE n (i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n WHERE i < 50001)
         INSERT INTO t (a) SELECT i FROM n",
    );
    let mut spec = spec(&connection, "t", &["a"], &["new"]);
    spec.filter = Some("a % 3 = 0".into());
    let mut function = writes(|_| 1);
    let work = Work::Here(&mut function);
    let pass = Pass::prepare(&connection, &Silent, &spec, Span::Transactions, work).unwrap();
    let in_slices = count::in_slices(&connection, &Silent, &spec).unwrap();
    assert_eq!((in_slices, pass.count_at_once().unwrap()), (16_667, 16_667));
}

#[test]
fn huge_rows_are_written_before_too_many_are_kept() {
    let connection = database(
        "CREATE TABLE t (id INTEGER PRIMARY KEY, new);
         WITH RECURSIVE n (i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n WHERE i < 20) INSERT INTO t (id) SELECT i FROM n;
         CREATE TABLE seen (written INTEGER)",
    );
    let spec = spec(&connection, "t", &[], &["new"]);
    let mut most = 0;
    let mut function = writes(|row: &Row<'_>| {
        let before: i64 =
            connection.query_row("SELECT count(new) FROM t", [], |row| row.get(0)).unwrap();
        most = most.max(row.key().parse::<i64>().unwrap() - before);
        vec![0_u8; 1 << 20]
    });
    batch(&connection, &spec, Work::Here(&mut function), &[], 99).unwrap();
    drop(function);
    assert_eq!(most, 4, "of 1 MiB each");
}
