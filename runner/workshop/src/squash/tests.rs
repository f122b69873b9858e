//! Databases of all sorts, written as SQL and made again: without a migration, and so without a build.

use proptest::prelude::*;
use rusqlite::Connection;

use super::proof::prove;
use super::script::Script;
use super::unwritable::Unwritable;
use super::{SquashError, difference};
use runner_engine::ApplicationNames;

fn database(sql: &str) -> Connection {
    let connection = Connection::open_in_memory().unwrap();
    connection.execute_batch("PRAGMA foreign_keys = OFF").unwrap();
    connection.execute_batch(sql).unwrap();
    connection
}

/// The SQL of a database that `sql` made, proven.
fn squashed(sql: &str) -> Script {
    let replayed = database(sql);
    let script = Script::of(&replayed, ApplicationNames::NONE)
        .unwrap_or_else(|error| panic!("{sql}: {error:?}"));
    prove(&script, &replayed, ApplicationNames::NONE).unwrap_or_else(|error| {
        panic!("{sql}\n{error:?}\n{}\n{}", script.tables, script.rows);
    });
    script
}

fn refused(sql: &str) -> String {
    let replayed = database(sql);
    match Script::of(&replayed, ApplicationNames::NONE) {
        Err(Unwritable::Object { name, why }) => format!("{name}: {why}"),
        Err(Unwritable::Sqlite(error)) => error.to_string(),
        Ok(script) => match prove(&script, &replayed, ApplicationNames::NONE) {
            Err(SquashError::NotTheSame { difference }) => difference,
            other => panic!("{sql}: {other:?}\n{}", script.rows),
        },
    }
}

#[test]
fn whatever_a_table_is_its_rows_are_the_same_to_the_bit() {
    for sql in [
        "",
        // The texts as they are written, with comments and odd names.
        "CREATE TABLE  \"a \"\"b\" ( -- the key\n  id INTEGER PRIMARY KEY, [c d] /* it */ TEXT) -- end\n;
         INSERT INTO \"a \"\"b\" VALUES (7, 'it''s'); CREATE UNIQUE INDEX \"i\" ON \"a \"\"b\" ([c d] DESC) WHERE id > 1;",
        "CREATE TABLE \"true\" (\"null\", \"order\" DEFAULT 1); INSERT INTO \"true\" VALUES (1, NULL)",
        // Values of every kind in a column that changes none.
        "CREATE TABLE t (v); INSERT INTO t VALUES (NULL), (-9223372036854775808), (9223372036854775807),
         (0.1), (-0.0), (9e999), (-9e999), (1e-320), ('a' || char(0) || 'b' || char(13,10)), (''), (x''), (x'00ff'),
         (CAST(x'61ff' AS TEXT)), ('1'), (1.0), (123456789012345678)",
        "CREATE TABLE t (i INTEGER, r REAL, n NUMERIC, x TEXT, b BLOB); INSERT INTO t VALUES
         (1.5, 1, '1', 1, 1), ('a', 'b', 'c', x'00', 'd'), (1e300, 9007199254740993, 1.0, 2.5, NULL)",
        "CREATE TABLE t (a INTEGER PRIMARY KEY, b ANY, c REAL) STRICT; INSERT INTO t VALUES (1, '1', 1), (2, 1, 0.5)",
        // Rowids.
        "CREATE TABLE t (v); INSERT INTO t (rowid, v) VALUES (5, 'a'), (-3, 'b'), (9223372036854775807, 'c')",
        "CREATE TABLE t (rowid TEXT, v); INSERT INTO t (_rowid_, rowid) VALUES (5, 'a')",
        "CREATE TABLE t (rowid, oid, _rowid_); INSERT INTO t VALUES (1, 2, 3), (4, 5, 6)",
        "CREATE TABLE t (k TEXT PRIMARY KEY, v); INSERT INTO t (rowid, k) VALUES (5, 'b'), (2, 'a')",
        "CREATE TABLE t (k INTEGER PRIMARY KEY DESC, v); INSERT INTO t (rowid, k) VALUES (5, 2), (2, 5)",
        "CREATE TABLE t (k PRIMARY KEY, v); INSERT INTO t VALUES (NULL, 1), (NULL, 2), (1, 3)",
        "CREATE TABLE t (a TEXT, b, PRIMARY KEY (b, a)) WITHOUT ROWID; INSERT INTO t VALUES ('x', 2), ('y', 1)",
        // AUTOINCREMENT, with rows that are gone, without any, and with a counter of somebody's own.
        "CREATE TABLE t (id INTEGER PRIMARY KEY AUTOINCREMENT, v); INSERT INTO t (v) VALUES (1), (2), (3); DELETE FROM t WHERE id > 1",
        "CREATE TABLE t (id INTEGER PRIMARY KEY AUTOINCREMENT, v); INSERT INTO t (v) VALUES (1); DELETE FROM t;
         CREATE TABLE u (id INTEGER PRIMARY KEY AUTOINCREMENT); CREATE TABLE v (id INTEGER PRIMARY KEY AUTOINCREMENT);
         INSERT INTO v VALUES (4); UPDATE sqlite_sequence SET seq = 'much' WHERE name = 'v'; INSERT INTO sqlite_sequence VALUES ('u', 40);",
        "CREATE TABLE t (id INTEGER PRIMARY KEY AUTOINCREMENT); INSERT INTO t VALUES (1); DELETE FROM sqlite_sequence",
        // Generated columns, checks and defaults.
        "CREATE TABLE t (a, b AS (a * 2), c TEXT GENERATED ALWAYS AS (a || 'x') STORED, d DEFAULT (random())); INSERT INTO t (a, d) VALUES (1, 2), ('q', 0)",
        "CREATE TABLE t (a UNIQUE ON CONFLICT REPLACE, b NOT NULL ON CONFLICT IGNORE); INSERT INTO t VALUES (1, 1), (NULL, 2), (NULL, 3)",
        // Keys that point around.
        "CREATE TABLE t (id INTEGER PRIMARY KEY, up REFERENCES t(id)); INSERT INTO t VALUES (1, 2), (2, 1), (3, 3)",
        "CREATE TABLE a (id INTEGER PRIMARY KEY, b REFERENCES b(id)); CREATE TABLE b (id INTEGER PRIMARY KEY, a REFERENCES a(id));
         INSERT INTO a VALUES (1, 1); INSERT INTO b VALUES (1, 1)",
        // Views, and triggers that must not fire on the rows.
        "CREATE VIEW v AS SELECT * FROM w -- nothing yet\n; CREATE VIEW w (x) AS SELECT a FROM t; CREATE TABLE t (a); CREATE TABLE log (a);
         CREATE TRIGGER r AFTER INSERT ON t BEGIN INSERT INTO log VALUES (new.a); END;
         CREATE TRIGGER s INSTEAD OF INSERT ON w BEGIN INSERT INTO t VALUES (new.x); END;
         INSERT INTO w VALUES (1)",
        // What other statements have left.
        "CREATE TABLE t (a); INSERT INTO t VALUES (1); ALTER TABLE t ADD COLUMN b TEXT NOT NULL DEFAULT 'x'; ALTER TABLE t RENAME TO \"u v\"",
        "CREATE TABLE t AS SELECT 1 AS a, 'x' AS \"b c\"; PRAGMA user_version = 7; PRAGMA application_id = -5",
        "CREATE TABLE t (a, b); INSERT INTO t VALUES (1, 2), (3, 4); CREATE INDEX i ON t (a, lower(b)); ANALYZE; DELETE FROM t WHERE a = 1",
        "CREATE TABLE t (a TEXT DEFAULT '--') STRICT",
        "CREATE VIEW v AS SELECT 1 -- one",
    ] {
        squashed(sql);
    }
}

#[test]
fn many_rows_take_several_statements_in_their_order() {
    let script = squashed(
        "CREATE TABLE t (n); WITH RECURSIVE up (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM up WHERE n < 1234)
         INSERT INTO t SELECT n * 3 FROM up;",
    );
    assert_eq!(script.rows.matches("INSERT INTO").count(), 3);
    assert_eq!((script.counts.rows, script.counts.tables_with_rows), (1234, 1));
}

#[test]
fn full_text_indexes_and_trees_are_filled_through_themselves() {
    for sql in [
        "CREATE VIRTUAL TABLE f USING fts5 (title, body UNINDEXED); INSERT INTO f (rowid, title, body) VALUES (4, 'a b', 'c'), (9, 'b', NULL)",
        "CREATE VIRTUAL TABLE f USING fts5 (title)",
        "CREATE TABLE t (id INTEGER PRIMARY KEY, title); CREATE VIRTUAL TABLE f USING fts5 (title, content='t', content_rowid='id');
         INSERT INTO t VALUES (3, 'a b'); INSERT INTO f (rowid, title) VALUES (3, 'a b')",
        "CREATE TABLE t (id INTEGER PRIMARY KEY, title); CREATE VIRTUAL TABLE f USING fts5 (title, content='t', content_rowid='id');
         CREATE TRIGGER i AFTER INSERT ON t BEGIN INSERT INTO f (rowid, title) VALUES (new.id, new.title); END; INSERT INTO t VALUES (3, 'a b')",
        "CREATE VIRTUAL TABLE f USING fts5 (title, content='')",
        "CREATE VIRTUAL TABLE f USING fts4 (title); INSERT INTO f (docid, title) VALUES (4, 'a')",
        "CREATE VIRTUAL TABLE f USING fts3; INSERT INTO f VALUES ('a b')",
        "CREATE TABLE t (title); CREATE VIRTUAL TABLE f USING fts4 (title, content=\"t\"); INSERT INTO t VALUES ('a'); INSERT INTO f(f) VALUES ('rebuild')",
        "CREATE VIRTUAL TABLE r USING rtree (id, x0, x1, +name); INSERT INTO r VALUES (4, 0.1, 0.3, 'a'), (2, -1e10, 5, NULL)",
        "CREATE VIRTUAL TABLE r USING rtree_i32 (id, x0, x1); INSERT INTO r VALUES (4, 1, 3)",
    ] {
        squashed(sql);
    }
}

#[test]
fn what_cannot_be_written_is_refused_by_name() {
    for (sql, expected) in [
        (
            "CREATE VIRTUAL TABLE f USING fts5 (title, content=''); INSERT INTO f (rowid, title) VALUES (1, 'a')",
            "f: it keeps an index of rows, and not the rows themselves",
        ),
        (
            "CREATE TABLE t (title); CREATE VIRTUAL TABLE f USING fts5 (title, content='t'); INSERT INTO t VALUES ('a');
             INSERT INTO f (rowid, title) VALUES (1, 'b')",
            "f: it is an index of another table's rows, and differs from these rows",
        ),
        (
            "CREATE VIRTUAL TABLE f USING fts5 (a); INSERT INTO f (a) VALUES ('x'); INSERT INTO f (f, rank) VALUES ('rank', 'bm25(10.0)')",
            "f: it has settings of its own, which a row made",
        ),
        // A value that its column does not take, by somebody who edited the schema.
        (
            "CREATE TABLE t (a); INSERT INTO t VALUES ('1'); PRAGMA writable_schema = ON;
             UPDATE sqlite_schema SET sql = 'CREATE TABLE t (a INTEGER)' WHERE name = 't'; PRAGMA writable_schema = RESET",
            "it differs: `t` 1 in `a`",
        ),
        (
            "CREATE TABLE a (id INTEGER PRIMARY KEY); CREATE TABLE b (a REFERENCES a(id)); INSERT INTO b VALUES (5)",
            "the row 1 of `b` points to a row of `a` that is not there",
        ),
    ] {
        assert_eq!(refused(sql), expected, "{sql}");
    }
}

#[test]
fn rows_that_differ_are_named_with_their_columns() {
    let made = |at: &str, more: &str| {
        database(&format!(
            "CREATE TABLE setting (name TEXT PRIMARY KEY, value, at); CREATE TABLE log (text);
             INSERT INTO setting VALUES ('a', 1, 0), ('b', {at}, {at}); INSERT INTO log VALUES ('x'); {more}"
        ))
    };
    let differences = |more| {
        let rows = difference::rows(&made("1", ""), &made("2", more)).unwrap();
        rows.iter().map(ToString::to_string).collect::<Vec<_>>()
    };
    assert_eq!(differences(""), ["`setting` 'b' in `value`, `at`"]);
    assert_eq!(
        differences("INSERT INTO log VALUES ('y')"),
        ["`log` 2 is there in one of the two alone", "`setting` 'b' in `value`, `at`"]
    );
}

/// A value, as SQL writes it.
fn value() -> impl Strategy<Value = String> {
    prop_oneof![
        Just("NULL".to_owned()),
        any::<i64>().prop_map(|number| format!("({number})")),
        any::<f64>().prop_map(|number| match number.is_finite() {
            true => format!("({number:?})"),
            false => "9e999".to_owned(),
        }),
        "[^\0]{0,12}".prop_map(|text| format!("'{}'", text.replace('\'', "''"))),
        proptest::collection::vec(any::<u8>(), 0..9).prop_map(|bytes| {
            let digits: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
            format!("x'{digits}'")
        }),
        proptest::collection::vec(any::<u8>(), 0..5).prop_map(|bytes| {
            let digits: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
            format!("CAST(x'{digits}' AS TEXT)")
        }),
    ]
}

/// The columns of a table, and what it ends with.
fn table() -> impl Strategy<Value = String> {
    let kind = prop_oneof![
        Just("a, b, c"),
        Just("a INTEGER PRIMARY KEY, b TEXT, c REAL"),
        Just("a INTEGER PRIMARY KEY AUTOINCREMENT, b NUMERIC, c BLOB"),
        Just("a TEXT PRIMARY KEY, b INTEGER, c"),
        Just("rowid, b, c"),
        Just("a UNIQUE, b AS (c), c, d AS (c || 'x') STORED"),
    ];
    kind.prop_map(str::to_owned)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn any_rows_come_back(
        tables in proptest::collection::vec(
            (table(), proptest::collection::vec((value(), value(), value()), 0..6)), 1..4
        ),
        delete: bool,
    ) {
        let mut sql = String::new();
        for (place, (columns, rows)) in tables.iter().enumerate() {
            sql += &format!("CREATE TABLE t{place} ({columns});\n");
            let names = match columns.as_str() {
                "rowid, b, c" => "rowid, b, c",
                columns if columns.starts_with("a UNIQUE") => "_rowid_, a, c",
                _ => "a, b, c",
            };
            for (a, b, c) in rows {
                // What a constraint refuses is not there.
                sql += &format!("INSERT OR IGNORE INTO t{place} ({names}) VALUES ({a}, {b}, {c});\n");
            }
            if delete {
                sql += &format!("DELETE FROM t{place} WHERE c IS NULL;\n");
            }
        }
        // A statement that a type refuses leaves no row.
        let replayed = Connection::open_in_memory().unwrap();
        for statement in sql.split_inclusive(";\n") {
            let _ = replayed.execute_batch(statement);
        }
        let script = Script::of(&replayed, ApplicationNames::NONE).unwrap();
        if let Err(error) = prove(&script, &replayed, ApplicationNames::NONE) {
            panic!("{error:?}\n{sql}\n{}\n{}", script.tables, script.rows);
        }
    }
}
