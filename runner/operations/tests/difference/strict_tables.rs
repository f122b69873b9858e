//! STRICT and ANY: outside of a STRICT table, ANY makes numbers of texts that look like one.

use migration_api::Migrator;
use migration_api::difference::{Loss, Options};
use migration_api::operation::{Inverse as _, Operation, TableOptions};
use migration_api::schema::Schema;
use rusqlite::Connection;

use crate::examples::{difference, gone, one};

const STRICT: &str = "CREATE TABLE p (id INTEGER PRIMARY KEY, phone ANY) STRICT";
const ROWS: &str = "INSERT INTO p VALUES (1, '0044123'), (2, '12345678901234567890'), (3, '1e3'), \
                    (4, 7), (5, 1.0), (6, x'00'), (7, NULL)";
const ALL: &str = "SELECT group_concat(quote(phone), '|' ORDER BY id) FROM p";
const VALUES: &str = "'0044123'|'12345678901234567890'|'1e3'|7|1.0|X'00'|NULL";

fn strict(on: bool) -> Operation {
    Operation::set_table_options("p", TableOptions::new().strict(on))
}

fn values_told(from: &str, to: &str) -> Vec<String> {
    let difference = difference(from, to, &Options::default());
    let losses = difference.changes.iter().flat_map(|change| &change.losses);
    losses.filter(|loss| matches!(loss, Loss::Values { .. })).map(ToString::to_string).collect()
}

#[test]
fn the_end_of_strict_keeps_every_value_of_an_any_column_and_so_does_the_way_back() {
    for declared in ["ANY", "any", "ANY NOT NULL DEFAULT 'x'", "ANY AS (id || '0')"] {
        let connection = Connection::open_in_memory().unwrap();
        connection.execute_batch(&STRICT.replace("ANY", declared)).unwrap();
        if declared.len() == 3 {
            connection.execute_batch(ROWS).unwrap();
        } else {
            connection.execute_batch("INSERT INTO p (id) VALUES (1)").unwrap();
        }
        let schema = Schema::read(&connection).unwrap();
        let before = one(&connection, ALL);
        Migrator::new(&connection).run([strict(false)]).unwrap();
        assert_eq!(one(&connection, ALL), before, "{declared}");
        assert_eq!(
            one(&connection, "SELECT type FROM pragma_table_xinfo('p') WHERE name = 'phone'"),
            ""
        );
        let back = strict(false).inverse(&schema).unwrap();
        Migrator::new(&connection).run([back]).unwrap();
        assert_eq!(one(&connection, ALL), before, "{declared}");
        assert_eq!(Schema::read(&connection).unwrap().normal(), schema.normal());
    }
}

#[test]
fn a_column_without_a_type_becomes_any_in_a_strict_table_and_keeps_every_value() {
    let loose = "CREATE TABLE p (id INTEGER PRIMARY KEY, phone)";
    let connection = gone(loose, ROWS, STRICT);
    assert_eq!(one(&connection, ALL), VALUES);
    assert_eq!(values_told(loose, STRICT), Vec::<String>::new());
    let connection = gone(STRICT, ROWS, loose);
    assert_eq!(one(&connection, ALL), VALUES);
    assert_eq!(values_told(STRICT, loose), Vec::<String>::new());
}

#[test]
fn texts_stay_texts_on_their_way_into_an_any_column_of_a_table_that_becomes_strict() {
    let loose = "CREATE TABLE p (id INTEGER PRIMARY KEY, phone TEXT)";
    assert_eq!(values_told(loose, STRICT), Vec::<String>::new());
    for at_once in [true, false] {
        let connection = Connection::open_in_memory().unwrap();
        connection.execute_batch(loose).unwrap();
        connection.execute_batch("INSERT INTO p VALUES (1, '007')").unwrap();
        let operations: Vec<_> =
            difference(loose, STRICT, &Options::default()).operations().collect();
        let mut migrator = Migrator::new(&connection);
        if at_once {
            migrator.run(operations).unwrap();
        } else {
            operations.into_iter().try_for_each(|operation| migrator.run([operation])).unwrap();
        }
        assert_eq!(one(&connection, ALL), "'007'");
    }
}

#[test]
fn that_any_means_numeric_outside_of_strict_is_told_in_words_and_in_sql() {
    let told = ["values in `phone` of `p` may change on their way from ANY in a STRICT table to \
                 ANY with NUMERIC affinity"];
    assert_eq!(values_told(STRICT, &STRICT.replace(" STRICT", "")), told);
    let remade =
        "CREATE TABLE p (id INTEGER PRIMARY KEY, phone ANY, UNIQUE (phone COLLATE NOCASE))";
    assert_eq!(values_told(STRICT, remade), told);
    assert_eq!(values_told(STRICT, &format!("{remade} STRICT")), Vec::<String>::new());
    let loose = remade.replace("phone ANY", "phone");
    assert_eq!(values_told(STRICT, &loose), Vec::<String>::new());
    assert_eq!(one(&gone(STRICT, ROWS, &loose), ALL), VALUES);
    assert_eq!(one(&gone(&loose, ROWS, STRICT), ALL), VALUES);
}

#[test]
fn a_conversion_that_changes_values_is_told_whatever_the_types_are() {
    let told = |from: &str, to: &str| {
        let table = |declared: &str| format!("CREATE TABLE t (a {declared})");
        !values_told(&table(from), &table(to)).is_empty()
    };
    for (from, to) in [
        ("INTEGER", "TEXT"),
        ("INT", "REAL"),
        ("TEXT", "INT"),
        ("REAL", "NUMERIC"),
        ("", "TEXT"),
        ("BLOB", "ANY"),
    ] {
        assert!(told(from, to), "{from} to {to}");
    }
    for (from, to) in [
        ("INTEGER", "NUMERIC"),
        ("DATE", "INT"),
        ("TEXT", ""),
        ("INT", "BLOB"),
        ("TEXT", "VARCHAR(9)"),
    ] {
        assert!(!told(from, to), "{from} to {to}");
    }
}
