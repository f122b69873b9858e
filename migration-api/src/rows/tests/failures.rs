//! What an author reads when a row is not as the function expects.

use crate::rows::{RowError, RowsError};
use crate::{Migrator, Result};

use super::{column, database};
use crate::rows::Row;

const PURSE: &str = "CREATE TABLE purse (id INTEGER PRIMARY KEY, amount, pence);
    INSERT INTO purse VALUES (17, NULL, NULL), (18, '2s 6d', NULL), (19, 300, NULL), (20, CAST(x'ff' AS TEXT), NULL)";

/// The message for the row `id`, whose function is `function`.
fn message(id: i64, function: impl Fn(&Row<'_>) -> Result<Option<[i64; 1]>> + Sync) -> String {
    let connection = database(PURSE);
    let migrator = Migrator::new(&connection);
    let purse = || migrator.rows("purse").read(["amount"]).filter(format!("id = {id}"));
    let here = purse().update(["pence"], &function).unwrap_err();
    let all = purse().on_all_cores().update(["pence"], &function).unwrap_err();
    assert!(here.source().is::<RowError>());
    assert_eq!(here.to_string(), all.to_string());
    assert_eq!(column(&connection, "SELECT pence FROM purse WHERE pence IS NOT NULL").len(), 0);
    here.to_string()
}

#[test]
fn a_value_of_another_type_is_told_with_its_row_and_column() {
    let amount = |row: &Row<'_>| Ok(Some([row.get::<i64>("amount")?]));
    assert_eq!(
        message(17, amount),
        "row 17 of `purse`: `amount` is NULL, and `i64` was asked for; `Option<i64>` takes NULL too"
    );
    assert_eq!(
        message(18, amount),
        "row 18 of `purse`: `amount` is '2s 6d', and `i64` was asked for"
    );
    assert_eq!(
        message(19, |row| Ok(Some([row.get::<u8>("amount")?.into()]))),
        "row 19 of `purse`: `amount` is 300, which is out of the range of `u8`"
    );
    assert_eq!(
        message(20, |row| Ok(Some([row.get::<String>("amount")?.len() as i64]))),
        "row 20 of `purse`: `amount` is x'ff', a text that is not UTF-8, and `String` was asked for; `get_ref` gives its \
         bytes"
    );
    assert_eq!(
        message(18, |row| Ok(Some([row.get::<i64>("amuont")?]))),
        "row 18 of `purse`: `amuont` was asked for, and is not among the columns that are read: add it to `.read([..])`"
    );
}

#[test]
fn an_error_of_the_function_has_the_row_before_it_and_its_own_line() {
    let connection = database(PURSE);
    let error = Migrator::new(&connection)
        .rows("purse")
        .read(["amount"])
        .filter("id = 18")
        .update(["pence"], |_| -> Result<Option<[i64; 1]>> { Err("no coins".into()) })
        .unwrap_err();
    assert_eq!(error.location().line(), line!() - 2);
    assert_eq!(error.to_string(), "row 18 of `purse`, where `amount` = '2s 6d'");
    let row = error.source().downcast_ref::<RowError>().unwrap();
    assert_eq!((row.table(), row.key(), row.values()), ("purse", "18", "`amount` = '2s 6d'"));
    assert_eq!(std::error::Error::source(row).unwrap().to_string(), "no coins");
}

#[test]
fn a_panic_names_the_row_on_whichever_thread_it_is() {
    let connection = database(PURSE);
    let migrator = Migrator::new(&connection);
    let panics = |row: &Row<'_>| -> Result<Option<[i64; 1]>> {
        match row.get::<Option<String>>("amount") {
            Ok(Some(amount)) => panic!("not a number: {amount}"),
            _ => Ok(None),
        }
    };
    let purse = || migrator.rows("purse").read(["amount"]);
    for all in [false, true] {
        let payload = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            if all {
                purse().on_all_cores().update(["pence"], panics)
            } else {
                purse().update(["pence"], panics)
            }
        }))
        .unwrap_err();
        assert_eq!(
            payload.downcast_ref::<String>().unwrap(),
            "not a number: 2s 6d, at row 18 of `purse`, where `amount` = '2s 6d'"
        );
    }
}

#[test]
fn too_many_values_for_the_columns_are_told() {
    let connection = database(PURSE);
    let error = Migrator::new(&connection)
        .rows("purse")
        .update(["pence"], |_| Ok(Some((1, "2"))))
        .unwrap_err();
    assert_eq!(
        error.to_string(),
        "row 17 of `purse`: the function gave 2 values, and `update` names 1 column"
    );
    assert_eq!(error.location().line(), line!() - 6);
}

#[test]
fn the_first_row_in_the_order_of_the_key_is_the_one_that_is_told() {
    let connection = database(
        "CREATE TABLE t (id INTEGER PRIMARY KEY, new);
         WITH RECURSIVE n (i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n WHERE i < 2000) INSERT INTO t (id) SELECT i FROM n",
    );
    for _ in 0..20 {
        let error = Migrator::new(&connection)
            .rows("t")
            .read(["id"])
            .on_all_cores()
            .update(["new"], |row| match row.get::<i64>("id")? {
                id if id >= 700 => Err(format!("late: {id}").into()),
                id => Ok(Some([id])),
            })
            .unwrap_err();
        assert_eq!(error.to_string(), "row 700 of `t`, where `id` = 700");
    }
}

#[test]
fn failures_are_not_skipped_in_one_transaction() {
    let connection = database(PURSE);
    let error = Migrator::new(&connection)
        .rows("purse")
        .skip_failures(9)
        .update(["pence"], |_| Ok(Some([1])))
        .unwrap_err();
    assert!(matches!(error.source().downcast_ref(), Some(RowsError::SkipsInOneTransaction)));
}

#[test]
fn of_many_values_the_first_are_told() {
    let connection =
        database("CREATE TABLE t (a, b, c, d, e, f, g, h, i, j); INSERT INTO t DEFAULT VALUES");
    let error = Migrator::new(&connection)
        .rows("t")
        .read(["a", "b", "c", "d", "e", "f", "g", "h", "i", "j"])
        .update(["a"], |_| -> Result<Option<[i64; 1]>> { Err("no".into()) })
        .unwrap_err();
    assert_eq!(
        error.to_string(),
        "row 1 of `t`, where `a` = NULL, `b` = NULL, `c` = NULL, `d` = NULL, `e` = NULL, `f` = NULL, `g` = NULL, \
         `h` = NULL, and 2 more"
    );
}
