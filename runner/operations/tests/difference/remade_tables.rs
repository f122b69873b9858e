//! Tables that are made anew by SQL keep every row and every value, or nothing happens.

use migration_api::Migrator;
use migration_api::difference::{Loss, Options};
use rusqlite::Connection;

use crate::examples::{difference, gone, one};

/// Goes the way in a database with rows, where rows do not fit, and gives what is said.
fn refused(from: &str, rows: &str, to: &str) -> String {
    let connection = Connection::open_in_memory().unwrap();
    connection.execute_batch(from).unwrap();
    connection.execute_batch(rows).unwrap();
    let all = || one(&connection, "SELECT group_concat(quote(a) || quote(b) || rowid) FROM t");
    let before = all();
    let difference = difference(from, to, &Options::default());
    let error = Migrator::new(&connection).run(difference.operations()).unwrap_err();
    assert_eq!(all(), before);
    std::iter::successors(error.source().source(), |error| error.source())
        .map(ToString::to_string)
        .collect::<Vec<_>>()
        .join(": ")
}

#[test]
fn no_conflict_clause_of_the_new_table_takes_a_row_away() {
    let from = "CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT, b INTEGER)";
    let rows = "INSERT INTO t VALUES (1, 'x', NULL), (2, 'X', 5), (3, 'y', -1)";
    for conflict in ["IGNORE", "REPLACE", "FAIL", "ROLLBACK", "ABORT"] {
        for to in [
            "CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT, b INTEGER, UNIQUE (a COLLATE NOCASE) ON CONFLICT {})",
            "CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT COLLATE NOCASE UNIQUE ON CONFLICT {}, b INTEGER)",
            "CREATE TABLE t (id INTEGER, b INTEGER, a TEXT COLLATE NOCASE PRIMARY KEY ON CONFLICT {})",
            "CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT, b INTEGER NOT NULL ON CONFLICT {} DEFAULT 7)",
        ] {
            let to = to.replace("{}", conflict);
            let message = refused(from, rows, &to);
            assert!(message.contains("constraint failed") || message.contains("NULL"), "{message}");
        }
    }
}

#[test]
fn a_column_keeps_its_values_whatever_it_is_called() {
    let names = ["true", "false", "FALSE", "null", "column1", "row", "old", "kept", "rowid", "oid"];
    for name in names {
        let table = |key: &str| format!("CREATE TABLE t (id TEXT, \"{name}\" INTEGER, {key})");
        let connection = gone(
            &table("PRIMARY KEY (id)"),
            "INSERT INTO t VALUES ('a', 10), ('b', 20)",
            &table("PRIMARY KEY (id COLLATE NOCASE)"),
        );
        let all = format!("SELECT group_concat(quote(id) || quote(t.\"{name}\")) FROM t");
        assert_eq!(one(&connection, &all), "'a'10,'b'20", "{name}");
    }
}

#[test]
fn where_every_name_of_the_rowid_is_a_column_their_values_are_kept() {
    let table =
        |key: &str| format!("CREATE TABLE t (rowid TEXT, oid BLOB, _rowid_ INTEGER, {key})");
    let connection = gone(
        &table("UNIQUE (rowid)"),
        "INSERT INTO t VALUES ('a', x'00', 7), ('b', 'text', NULL)",
        &table("UNIQUE (rowid COLLATE NOCASE)"),
    );
    let all = "SELECT group_concat(quote(rowid) || quote(oid) || quote(_rowid_)) FROM t";
    assert_eq!(one(&connection, all), "'a'X'00'7,'b''text'NULL");
    let losses = |from: &str, to: &str| {
        let difference = difference(from, to, &Options::default());
        let losses: Vec<_> = difference.changes.into_iter().flat_map(|it| it.losses).collect();
        losses.iter().any(|loss| matches!(loss, Loss::Rowids { .. }))
    };
    let plain = "CREATE TABLE t (rowid TEXT, UNIQUE (rowid))";
    assert!(losses(plain, &table("UNIQUE (rowid COLLATE NOCASE)")));
    assert!(!losses(plain, "CREATE TABLE t (rowid TEXT, UNIQUE (rowid COLLATE NOCASE))"));
}

#[test]
fn values_of_every_kind_come_back_as_they_were() {
    const ROWS: &str = "INSERT INTO t VALUES
        ('1', '007', '1e3', x'00ff', 5.0, 9e999), ('2', 1.0, '', NULL, -0.0, x''),
        ('3', 9007199254740993, '0.0', x'', 1e300, '12abc'), ('4', NULL, NULL, NULL, NULL, NULL)";
    const ALL: &str = "SELECT group_concat(concat_ws(' ', typeof(a), quote(a), typeof(b), quote(b), \
                       typeof(c), quote(c), typeof(d), quote(d), typeof(e), quote(e)), '|' \
                       ORDER BY id) FROM t";
    for (columns, options) in [
        ("id TEXT, a ANY, b TEXT, c BLOB, d REAL, e ANY", " STRICT"),
        ("id TEXT, a, b TEXT, c BLOB, d REAL, e NUMERIC", ""),
    ] {
        let table = |key: &str| format!("CREATE TABLE t ({columns}, PRIMARY KEY ({key})){options}");
        let before = Connection::open_in_memory().unwrap();
        before.execute_batch(&format!("{}; {ROWS}", table("id"))).unwrap();
        let after = gone(&table("id"), ROWS, &table("id COLLATE NOCASE"));
        assert_eq!(one(&after, ALL), one(&before, ALL));
    }
}

#[test]
fn a_null_that_would_get_a_number_as_a_rowid_stops_the_change() {
    let message = refused(
        "CREATE TABLE t (a INTEGER, b TEXT UNIQUE)",
        "INSERT INTO t VALUES (1, 'x'), (NULL, 'y')",
        "CREATE TABLE t (a INTEGER PRIMARY KEY, b TEXT, UNIQUE (b COLLATE NOCASE) ON CONFLICT IGNORE)",
    );
    assert!(message.contains("NOT NULL constraint failed"), "{message}");
}

#[test]
fn rows_of_which_no_column_stays_come_back_with_defaults() {
    for options in ["", " WITHOUT ROWID"] {
        let connection = gone(
            &format!("CREATE TABLE t (a TEXT PRIMARY KEY){options}"),
            "INSERT INTO t VALUES ('x'), ('y')",
            "CREATE TABLE t (b TEXT DEFAULT 'z', c AS (b), d INT NOT NULL ON CONFLICT IGNORE DEFAULT 1)",
        );
        assert_eq!(one(&connection, "SELECT group_concat(b || c || d) FROM t"), "zz1,zz1");
    }
}

#[test]
fn a_counter_is_kept_under_the_table_s_new_spelling_and_given_up_by_name() {
    let from = "CREATE TABLE Word (id INTEGER PRIMARY KEY AUTOINCREMENT, a TEXT)";
    let rows =
        "INSERT INTO word VALUES (9, 'x'); DELETE FROM word; INSERT INTO word (id) VALUES (2)";
    let connection = gone(
        from,
        rows,
        "CREATE TABLE word (id INTEGER PRIMARY KEY AUTOINCREMENT, a TEXT, UNIQUE (a COLLATE NOCASE))",
    );
    let all = "SELECT group_concat(name || seq) FROM sqlite_sequence";
    assert_eq!(one(&connection, all), "word9");
    connection.execute_batch("INSERT INTO word (a) VALUES ('y')").unwrap();
    assert_eq!(one(&connection, "SELECT max(id) || '' FROM word"), "10");
    let without = "CREATE TABLE word (id INTEGER PRIMARY KEY, a TEXT, UNIQUE (a COLLATE NOCASE))";
    let difference = difference(from, without, &Options::default());
    let losses: Vec<_> = difference.changes.iter().flat_map(|change| &change.losses).collect();
    assert!(losses.iter().any(|loss| matches!(loss, Loss::Counter { .. })), "{losses:?}");
    let connection = gone(from, rows, without);
    assert_eq!(one(&connection, "SELECT count(*) || '' FROM sqlite_sequence"), "0");
}

#[test]
fn a_counter_that_another_key_does_not_take_over_is_told() {
    let table = |key: &str| format!("CREATE TABLE t ({key} INTEGER PRIMARY KEY AUTOINCREMENT, b)");
    let difference = difference(&table("a"), &table("c"), &Options::default());
    let mut losses = difference.changes.iter().flat_map(|change| &change.losses);
    assert!(losses.any(|loss| matches!(loss, Loss::Counter { .. })), "{difference:?}");
}

#[test]
fn rowids_that_a_key_takes_the_place_of_are_told_also_where_its_type_does_it() {
    let told = |from: &str, to: &str| {
        let difference = difference(from, to, &Options::default());
        let losses = difference.changes.iter().flat_map(|change| &change.losses);
        losses.filter(|loss| matches!(loss, Loss::Rowids { .. })).count()
    };
    let integer = "CREATE TABLE t (a INTEGER PRIMARY KEY, b)";
    assert_eq!(told("CREATE TABLE t (a TEXT PRIMARY KEY, b)", integer), 1);
    assert_eq!(told("CREATE TABLE t (a INTEGER, b)", integer), 1);
    assert_eq!(told("CREATE TABLE t (b)", integer), 0);
    assert_eq!(told(integer, "CREATE TABLE t (a TEXT PRIMARY KEY, b)"), 0);
}
