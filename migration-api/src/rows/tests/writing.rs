//! What is written, and what is not lost on the way.

use super::{column, database, rows};
use crate::Migrator;
use crate::rows::RowError;
use rusqlite::types::{Null, Value};

#[test]
fn none_leaves_a_row_and_tuples_write_several_types() {
    let connection = database(
        "CREATE TABLE t (id INTEGER PRIMARY KEY, a, b, c, d, triple AS (id * 3));
         INSERT INTO t (id) VALUES (1), (2), (3)",
    );
    let changed = Migrator::new(&connection)
        .rows("t")
        .read(["triple", "rowid"])
        .update(["d", "c", "b", "a"], |row| {
            let id: i64 = row.get("rowid")?;
            let triple: i64 = row.get("triple")?;
            Ok((id != 2).then(|| (triple, format!("t{id}"), vec![id as u8], Null)))
        })
        .unwrap();
    assert_eq!(changed, 2);
    let of = |id: i64| {
        let blob = Value::Blob(vec![id as u8]);
        vec![Value::Null, blob, Value::Text(format!("t{id}")), Value::Integer(3 * id)]
    };
    assert_eq!(rows(&connection, "SELECT a, b, c, d FROM t"), [of(1), vec![Value::Null; 4], of(3)]);
}

#[test]
fn a_key_may_be_rewritten_where_the_rowid_is_the_key() {
    let connection = database(
        "CREATE TABLE t (name TEXT PRIMARY KEY NOT NULL);
         INSERT INTO t VALUES ('a'), ('b'), ('c')",
    );
    let changed = Migrator::new(&connection)
        .rows("t")
        .read(["name"])
        .update(["name"], |row| Ok(Some([format!("z{}", row.get::<String>("name")?)])))
        .unwrap();
    assert_eq!(changed, 3);
    assert_eq!(column(&connection, "SELECT name FROM t"), ["za", "zb", "zc"]);
}

#[test]
fn no_conflict_clause_of_the_table_loses_a_row() {
    for clause in ["REPLACE", "IGNORE", "ROLLBACK", "FAIL"] {
        let connection = database(&format!(
            "CREATE TABLE t (id INTEGER PRIMARY KEY, a UNIQUE ON CONFLICT {clause});
             INSERT INTO t VALUES (1, 1), (2, 2); BEGIN"
        ));
        let error =
            Migrator::new(&connection).rows("t").update(["a"], |_| Ok(Some([2]))).unwrap_err();
        assert_eq!(error.to_string(), "row 1 of `t`: cannot write `a` = 2", "{clause}");
        assert!(!connection.is_autocommit());
        assert_eq!(column(&connection, "SELECT CAST(a AS TEXT) FROM t"), ["1", "2"], "{clause}");
    }
}

#[test]
fn the_conflict_clauses_of_triggers_hold_where_the_table_has_none() {
    let connection = database(
        "CREATE TABLE t (id INTEGER PRIMARY KEY, a); CREATE TABLE seen (a UNIQUE);
         CREATE TRIGGER note AFTER UPDATE ON t BEGIN INSERT OR IGNORE INTO seen VALUES (new.a); END;
         INSERT INTO t VALUES (1, 0), (2, 0)",
    );
    assert_eq!(Migrator::new(&connection).rows("t").update(["a"], |_| Ok(Some([7]))).unwrap(), 2);
    assert_eq!(column(&connection, "SELECT CAST(a AS TEXT) FROM seen"), ["7"]);
}

const GONE: &str = "row 2 of `t`: its UPDATE changed no row: a trigger has removed it or given it another key, or ignores \
                    the UPDATE";

#[test]
fn a_row_whose_update_a_trigger_ignores_is_an_error() {
    let connection = database(
        "CREATE TABLE t (id INTEGER PRIMARY KEY, a); INSERT INTO t (id) VALUES (1), (2), (3);
         CREATE TRIGGER x BEFORE UPDATE ON t WHEN new.id = 2 BEGIN SELECT RAISE(IGNORE); END",
    );
    let error = Migrator::new(&connection).rows("t").update(["a"], |_| Ok(Some([1]))).unwrap_err();
    assert!(error.source().is::<RowError>());
    assert_eq!(error.to_string(), GONE);
}

#[test]
fn a_row_that_a_trigger_takes_away_is_not_met_and_an_error_where_it_was_read_ahead() {
    let connection = database(
        "CREATE TABLE t (id INTEGER PRIMARY KEY, a); INSERT INTO t (id) VALUES (1), (2), (3);
         CREATE TRIGGER x AFTER UPDATE ON t WHEN new.id = 1 BEGIN DELETE FROM t WHERE id = 2; END; BEGIN",
    );
    let migrator = Migrator::new(&connection);
    let error = migrator.rows("t").on_all_cores().update(["a"], |_| Ok(Some([1]))).unwrap_err();
    assert_eq!(error.to_string(), GONE);
    connection.execute_batch("ROLLBACK").unwrap();
    assert_eq!(migrator.rows("t").update(["a"], |_| Ok(Some([1]))).unwrap(), 2);
}

#[test]
fn the_function_may_use_the_connection() {
    let connection = database(
        "CREATE TABLE t (id INTEGER PRIMARY KEY, a); INSERT INTO t (id) VALUES (1), (2);
         CREATE TABLE log (id)",
    );
    let migrator = Migrator::new(&connection);
    migrator
        .rows("t")
        .update(["a"], |row| {
            connection.execute("INSERT INTO log VALUES (?1)", [row.key()])?;
            Ok(Some([connection.last_insert_rowid()]))
        })
        .unwrap();
    assert_eq!(
        column(&connection, "SELECT t.id || t.a || log.id FROM t, log ON t.id = log.rowid"),
        ["111", "222"]
    );
}

#[test]
fn rows_that_a_trigger_adds_behind_are_not_visited() {
    for (table, id) in [
        ("(id INTEGER PRIMARY KEY, a)", "NULL"),
        ("(id, a)", "NULL"),
        ("(id INTEGER, a, PRIMARY KEY (id DESC)) WITHOUT ROWID", "(SELECT min(id) - 1 FROM t)"),
    ] {
        let connection = database(&format!(
            "CREATE TABLE t {table};
             INSERT INTO t VALUES (3, 'old'), (2, 'old'), (1, 'old');
             CREATE TRIGGER more AFTER UPDATE ON t BEGIN INSERT INTO t VALUES ({id}, 'new'); END"
        ));
        let migrator = Migrator::new(&connection);
        assert_eq!(migrator.rows("t").update(["a"], |_| Ok(Some(["done"]))).unwrap(), 3, "{table}");
        let left = "SELECT count(*) || ' ' || sum(a = 'done') FROM t";
        assert_eq!(column(&connection, left), ["6 3"], "{table}");
    }
}

#[test]
fn without_a_transaction_it_has_one_of_its_own() {
    let connection = database(
        "CREATE TABLE t (id INTEGER PRIMARY KEY, a); INSERT INTO t (id) VALUES (1), (2), (3)",
    );
    let in_transaction = || !connection.is_autocommit();
    let migrator = Migrator::new(&connection);
    let pass = |last: i64| {
        migrator.rows("t").read(["id"]).update(["a"], |row| {
            assert!(in_transaction());
            let id: i64 = row.get("id")?;
            if id == last { Err("the last".into()) } else { Ok(Some([id])) }
        })
    };
    pass(3).unwrap_err();
    assert!(!in_transaction());
    assert_eq!(column(&connection, "SELECT count(a) || '' FROM t"), ["0"]);
    assert_eq!(pass(4).unwrap(), 3);
    assert!(!in_transaction());
}

#[test]
fn a_row_is_read_as_the_triggers_of_the_rows_before_it_leave_it() {
    let connection = database(
        "CREATE TABLE t (id INTEGER PRIMARY KEY, carried INTEGER, sum INTEGER);
         CREATE TRIGGER carry AFTER UPDATE OF sum ON t
         BEGIN UPDATE t SET carried = new.sum WHERE id = new.id + 1; END;
         WITH RECURSIVE n (i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n WHERE i < 100) INSERT INTO t SELECT i, 0, 0 FROM n",
    );
    let add =
        |row: &crate::rows::Row<'_>| Ok(Some([row.get::<i64>("carried")? + row.get::<i64>("id")?]));
    Migrator::new(&connection).rows("t").read(["id", "carried"]).update(["sum"], add).unwrap();
    assert_eq!(column(&connection, "SELECT sum || '' FROM t WHERE id IN (2, 100)"), ["3", "5050"]);
}

#[test]
fn a_row_is_read_as_the_foreign_keys_of_the_rows_before_it_leave_it() {
    let connection = database(
        "PRAGMA foreign_keys = ON;
         CREATE TABLE t (id INTEGER PRIMARY KEY, name TEXT UNIQUE, parent TEXT REFERENCES t (name) ON UPDATE CASCADE, seen);
         INSERT INTO t (id, name, parent) VALUES (1, 'a', NULL), (2, 'b', 'a'), (3, 'c', 'b')",
    );
    Migrator::new(&connection)
        .rows("t")
        .read(["name", "parent"])
        .update(["name", "seen"], |row| {
            Ok(Some((
                format!("{}!", row.get::<String>("name")?),
                row.get::<Option<String>>("parent")?,
            )))
        })
        .unwrap();
    assert_eq!(column(&connection, "SELECT seen FROM t"), ["NULL", "a!", "b!"]);
}
