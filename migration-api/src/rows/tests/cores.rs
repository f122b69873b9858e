//! The function on all cores: the same result, in the same order, and an end when it is wanted.

use std::cell::{Cell, RefCell};
use std::sync::atomic::{AtomicUsize, Ordering};

use rusqlite::Connection;

use super::{column, database};
use crate::host::Host;
use crate::operation::{Operation, OperationError};
use crate::rows::RowsError;
use crate::{Migrator, rows::Row};

const NUMBERS: &str = "CREATE TABLE t (id INTEGER PRIMARY KEY, text, new, place INTEGER);
    CREATE TABLE written (id);
    CREATE TRIGGER note AFTER UPDATE OF new ON t BEGIN INSERT INTO written VALUES (new.id); END;
    WITH RECURSIVE n (i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n WHERE i < 20000)
    INSERT INTO t (id, text) SELECT i, 'text ' || i FROM n";

/// Notes progress, and asks to stop after a number of questions.
#[derive(Default)]
struct Impatient {
    progress: RefCell<Vec<(u64, u64)>>,
    patience: Cell<Option<u64>>,
}

impl Host for Impatient {
    fn log(&self, _message: &str) {}
    fn progress(&self, done: u64, total: u64) {
        self.progress.borrow_mut().push((done, total));
    }
    fn should_stop(&self) -> bool {
        let left = self.patience.get();
        self.patience.set(left.map(|left| left.saturating_sub(1)));
        left == Some(0)
    }
    fn perform(&self, _: &Connection, _: &[Operation]) -> Result<(), OperationError> {
        unreachable!("no operation is asked for")
    }
    fn stage(&self, _: &mut crate::host::Stage<'_>) -> crate::Result {
        unreachable!("no stage is asked for")
    }
}

#[test]
fn all_rows_are_computed_once_and_written_in_the_order_of_the_key() {
    let connection = database(NUMBERS);
    let calls = AtomicUsize::new(0);
    let changed = Migrator::new(&connection)
        .rows("t")
        .read(["text", "id"])
        .filter("id % 5 <> 0")
        .on_all_cores()
        .update(["new"], |row| {
            calls.fetch_add(1, Ordering::Relaxed);
            let text: String = row.get("text")?;
            let id: i64 = row.get("id")?;
            // Some take longer than others.
            let rounds = if id % 64 == 0 { 20_000 } else { 1 };
            let sum = (0..rounds).fold(0_u64, |sum, round| std::hint::black_box(sum ^ round));
            Ok((id % 3 == 0).then(|| [format!("{text}{}", if sum == 1 { "!" } else { "" })]))
        })
        .unwrap();
    assert_eq!((changed, calls.into_inner()), (5_333, 16_000));
    let wrong =
        "SELECT text FROM t WHERE new IS NOT CASE WHEN id % 3 = 0 AND id % 5 <> 0 THEN text END";
    assert_eq!(column(&connection, wrong), [""; 0]);
    let out_of_order = "SELECT id || '' FROM (SELECT id, lag(id) OVER (ORDER BY rowid) AS before FROM written) WHERE id < before";
    assert_eq!(column(&connection, out_of_order), [""; 0]);
}

#[test]
fn progress_ends_with_all_rows() {
    let connection = database(NUMBERS);
    for all in [false, true] {
        let host = Impatient::default();
        let rows =
            Migrator::with_host(&connection, &host).rows("t").filter("id > 10").with_progress();
        let function = |_: &Row<'_>| Ok(Some([1]));
        if all {
            rows.on_all_cores().update(["new"], function).unwrap();
        } else {
            rows.update(["new"], function).unwrap();
        }
        let progress = host.progress.take();
        assert!(progress.is_sorted(), "{progress:?}");
        assert_eq!(progress.last(), Some(&(19_990, 19_990)));
    }
}

#[test]
fn a_wish_to_stop_ends_it_between_two_rows() {
    let connection = database(NUMBERS);
    for all in [false, true] {
        let host = Impatient { patience: Cell::new(Some(5)), ..Impatient::default() };
        let calls = AtomicUsize::new(0);
        let function = |_: &Row<'_>| {
            calls.fetch_add(1, Ordering::Relaxed);
            Ok(Some([1]))
        };
        let rows = Migrator::with_host(&connection, &host).rows("t");
        let outcome = if all {
            rows.on_all_cores().update(["new"], function)
        } else {
            rows.update(["new"], function)
        };
        let error = outcome.unwrap_err();
        assert!(matches!(error.source().downcast_ref(), Some(RowsError::Stopped)), "{error}");
        assert!(calls.into_inner() < 20_000);
    }
}

#[test]
fn new_values_that_are_large_are_written_before_too_many_are_kept() {
    let connection = database(
        "CREATE TABLE t (id INTEGER PRIMARY KEY, new);
         WITH RECURSIVE n (i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n WHERE i < 500) INSERT INTO t (id) SELECT i FROM n",
    );
    let changed = Migrator::new(&connection)
        .rows("t")
        .read(["id"])
        .on_all_cores()
        .update(["new"], |row| {
            let id: i64 = row.get("id")?;
            // Rows are few in a chunk at first, and many when they turn out to be large.
            Ok(Some([vec![id as u8; if id < 200 { 1 } else { 100_000 }]]))
        })
        .unwrap();
    assert_eq!(changed, 500);
    let wrong = "SELECT id || '' FROM t WHERE length(new) <> iif(id < 200, 1, 100000)
                 OR substr(hex(new), 1, 2) <> printf('%02X', id % 256)";
    assert_eq!(column(&connection, wrong), [""; 0]);
}
