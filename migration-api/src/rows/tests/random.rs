//! Random tables, keys, rows and batches, next to what SQLite says of the same rows.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use rusqlite::Connection;

use super::{batch, column, database, spec};
use crate::Migrator;
use crate::rows::function::Work;
use crate::rows::key::KeyKind;
use crate::rows::table::{Span, Table};
use crate::rows::{NewRow, Row};

/// Values of each storage class, as SQL writes them; many are equal under some collation or affinity.
const VALUES: [&str; 24] = [
    "0",
    "1",
    "-1",
    "9223372036854775807",
    "-9223372036854775808",
    "9007199254740993",
    "9007199254740992.0",
    "1.0",
    "0.5",
    "-0.0",
    "9e999",
    "1e300",
    "''",
    "'a'",
    "'A'",
    "'a '",
    "'b'",
    "'ä'",
    "'1'",
    "CAST(x'6100' AS TEXT)",
    "CAST(x'61ff' AS TEXT)",
    "x''",
    "x'61'",
    "x'ff'",
];

#[derive(Debug, Clone)]
struct Schema {
    parts: Vec<(&'static str, &'static str, &'static str, &'static str)>,
    kind: Kind,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    WithoutRowid,
    NotNull,
    MayBeNull,
    NoKey,
}

impl Schema {
    fn sql(&self) -> String {
        let not_null = if self.kind == Kind::NotNull { "NOT NULL" } else { "" };
        let columns = self.parts.iter().zip("abc".chars());
        let columns = columns.map(|((declared, collation, _, _), name)| {
            format!("{name} {declared} {not_null} {collation}, ")
        });
        let columns: String = columns.collect();
        let key = match self.kind {
            Kind::NoKey => String::new(),
            _ => format!(", PRIMARY KEY ({})", self.key()),
        };
        let end = if self.kind == Kind::WithoutRowid { "WITHOUT ROWID" } else { "" };
        format!("CREATE TABLE t ({columns} tag INTEGER, new{key}) {end}")
    }

    fn key(&self) -> String {
        let parts = self.parts.iter().zip("abc".chars());
        let parts = parts
            .map(|((_, _, collation, direction), name)| format!("{name} {collation} {direction}"));
        parts.collect::<Vec<_>>().join(", ")
    }

    /// The order in which the rows are gone through in batches. An INTEGER PRIMARY KEY is the rowid, also in a
    /// constraint that says DESC; in a table WITHOUT ROWID, it forgets its COLLATE.
    fn order(&self) -> String {
        let integer = match self.parts[..] {
            [("INTEGER", _, _, direction)] => Some(format!("a {direction}")),
            _ => None,
        };
        match (self.kind, integer) {
            (Kind::WithoutRowid, Some(order)) => order,
            (Kind::WithoutRowid, None) | (Kind::NotNull, None) => self.key(),
            _ => "rowid".to_owned(),
        }
    }

    fn insert(&self, connection: &Connection, tag: usize, row: &[&str]) {
        let values = row[..self.parts.len()].join(", ");
        let sql = format!("INSERT OR IGNORE INTO t VALUES ({values}, {tag}, NULL)");
        // An INTEGER PRIMARY KEY takes no other value.
        let _ = connection.execute_batch(&sql);
    }
}

fn schemas() -> impl Strategy<Value = Schema> {
    let collations = || select(vec!["", "COLLATE NOCASE", "COLLATE RTRIM", "COLLATE BINARY"]);
    let part = (
        select(vec!["", "INTEGER", "TEXT", "REAL", "BLOB", "NUMERIC"]),
        collations(),
        collations(),
        select(vec!["", "ASC", "DESC"]),
    );
    let kinds = vec![Kind::WithoutRowid, Kind::NotNull, Kind::MayBeNull, Kind::NoKey];
    (vec(part, 1..4), select(kinds)).prop_map(|(parts, kind)| Schema { parts, kind })
}

fn rows() -> impl Strategy<Value = Vec<[&'static str; 3]>> {
    let value = || select(VALUES.to_vec());
    vec([value(), value(), value()], 0..30)
}

/// Writes `new`, and notes the tags in the order in which they come.
fn note<'f>(
    seen: &'f RefCell<Vec<i64>>,
) -> impl FnMut(&Row<'_>, &mut NewRow<'_>) -> crate::Result<bool> + 'f {
    |row, new| {
        let tag: i64 = row.get("tag")?;
        seen.borrow_mut().push(tag);
        new.push(&(10 * tag)).map(|()| true)
    }
}

/// What others do between two batches, to the rows that there are.
#[derive(Debug, Clone)]
enum Write {
    Insert([&'static str; 3]),
    Delete(usize),
    Rekey(usize, [&'static str; 3]),
    Touch(usize),
}

fn writes() -> impl Strategy<Value = Vec<Write>> {
    let value = || select(VALUES.to_vec());
    let write = prop_oneof![
        [value(), value(), value()].prop_map(Write::Insert),
        (0..30_usize).prop_map(Write::Delete),
        (0..30_usize, [value(), value(), value()]).prop_map(|(tag, row)| Write::Rekey(tag, row)),
        (0..30_usize).prop_map(Write::Touch),
    ];
    vec(write, 0..20)
}

proptest! {
    #[test]
    fn all_rows_get_what_the_function_gives_in_the_order_of_the_key(
        schema in schemas(),
        rows in rows(),
        size in 1..6_u64,
    ) {
        let connection = database(&schema.sql());
        for (tag, row) in rows.iter().enumerate() {
            schema.insert(&connection, tag, row);
        }
        let seen = RefCell::default();
        let (spec, mut cursor) = (spec(&connection, "t", &["tag"], &["new"]), Vec::new());
        loop {
            let work = &mut note(&seen);
            let batch = batch(&connection, &spec, Work::Here(work), &cursor, size).unwrap();
            prop_assert!(batch.seen <= size);
            cursor = batch.cursor;
            if batch.ended {
                break;
            }
        }
        let order = format!("SELECT tag || '' FROM t ORDER BY {}", schema.order());
        let expected: Vec<i64> =
            column(&connection, &order).iter().map(|tag| tag.parse().unwrap()).collect();
        prop_assert_eq!(seen.into_inner(), expected);
        let wrong = "SELECT tag || '' FROM t WHERE new IS NOT 10 * tag";
        prop_assert_eq!(column(&connection, wrong), [""; 0]);
    }

    #[test]
    fn on_all_cores_it_is_the_same(schema in schemas(), rows in rows()) {
        let connection = database(&schema.sql());
        for (tag, row) in rows.iter().enumerate() {
            schema.insert(&connection, tag, row);
        }
        let pass = Migrator::new(&connection).rows("t").read(["tag"]).filter("tag % 3 > 0");
        let changed = pass
            .on_all_cores()
            .update(["new"], |row| Ok(Some([10 * row.get::<i64>("tag")?])))
            .unwrap();
        let wrong = "SELECT tag || '' FROM t WHERE new IS NOT iif(tag % 3 > 0, 10 * tag, NULL)";
        prop_assert_eq!(column(&connection, wrong), [""; 0]);
        prop_assert_eq!(
            column(&connection, "SELECT count(new) || '' FROM t"),
            [changed.to_string()]
        );
    }

    /// Between two batches others write. A row that keeps its key is visited once; one that comes late, goes, or gets
    /// another key, once at most for each key that it had.
    #[test]
    fn rows_that_keep_their_key_are_visited_once_whatever_others_do(
        schema in schemas(),
        rows in rows(),
        others in vec(writes(), 0..6),
        size in 1..6_u64,
    ) {
        let connection = database(&schema.sql());
        for (tag, row) in rows.iter().enumerate() {
            schema.insert(&connection, tag, row);
        }
        let tags = || -> BTreeSet<i64> {
            column(&connection, "SELECT tag || '' FROM t").iter().map(|tag| tag.parse().unwrap()).collect()
        };
        let table = Table::read(&connection, "t", Span::Transactions).unwrap();
        let moves = table.key.kind != KeyKind::Rowid;
        let mut steady = tags();
        let mut keys: BTreeMap<i64, usize> = steady.iter().map(|tag| (*tag, 1)).collect();
        let seen = RefCell::default();
        let (spec, mut cursor) = (spec(&connection, "t", &["tag"], &["new"]), Vec::new());
        let mut others = others.into_iter();
        let mut next_tag = 1_000;
        loop {
            let work = &mut note(&seen);
            let batch = batch(&connection, &spec, Work::Here(work), &cursor, size).unwrap();
            cursor = batch.cursor;
            if batch.ended {
                break;
            }
            for write in others.next().unwrap_or_default() {
                let set = |tag: usize, row: [&str; 3]| {
                    let set = "abc".chars().zip(row).take(schema.parts.len());
                    let set: Vec<_> = set.map(|(name, value)| format!("{name} = {value}")).collect();
                    format!("UPDATE OR IGNORE t SET {} WHERE tag = {tag}", set.join(", "))
                };
                let (sql, tag) = match write {
                    Write::Insert(row) => {
                        next_tag += 1;
                        schema.insert(&connection, next_tag, &row);
                        keys.insert(next_tag as i64, 1);
                        continue;
                    }
                    Write::Delete(tag) => (format!("DELETE FROM t WHERE tag = {tag}"), tag),
                    Write::Rekey(tag, row) => (set(tag, row), tag),
                    Write::Touch(tag) => {
                        let touch = format!("UPDATE t SET new = 'touched' WHERE tag = {tag}");
                        connection.execute_batch(&touch).unwrap();
                        continue;
                    }
                };
                let _ = connection.execute_batch(&sql);
                let tag = tag as i64;
                // Where a bare rowid is the key, other values move no row.
                if moves || !tags().contains(&tag) {
                    steady.remove(&tag);
                    keys.entry(tag).and_modify(|keys| *keys += 1);
                }
            }
        }
        let mut visits: BTreeMap<i64, usize> = BTreeMap::new();
        for tag in seen.into_inner() {
            *visits.entry(tag).or_default() += 1;
        }
        for tag in steady {
            prop_assert_eq!(visits.get(&tag), Some(&1), "row {}", tag);
        }
        for (tag, visits) in visits {
            prop_assert!(visits <= keys[&tag], "row {}", tag);
        }
    }
}
