//! Whatever a table is like, whatever is taken away and whatever others change meanwhile: each row that nobody changed is
//! as it was, and no other row is touched.

use std::collections::BTreeMap;

use proptest::prelude::*;
use rusqlite::types::Value;
use rusqlite::{Connection, params_from_iter};

use super::{Fate, Found, Keeping, Lost, Shape, ToPutBack, put_back};
use crate::id::MigrationId;

/// How the table makes its rows known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Integer,
    Text,
    WithoutRowid,
    Keyless,
}

impl Kind {
    fn create(self) -> &'static str {
        match self {
            Self::Integer => "CREATE TABLE t (k INTEGER PRIMARY KEY, a, b, c)",
            Self::Text => "CREATE TABLE t (k PRIMARY KEY NOT NULL, a, b, c)",
            Self::WithoutRowid => "CREATE TABLE t (k PRIMARY KEY, a, b, c) WITHOUT ROWID",
            Self::Keyless => "CREATE TABLE t (a, b, c)",
        }
    }

    fn key(self) -> &'static str {
        if self == Self::Keyless { "rowid" } else { "k" }
    }
}

/// What the migration does, and what is said of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Loss {
    Column,
    Values,
    Rows,
    RowsAndValues,
    Table,
}

impl Loss {
    fn lost(self) -> (bool, &'static [&'static str]) {
        match self {
            Self::Column | Self::Values => (false, &["c"]),
            Self::Rows | Self::Table => (true, &[]),
            Self::RowsAndValues => (true, &["c"]),
        }
    }

    fn forward(self) -> &'static str {
        match self {
            Self::Column => "ALTER TABLE t DROP COLUMN c",
            Self::Values => "UPDATE t SET c = 'lost' WHERE length(b) % 2",
            Self::Rows => "DELETE FROM t WHERE length(b) % 2",
            Self::RowsAndValues => "DELETE FROM t WHERE length(b) % 2; UPDATE t SET c = abs(c)",
            Self::Table => "DROP TABLE t",
        }
    }

    fn backward(self, kind: Kind) -> &'static str {
        match self {
            Self::Column => "ALTER TABLE t ADD COLUMN c",
            Self::Values | Self::Rows | Self::RowsAndValues => "",
            Self::Table => kind.create(),
        }
    }
}

fn value() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(Value::Null),
        (-5..50_i64).prop_map(Value::Integer),
        (-9..9_i64).prop_map(|number| Value::Real(number as f64 / 4.0)),
        "[a-c]{0,3}".prop_map(Value::Text),
        proptest::collection::vec(any::<u8>(), 0..3).prop_map(Value::Blob),
    ]
}

/// What others do between the way forward and the way back.
#[derive(Debug, Clone)]
enum Change {
    Update(usize),
    Delete(usize),
    Insert(i64),
}

fn change() -> impl Strategy<Value = Change> {
    prop_oneof![
        (0..9_usize).prop_map(Change::Update),
        (0..9_usize).prop_map(Change::Delete),
        (0..20_i64).prop_map(Change::Insert),
    ]
}

type Rows = BTreeMap<String, Vec<Value>>;

/// The rows by their keys; of no table, none.
fn rows(connection: &Connection, kind: Kind, columns: &str) -> Rows {
    let select = format!("SELECT quote({}), {columns} FROM t", kind.key());
    let Ok(mut statement) = connection.prepare(&select) else { return Rows::new() };
    let width = statement.column_count();
    let read = |row: &rusqlite::Row<'_>| {
        let values = (1..width).map(|place| row.get(place)).collect::<Result<Vec<Value>, _>>()?;
        Ok((row.get(0)?, values))
    };
    statement.query_map([], read).unwrap().map(Result::unwrap).collect()
}

/// Does what others do. Gives the keys of the rows that they changed, deleted or inserted.
fn change_rows(connection: &Connection, kind: Kind, changes: &[Change]) -> Vec<String> {
    let mut touched = Vec::new();
    for change in changes {
        let there: Vec<String> = rows(connection, kind, "a").into_keys().collect();
        let key = kind.key();
        let (sql, whose) = match change {
            Change::Update(at) | Change::Delete(at) if there.is_empty() => {
                let _ = at;
                continue;
            }
            Change::Update(at) => {
                let whose = there[at % there.len()].clone();
                (format!("UPDATE t SET a = 'changed' WHERE {key} = {whose}"), whose)
            }
            Change::Delete(at) => {
                let whose = there[at % there.len()].clone();
                (format!("DELETE FROM t WHERE {key} = {whose}"), whose)
            }
            Change::Insert(at) => (
                format!("INSERT OR IGNORE INTO t ({key}, a, b) VALUES ({at}, 'new', 'n')"),
                at.to_string(),
            ),
        };
        // There may be no table.
        if connection.execute(&sql, []).is_ok_and(|rows| rows > 0) {
            touched.push(whose);
        }
    }
    touched
}

fn lost(connection: &Connection, loss: Loss) -> Lost {
    let Found::Table(table) = Shape::find(connection, "t").unwrap() else { panic!() };
    let (rows, columns) = loss.lost();
    Lost {
        table,
        definition: "CREATE TABLE t".to_owned(),
        counter: None,
        rows,
        columns: columns.iter().map(|it| (*it).to_owned()).collect(),
    }
}

fn there_and_back(kind: Kind, loss: Loss, first: &[(i64, [Value; 3])], changes: &[Change]) {
    let folder = tempfile::tempdir().unwrap();
    let open = || Connection::open(folder.path().join("a.db")).unwrap();
    let (connection, witness) = (open(), open());
    connection.pragma_update(None, "journal_mode", "wal").unwrap();
    connection.pragma_update(None, "synchronous", "off").unwrap();
    connection.execute_batch(kind.create()).unwrap();
    for (key, values) in first {
        let sql =
            format!("INSERT OR IGNORE INTO t ({}, a, b, c) VALUES ({key}, ?1, ?2, ?3)", kind.key());
        connection.execute(&sql, params_from_iter(values)).unwrap();
    }
    let before = rows(&connection, kind, "a, b, c");
    let id: MigrationId = "20250101_000000_a".parse().unwrap();

    connection.execute_batch("BEGIN IMMEDIATE").unwrap();
    let lost = lost(&connection, loss);
    connection.execute_batch(loss.forward()).unwrap();
    let fate = match Shape::find(&connection, "t").unwrap() {
        Found::Table(shape) => Fate::Stays(shape),
        _ => Fate::Dropped,
    };
    let keeping = Keeping { id: &id, before: &witness, now: &connection, into: &connection };
    keeping.keep(&lost, &fate).unwrap();
    connection.execute_batch("COMMIT").unwrap();

    let touched = change_rows(&connection, kind, changes);

    connection.execute_batch("BEGIN IMMEDIATE").unwrap();
    let sets = super::of(&connection, &id).unwrap();
    let begin = |set| ToPutBack::begin(&connection, set, None).unwrap();
    let sets: Vec<_> = sets.into_iter().map(begin).collect();
    connection.execute_batch(loss.backward(kind)).unwrap();
    let alone = rows(&connection, kind, "a, b, c");
    put_back(&connection, sets).unwrap();
    connection.execute_batch("COMMIT").unwrap();

    let now = rows(&connection, kind, "a, b, c");
    for (key, values) in &before {
        if !touched.contains(key) {
            assert_eq!(now.get(key), Some(values), "{key} was as it was");
        }
    }
    for (key, values) in &now {
        if touched.contains(key) && !before.contains_key(key) {
            assert_eq!(alone.get(key), Some(values), "{key} is somebody else's");
        }
    }
    assert!(now.keys().all(|key| before.contains_key(key) || touched.contains(key)));
    // What nobody changed is whole, and what they changed is told: nothing is left that could be put back.
    let left = super::read(&connection).unwrap();
    assert!(left.iter().all(|set| set.left_over), "{left:?}");
    assert!(left.is_empty() || !touched.is_empty(), "{left:?}");
}

#[test]
fn values_that_must_be_unique_come_back_although_each_is_where_another_was() {
    let folder = tempfile::tempdir().unwrap();
    let open = || Connection::open(folder.path().join("a.db")).unwrap();
    let (connection, witness) = (open(), open());
    connection
        .execute_batch(
            "PRAGMA journal_mode = wal; CREATE TABLE t (k INTEGER PRIMARY KEY, c INTEGER UNIQUE);
             WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 400)
             INSERT INTO t SELECT i, i FROM n; BEGIN IMMEDIATE",
        )
        .unwrap();
    let before = rows(&connection, Kind::Integer, "c");
    let id: MigrationId = "20250101_000000_a".parse().unwrap();
    let lost = lost(&connection, Loss::Values);
    connection.execute_batch("UPDATE t SET c = c - 1").unwrap();
    let Found::Table(shape) = Shape::find(&connection, "t").unwrap() else { panic!() };
    let keeping = Keeping { id: &id, before: &witness, now: &connection, into: &connection };
    keeping.keep(&lost, &Fate::Stays(shape)).unwrap();
    connection.execute_batch("COMMIT; BEGIN IMMEDIATE").unwrap();
    let sets = super::of(&connection, &id).unwrap();
    let sets = sets.into_iter().map(|set| ToPutBack::begin(&connection, set, None).unwrap());
    let outcome = put_back(&connection, sets.collect()).unwrap();
    assert_eq!((outcome[0].rows, outcome[0].not.len()), (400, 0));
    assert_eq!(rows(&connection, Kind::Integer, "c"), before);
}

#[test]
fn a_row_whose_key_another_row_got_is_kept_and_told() {
    let folder = tempfile::tempdir().unwrap();
    let open = || Connection::open(folder.path().join("a.db")).unwrap();
    let (connection, witness) = (open(), open());
    connection
        .execute_batch(
            "PRAGMA journal_mode = wal; CREATE TABLE t (k INTEGER PRIMARY KEY, a);
             INSERT INTO t VALUES (1, 'x'), (2, 'y'), (3, 'z'); BEGIN IMMEDIATE",
        )
        .unwrap();
    let id: MigrationId = "20250101_000000_a".parse().unwrap();
    let lost = lost(&connection, Loss::Rows);
    connection.execute_batch("DELETE FROM t WHERE k = 2; UPDATE t SET k = 2 WHERE k = 3").unwrap();
    let Found::Table(shape) = Shape::find(&connection, "t").unwrap() else { panic!() };
    let keeping = Keeping { id: &id, before: &witness, now: &connection, into: &connection };
    let kept = keeping.keep(&lost, &Fate::Stays(shape)).unwrap();
    assert_eq!(kept.iter().map(|set| set.rows).collect::<Vec<_>>(), [2]);
    connection.execute_batch("COMMIT; BEGIN IMMEDIATE").unwrap();
    let sets = super::of(&connection, &id).unwrap();
    let sets = sets.into_iter().map(|set| ToPutBack::begin(&connection, set, None).unwrap());
    let outcome = put_back(&connection, sets.collect()).unwrap();
    assert_eq!((outcome[0].rows, outcome[0].not[0].rows), (1, 1));
    assert_eq!(outcome[0].not[0].examples, ["2"]);
}

proptest! {
    #[test]
    fn each_row_that_nobody_changed_is_as_it_was_and_no_other_is_touched(
        kind in prop_oneof![
            Just(Kind::Integer), Just(Kind::Text), Just(Kind::WithoutRowid), Just(Kind::Keyless)
        ],
        loss in prop_oneof![
            Just(Loss::Column), Just(Loss::Values), Just(Loss::Rows), Just(Loss::RowsAndValues), Just(Loss::Table)
        ],
        first in proptest::collection::vec((0..12_i64, [value(), value(), value()]), 0..9),
        changes in proptest::collection::vec(change(), 0..4),
    ) {
        there_and_back(kind, loss, &first, &changes);
    }
}
