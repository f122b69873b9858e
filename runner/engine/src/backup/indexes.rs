//! Compares indexes with their tables in one pass over each, where SQLite's `integrity_check` makes a
//! search for each row. What seems wrong here, SQLite is asked about.
//!
//! An index is right if it holds just the entries that its table's rows make, in order. So the hashes of
//! the entries are summed up on both sides, and each entry must be greater than the one before it.

use std::cmp::Ordering;
use std::hash::{BuildHasher as _, Hash as _, Hasher};

use foldhash::quality::FixedState;
use migration_api::schema::quote;
use rusqlite::Connection;
use rusqlite::types::ValueRef;

use super::stored_tables::{Table, tables};
use crate::application::lacks;
use crate::unverified::Unverified;

/// What a comparison of all indexes found.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Compared {
    /// The first index that does not seem to hold what its table holds.
    pub(super) suspect: Option<Suspect>,
    /// Those that cannot be compared this way.
    pub(super) unverified: Vec<Unverified>,
}

#[derive(Debug, PartialEq, Eq)]
pub(super) struct Suspect {
    pub(super) table: String,
    pub(super) index: String,
}

/// Compares every index with its table.
///
/// # Errors
/// SQLite's.
pub(super) fn compare_indexes(connection: &Connection) -> rusqlite::Result<Compared> {
    let mut compared = Compared::default();
    for table in tables(connection)? {
        let mut indexes = Vec::new();
        for name in names(connection, &table)? {
            match Index::read(connection, &table, name.clone())? {
                Ok(index) => indexes.push(index),
                Err(why) => {
                    let table = table.name.clone();
                    compared.unverified.push(Unverified::Index {
                        name,
                        table,
                        why: why.to_owned(),
                    });
                }
            }
        }
        if let Some(index) = first_suspect(connection, &table, indexes)? {
            compared.suspect = Some(Suspect { table: table.name, index });
            break;
        }
    }
    Ok(compared)
}

fn first_suspect(
    connection: &Connection,
    table: &Table,
    indexes: Vec<Index>,
) -> rusqlite::Result<Option<String>> {
    if indexes.is_empty() {
        return Ok(None);
    }
    let wanted = sums_of_rows(connection, table, &indexes)?;
    for (index, wanted) in indexes.into_iter().zip(wanted) {
        if index.sum(connection, table)? != Some(wanted) {
            return Ok(Some(index.name));
        }
    }
    Ok(None)
}

/// The indexes of a table; the one that is the table itself is none of them.
fn names(connection: &Connection, table: &Table) -> rusqlite::Result<Vec<String>> {
    let mut statement = connection.prepare_cached(
        "SELECT name FROM pragma_index_list(?1, 'main') WHERE origin <> 'pk' OR NOT ?2 ORDER BY name",
    )?;
    let names = statement.query_map((&table.name, table.without_rowid), |row| row.get(0))?;
    names.collect()
}

struct Index {
    name: String,
    columns: Vec<Column>,
    /// Whether text is stored as it is read, so that its order can be seen.
    is_utf8: bool,
}

struct Column {
    /// As it is written in a query.
    name: String,
    descending: bool,
    collation: Collation,
}

#[derive(Clone, Copy)]
enum Collation {
    Binary,
    NoCase,
    RTrim,
}

/// How many entries there are, and the sum of their hashes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Sum {
    entries: u64,
    hashes: u64,
}

impl Index {
    /// Reads what an index is made of; or why it cannot be compared.
    fn read(
        connection: &Connection,
        table: &Table,
        name: String,
    ) -> rusqlite::Result<Result<Self, &'static str>> {
        let is_partial: bool = connection
            .prepare_cached("SELECT partial FROM pragma_index_list(?1, 'main') WHERE name = ?2")?
            .query_row((&table.name, &name), |row| row.get(0))?;
        if is_partial {
            return Ok(Err("it is partial"));
        }
        let mut statement = connection.prepare_cached(
            "SELECT cid, name, \"desc\", coll FROM pragma_index_xinfo(?1, 'main') ORDER BY seqno",
        )?;
        let mut rows = statement.query([&name])?;
        let mut columns = Vec::new();
        while let Some(row) = rows.next()? {
            const ROWID: i64 = -1;
            const EXPRESSION: i64 = -2;
            let column = match row.get(0)? {
                EXPRESSION => return Ok(Err("it has an expression")),
                ROWID => match table.rowid {
                    Some(rowid) => rowid.to_owned(),
                    None => return Ok(Err("its table hides its rowid")),
                },
                _ => {
                    let name: String = row.get(1)?;
                    if !table.stores(&name) {
                        return Ok(Err("it has a computed column"));
                    }
                    quote(&name)
                }
            };
            let Some(collation) = Collation::called(&row.get::<_, String>(3)?) else {
                return Ok(Err("its collation is the application's"));
            };
            columns.push(Column { name: column, descending: row.get(2)?, collation });
        }
        let encoding: String = connection.pragma_query_value(None, "encoding", |row| row.get(0))?;
        let index = Self { name, columns, is_utf8: encoding == "UTF-8" };
        // One that leads SQLite to the table again would be compared with nothing.
        let plan = format!("EXPLAIN QUERY PLAN {}", index.query(table));
        let plan: rusqlite::Result<String> = connection.query_row(&plan, [], |row| row.get(3));
        Ok(match plan {
            Ok(plan) if plan.contains("COVERING INDEX") => Ok(index),
            Ok(_) => Err("SQLite does not read it alone"),
            Err(error) if lacks(&error) => Err("SQLite cannot read its table"),
            Err(error) => return Err(error),
        })
    }

    /// Reads every entry, in order, from the index and not from the table.
    fn query(&self, table: &Table) -> String {
        let columns: Vec<&str> = self.columns.iter().map(|column| column.name.as_str()).collect();
        let (table, index) = (quote(&table.name), quote(&self.name));
        format!("SELECT {} FROM main.{table} INDEXED BY {index}", columns.join(", "))
    }

    /// Sums up the entries. `None`: they are not in order.
    fn sum(&self, connection: &Connection, table: &Table) -> rusqlite::Result<Option<Sum>> {
        let mut statement = connection.prepare(&self.query(table))?;
        let mut rows = statement.query([])?;
        let mut sum = Sum::default();
        let mut last: Vec<Last> = Vec::new();
        while let Some(row) = rows.next()? {
            let mut hasher = FixedState::default().build_hasher();
            let mut order = Ordering::Equal;
            for (at, column) in self.columns.iter().enumerate() {
                let value = row.get_ref(at)?;
                add(&mut hasher, value);
                match last.get_mut(at) {
                    None => last.push(Last::of(value)),
                    Some(last) => {
                        if order.is_eq() {
                            order = column.order(last.value(), value);
                        }
                        last.put(value);
                    }
                }
            }
            if sum.entries > 0 && order.is_ge() && self.is_utf8 {
                return Ok(None);
            }
            sum.add(hasher.finish());
        }
        Ok(Some(sum))
    }
}

/// What the entries of `indexes` must add up to, by the rows of their table.
fn sums_of_rows(
    connection: &Connection,
    table: &Table,
    indexes: &[Index],
) -> rusqlite::Result<Vec<Sum>> {
    let mut names: Vec<String> = Vec::new();
    let mut places: Vec<Vec<usize>> = Vec::new();
    for index in indexes {
        let place = |column: &Column| {
            names.iter().position(|name| *name == column.name).unwrap_or_else(|| {
                names.push(column.name.clone());
                names.len() - 1
            })
        };
        places.push(index.columns.iter().map(place).collect());
    }
    let mut sums = vec![Sum::default(); indexes.len()];
    let mut statement = connection.prepare(&table.reads(&names))?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        for (sum, places) in sums.iter_mut().zip(&places) {
            let mut hasher = FixedState::default().build_hasher();
            for place in places {
                add(&mut hasher, row.get_ref(*place)?);
            }
            sum.add(hasher.finish());
        }
    }
    Ok(sums)
}

impl Sum {
    fn add(&mut self, hash: u64) {
        self.entries += 1;
        self.hashes = self.hashes.wrapping_add(hash);
    }
}

/// Adds a value to a hash, with its type: an entry holds just what its row holds.
fn add(hasher: &mut impl Hasher, value: ValueRef<'_>) {
    match value {
        ValueRef::Null => 0_u8.hash(hasher),
        ValueRef::Integer(number) => (1_u8, number).hash(hasher),
        ValueRef::Real(number) => (2_u8, number.to_bits()).hash(hasher),
        ValueRef::Text(bytes) => (3_u8, bytes).hash(hasher),
        ValueRef::Blob(bytes) => (4_u8, bytes).hash(hasher),
    }
}

/// A value of the entry before. Its text need not be UTF-8.
enum Last {
    Null,
    Integer(i64),
    Real(f64),
    Text(Vec<u8>),
    Blob(Vec<u8>),
}

impl Last {
    fn of(value: ValueRef<'_>) -> Self {
        match value {
            ValueRef::Null => Self::Null,
            ValueRef::Integer(number) => Self::Integer(number),
            ValueRef::Real(number) => Self::Real(number),
            ValueRef::Text(bytes) => Self::Text(bytes.to_vec()),
            ValueRef::Blob(bytes) => Self::Blob(bytes.to_vec()),
        }
    }

    /// Puts `value` in its place, into the same memory where that can be.
    fn put(&mut self, value: ValueRef<'_>) {
        match (self, value) {
            (Self::Text(last), ValueRef::Text(bytes))
            | (Self::Blob(last), ValueRef::Blob(bytes)) => {
                last.clear();
                last.extend_from_slice(bytes);
            }
            (last, value) => *last = Self::of(value),
        }
    }

    fn value(&self) -> ValueRef<'_> {
        match self {
            Self::Null => ValueRef::Null,
            Self::Integer(number) => ValueRef::Integer(*number),
            Self::Real(number) => ValueRef::Real(*number),
            Self::Text(bytes) => ValueRef::Text(bytes),
            Self::Blob(bytes) => ValueRef::Blob(bytes),
        }
    }
}

impl Column {
    /// The order in which SQLite keeps the two in the index
    /// (<https://sqlite.org/datatype3.html#comparisons>).
    fn order(&self, a: ValueRef<'_>, b: ValueRef<'_>) -> Ordering {
        let order = self.ascending(a, b);
        if self.descending { order.reverse() } else { order }
    }

    fn ascending(&self, a: ValueRef<'_>, b: ValueRef<'_>) -> Ordering {
        use ValueRef::{Blob, Integer, Real, Text};
        #[expect(clippy::cast_precision_loss, reason = "what seems wrong, SQLite is asked about")]
        let real = |number: i64| number as f64;
        match (a, b) {
            (Integer(a), Integer(b)) => a.cmp(&b),
            (Real(a), Real(b)) => a.total_cmp(&b),
            (Integer(a), Real(b)) => real(a).total_cmp(&b),
            (Real(a), Integer(b)) => a.total_cmp(&real(b)),
            (Text(a), Text(b)) => self.collation.order(a, b),
            (Blob(a), Blob(b)) => a.cmp(b),
            (a, b) => rank(a).cmp(&rank(b)),
        }
    }
}

fn rank(value: ValueRef<'_>) -> u8 {
    match value {
        ValueRef::Null => 0,
        ValueRef::Integer(_) | ValueRef::Real(_) => 1,
        ValueRef::Text(_) => 2,
        ValueRef::Blob(_) => 3,
    }
}

impl Collation {
    /// One of SQLite's own.
    fn called(name: &str) -> Option<Self> {
        [("BINARY", Self::Binary), ("NOCASE", Self::NoCase), ("RTRIM", Self::RTrim)]
            .into_iter()
            .find_map(|(own, collation)| own.eq_ignore_ascii_case(name).then_some(collation))
    }

    fn order(self, a: &[u8], b: &[u8]) -> Ordering {
        match self {
            Self::Binary => a.cmp(b),
            Self::NoCase => without_case(a).cmp(without_case(b)).then(a.len().cmp(&b.len())),
            Self::RTrim => trimmed(a).cmp(trimmed(b)),
        }
    }
}

/// As SQLite compares without case: up to a zero byte, and ASCII alone.
fn without_case(text: &[u8]) -> impl Iterator<Item = u8> {
    text.iter().take_while(|byte| **byte != 0).map(u8::to_ascii_lowercase)
}

fn trimmed(text: &[u8]) -> &[u8] {
    let end = text.iter().rposition(|byte| *byte != b' ').map_or(0, |last| last + 1);
    &text[..end]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filled(sql: &str) -> Connection {
        let connection = Connection::open_in_memory().unwrap();
        connection.execute_batch(sql).unwrap();
        connection
    }

    /// The index that seems wrong, and the names of those that were not compared.
    fn compared(connection: &Connection) -> (Option<String>, Vec<String>) {
        let compared = compare_indexes(connection).unwrap();
        let name = |entry| match entry {
            Unverified::Index { name, .. } => name,
            other => panic!("{other}"),
        };
        let suspect = compared.suspect.map(|suspect| suspect.index);
        (suspect, compared.unverified.into_iter().map(name).collect())
    }

    const GROUND: &str = "
        CREATE TABLE t (
            id INTEGER PRIMARY KEY, a TEXT, b TEXT COLLATE NOCASE, c REAL, d, e TEXT UNIQUE,
            g AS (a || b), s AS (a || b) STORED);
        CREATE INDEX t_a ON t (a DESC);
        CREATE INDEX t_b ON t (b, a COLLATE RTRIM DESC);
        CREATE INDEX t_c ON t (c, id);
        CREATE INDEX t_d ON t (d DESC, b);
        CREATE INDEX t_s ON t (s);
        CREATE INDEX t_partial ON t (a) WHERE c > 1;
        CREATE INDEX t_expression ON t (lower(a));
        CREATE INDEX t_virtual ON t (g);
        CREATE TABLE w (k TEXT COLLATE NOCASE, l, v, PRIMARY KEY (k, l)) WITHOUT ROWID;
        CREATE INDEX w_v ON w (v, k);
        CREATE TABLE r (rowid, _rowid_, oid); CREATE INDEX r_rowid ON r (rowid);
        INSERT INTO t (a, b, c, d, e) VALUES
            ('x', 'Äb', 1, NULL, 'a'), ('x  ', 'aB', 1.5, 7, 'b'), ('y', 'AB', 2, 7.0, 'c'),
            (x'ff', x'00', -1, x'01', NULL), (NULL, CAST(x'ff80' AS TEXT), 1e300, 'seven', NULL),
            ('', 'a' || char(0) || 'z', 0, 9223372036854775807, 'B');
        INSERT INTO w VALUES ('a', 1, 'z'), ('B', 1, 'y'), ('b', 2, 'y'), ('A', 0, NULL);
        INSERT INTO r VALUES (1, 2, 3);";

    #[test]
    fn what_sqlite_made_is_right_in_every_encoding_and_what_cannot_be_compared_is_named() {
        for encoding in ["UTF-8", "UTF-16le", "UTF-16be"] {
            let connection = filled(&format!("PRAGMA encoding = '{encoding}'; {GROUND}"));
            assert_eq!(
                compared(&connection),
                (
                    None,
                    ["r_rowid", "t_expression", "t_partial", "t_s", "t_virtual"]
                        .map(Into::into)
                        .into()
                ),
                "{encoding}"
            );
        }
    }

    #[test]
    fn an_entry_that_is_missing_other_or_out_of_order_is_seen() {
        for (what, definition, change) in [
            ("other", "a DESC", "UPDATE t SET a = 'z' WHERE id = 2"),
            ("missing", "a", "INSERT INTO t (a) VALUES ('new')"),
            ("too many", "b, a COLLATE RTRIM DESC", "DELETE FROM t WHERE id = 3"),
            ("of another type", "c", "UPDATE t SET d = '7' WHERE d = 7"),
        ] {
            // SQLite keeps an index up to date only if the schema has it.
            let connection = filled(GROUND);
            let hidden = format!(
                "PRAGMA writable_schema = ON;
                 CREATE TABLE kept AS SELECT rowid AS place, * FROM sqlite_schema WHERE type = 'index'
                     AND tbl_name = 't' AND sql IS NOT NULL;
                 DELETE FROM sqlite_schema WHERE rowid IN (SELECT place FROM kept);
                 PRAGMA writable_schema = RESET;
                 {change};
                 PRAGMA writable_schema = ON;
                 INSERT INTO sqlite_schema SELECT type, name, tbl_name, rootpage, sql FROM kept;
                 PRAGMA writable_schema = RESET"
            );
            connection.execute_batch(&hidden).unwrap();
            assert!(compared(&connection).0.is_some(), "{what}: {definition}");
        }
        for (what, with) in [("(a DESC)", "(a)"), ("(b, a", "(b COLLATE BINARY, a")] {
            let connection = filled(GROUND);
            connection
                .execute_batch(&format!(
                    "PRAGMA writable_schema = ON;
                     UPDATE sqlite_schema SET sql = replace(sql, '{what}', '{with}');
                     PRAGMA writable_schema = RESET"
                ))
                .unwrap();
            assert!(compared(&connection).0.is_some(), "{with}");
        }
    }
}
