//! Each row once, in the order of its key, by the index of the key, whatever the key is.

use rusqlite::Connection;

use super::{batch, column, database, spec, visited, writes};
use crate::Migrator;
use crate::rows::batch::Stopped;
use crate::rows::function::Work;
use crate::rows::layout::Layout;
use crate::rows::table::{Span, Table};

/// What SQLite does for each statement that reads.
fn plans(connection: &Connection, table: &str) -> Vec<String> {
    let spec = spec(connection, table, &[], &["new"]);
    let table = Table::read(connection, table, Span::Transactions).unwrap();
    let layout = Layout::of(connection, table, &spec).unwrap();
    let mut plans = Vec::new();
    let behind = (1..=layout.key.width()).map(|prefix| layout.behind(prefix));
    for sql in behind.chain([layout.one(), layout.update().unwrap()]) {
        let explained = format!("EXPLAIN QUERY PLAN {sql}");
        let mut statement = connection.prepare(&explained).unwrap();
        let details = statement.raw_query().mapped(|row| row.get::<_, String>(3));
        plans.extend(details.map(Result::unwrap));
    }
    plans
}

/// Visits `table` in batches of each small size and sees to it that no batch scans or sorts.
fn in_batches(connection: &Connection, table: &str) -> Vec<String> {
    for plan in plans(connection, table) {
        assert!(plan.starts_with("SEARCH") && !plan.contains("TEMP B-TREE"), "{plan}");
    }
    let spec = spec(connection, table, &[], &["new"]);
    let all = visited(connection, &spec, u64::MAX);
    for rows in 1..4 {
        assert_eq!(visited(connection, &spec, rows), all, "in batches of {rows}");
    }
    let count = format!("SELECT count(*), sum(new = 'written') FROM \"{table}\"");
    let (rows, written): (i64, i64) =
        connection.query_row(&count, [], |row| Ok((row.get(0)?, row.get(1)?))).unwrap();
    assert_eq!((rows, written), (all.len() as i64, all.len() as i64));
    all
}

#[test]
fn a_rowid_is_the_key_of_a_table_without_another() {
    let connection = database(
        "CREATE TABLE t (a, new); INSERT INTO t (rowid, a) VALUES (-5, 'x'), (9223372036854775807, 'y'), (0, 'z')",
    );
    assert_eq!(in_batches(&connection, "t"), ["-5", "0", "9223372036854775807"]);
}

#[test]
fn an_integer_primary_key_is_the_rowid_whatever_columns_are_called() {
    let connection = database(
        "CREATE TABLE t (id INTEGER PRIMARY KEY, rowid TEXT, oid TEXT, _rowid_ TEXT, new);
         INSERT INTO t (id, rowid) VALUES (3, 'x'), (1, 'x'), (2, NULL)",
    );
    assert_eq!(in_batches(&connection, "t"), ["1", "2", "3"]);
}

#[test]
fn a_column_called_rowid_does_not_stand_in_for_the_rowid() {
    let connection = database(
        "CREATE TABLE t (rowid TEXT, OID TEXT, new); INSERT INTO t (rowid) VALUES ('a'), ('a'), (NULL)",
    );
    assert_eq!(in_batches(&connection, "t"), ["1", "2", "3"]);
}

#[test]
fn a_primary_key_that_may_be_null_names_rows_and_is_not_the_key() {
    let connection = database(
        "CREATE TABLE t (name TEXT PRIMARY KEY, new); INSERT INTO t (name) VALUES ('b'), (NULL), ('a'), (NULL)",
    );
    assert_eq!(in_batches(&connection, "t"), ["'b'", "2", "'a'", "4"]);
}

#[test]
fn a_primary_key_that_is_not_null_outlives_a_vacuum_between_two_batches() {
    let connection = database(
        "CREATE TABLE t (name TEXT PRIMARY KEY NOT NULL, new);
         INSERT INTO t (name) VALUES ('d'), ('c'), ('b'), ('a'); DELETE FROM t WHERE name = 'd'",
    );
    assert_eq!(in_batches(&connection, "t"), ["'a'", "'b'", "'c'"]);
    let spec = spec(&connection, "t", &[], &["new"]);
    let first = batch(&connection, &spec, Work::Here(&mut writes(|_| 1)), &[], 1).unwrap();
    connection.execute_batch("VACUUM").unwrap();
    let second =
        batch(&connection, &spec, Work::Here(&mut writes(|_| 2)), &first.cursor, 9).unwrap();
    assert_eq!(column(&connection, "SELECT name || new FROM t ORDER BY name"), ["a1", "b2", "c2"]);
    assert!(second.ended);
}

#[test]
fn a_bare_rowid_is_not_trusted_after_a_vacuum() {
    let connection = database("CREATE TABLE t (a, new); INSERT INTO t (a) VALUES (1), (2)");
    let spec = spec(&connection, "t", &[], &["new"]);
    let first = batch(&connection, &spec, Work::Here(&mut writes(|_| 1)), &[], 1).unwrap();
    connection.execute_batch("VACUUM").unwrap();
    let second = batch(&connection, &spec, Work::Here(&mut writes(|_| 2)), &first.cursor, 9);
    let Err(Stopped::Refused(refused)) = second else { panic!("{second:?}") };
    assert_eq!(
        refused.to_string(),
        "the rows of `t` cannot be gone on with where it stopped: the table has no key but the rowid, and the schema was \
         changed or VACUUM ran since it began: rows may have other rowids now, so some would be passed over and others \
         changed twice; take it back, or go back to a backup from before it, and give the table a primary key that is NOT \
         NULL first"
    );
}

#[test]
fn a_composite_key_of_each_direction_is_gone_through_piece_by_piece() {
    for directions in ["a, b, c", "a DESC, b, c DESC", "a, b DESC, c", "a DESC, b DESC, c DESC"] {
        for table in ["", " WITHOUT ROWID"] {
            let connection = database(&format!(
                "CREATE TABLE t (new, a NOT NULL, b NOT NULL, c NOT NULL, PRIMARY KEY ({directions})){table};
                 WITH n (i) AS (VALUES (1), (2), (3))
                 INSERT INTO t (a, b, c) SELECT a.i, b.i, c.i FROM n a, n b, n c;"
            ));
            let expected = format!(
                "SELECT '(' || a || ', ' || b || ', ' || c || ')' FROM t ORDER BY {directions}"
            );
            assert_eq!(
                in_batches(&connection, "t"),
                column(&connection, &expected),
                "{directions}"
            );
        }
    }
}

#[test]
fn a_key_of_each_storage_class_is_gone_through_in_the_order_of_sqlite() {
    let connection = database(
        "CREATE TABLE t (k PRIMARY KEY, new) WITHOUT ROWID;
         INSERT INTO t (k) VALUES (x'00'), (x''), ('b'), (CAST(x'61ff' AS TEXT)), (CAST(x'6100' AS TEXT)), ('a'), (2),
             (1.5), (-9e999), (9007199254740993), (9007199254740992.0), ('');",
    );
    assert_eq!(
        in_batches(&connection, "t"),
        [
            "-inf",
            "1.5",
            "2",
            "9007199254740992.0",
            "9007199254740993",
            "''",
            "'a'",
            "'a\\0'",
            "x'61ff', a text that is not UTF-8",
            "'b'",
            "x''",
            "x'00'",
        ]
    );
}

#[test]
fn a_key_keeps_to_the_affinity_of_its_column() {
    let connection = database(
        "CREATE TABLE t (k REAL PRIMARY KEY NOT NULL, new); INSERT INTO t (k) VALUES (1), (2), ('x'), (9e18);
         CREATE TABLE u (k TEXT PRIMARY KEY, new) WITHOUT ROWID; INSERT INTO u (k) VALUES (10), (9), (x'39')",
    );
    assert_eq!(in_batches(&connection, "t"), ["1.0", "2.0", "9e18", "'x'"]);
    assert_eq!(in_batches(&connection, "u"), ["'10'", "'9'", "x'39'"]);
}

#[test]
fn the_collation_of_the_index_counts_and_not_that_of_the_column() {
    let connection = database(
        "CREATE TABLE t (k TEXT, l TEXT COLLATE NOCASE, new, PRIMARY KEY (k COLLATE NOCASE, l COLLATE BINARY)) WITHOUT ROWID;
         INSERT INTO t (k, l) VALUES ('b', 'x'), ('A', 'x'), ('a', 'X'), ('B', 'Y');
         CREATE TABLE u (k TEXT NOT NULL COLLATE NOCASE PRIMARY KEY, new); INSERT INTO u (k) VALUES ('b'), ('A'), ('C')",
    );
    assert_eq!(
        in_batches(&connection, "t"),
        ["('a', 'X')", "('A', 'x')", "('B', 'Y')", "('b', 'x')"]
    );
    assert_eq!(in_batches(&connection, "u"), ["'A'", "'b'", "'C'"]);
}

#[test]
fn names_are_quoted() {
    let connection = database(
        r#"CREATE TABLE "a ""table"" of 'mine'" ("select ""x""" INTEGER, "key"" of" TEXT, new, PRIMARY KEY ("key"" of")) WITHOUT ROWID;
           INSERT INTO "a ""table"" of 'mine'" VALUES (1, 'k', NULL)"#,
    );
    let changed = Migrator::new(&connection)
        .rows("A \"TABLE\" of 'mine'")
        .read(["select \"x\""])
        .update(["new"], |row| Ok(Some([row.get::<i64>("SELECT \"x\"")? + 1])))
        .unwrap();
    assert_eq!(changed, 1);
    assert_eq!(
        column(&connection, r#"SELECT CAST(new AS TEXT) FROM "a ""table"" of 'mine'""#),
        ["2"]
    );
}

#[test]
fn a_filter_does_not_lead_to_another_index() {
    let connection = database(
        "CREATE TABLE t (id INTEGER PRIMARY KEY, kind, new); CREATE INDEX kinds ON t (kind);
         INSERT INTO t (kind) VALUES (1), (2), (1), (2), (1)",
    );
    let mut spec = spec(&connection, "t", &[], &["new"]);
    spec.filter = Some("kind = 1 -- one".into());
    assert_eq!(visited(&connection, &spec, 2), ["1", "3", "5"]);
}

#[test]
fn a_key_that_cannot_be_null_and_is_says_so() {
    let connection = database(
        "CREATE TABLE t (k TEXT PRIMARY KEY, new); INSERT INTO t (k) VALUES (NULL), ('a')",
    );
    connection
        .execute_batch(
            "PRAGMA writable_schema = ON;
             UPDATE sqlite_schema SET sql = replace(sql, 'PRIMARY KEY', 'NOT NULL PRIMARY KEY') WHERE name = 't';
             PRAGMA writable_schema = RESET",
        )
        .unwrap();
    let spec = spec(&connection, "t", &[], &["new"]);
    let outcome = batch(&connection, &spec, Work::Here(&mut writes(|_| 1)), &[], 9);
    let Err(Stopped::Refused(refused)) = outcome else { panic!("{outcome:?}") };
    assert!(refused.to_string().contains("holds NULL in a column of its key"), "{refused}");
}

#[test]
fn a_database_of_utf_16_keeps_its_keys() {
    let connection = database(
        "PRAGMA encoding = 'UTF-16'; CREATE TABLE t (k TEXT PRIMARY KEY, new) WITHOUT ROWID;
         INSERT INTO t (k) VALUES ('ä'), ('🦀'), ('z'), ('')",
    );
    // BINARY compares bytes, and of a crab the first is smaller than that of `z`.
    assert_eq!(in_batches(&connection, "t"), ["''", "'🦀'", "'z'", "'ä'"]);
}
