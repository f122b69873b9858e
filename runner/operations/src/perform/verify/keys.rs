//! Checks foreign keys: what they point to must be unique.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::operation::Operation;
use crate::operation::Refusal;
use crate::perform::session::Result;
use crate::perform::verify::affected::{carried, follow};
use crate::schema::name::{same, spell_all};
use crate::schema::{ConstraintKind, ForeignKey, IndexTerm, Schema, Table, same_names};

/// A key: the child and the parent, each with its columns, in lower case.
type Key = (String, Vec<String>, String, Vec<String>);

/// Refuses if after `operations` a key of `schema` can hold for no row, and could `before`.
pub(in crate::perform) fn require_unique_parents(
    before: &Schema,
    schema: &Schema,
    operations: &[Operation],
) -> Result {
    // A key of which both share the child and the parent is as it was.
    let changed: BTreeSet<String> =
        schema.tables_beside(before).map(|table| table.name.to_ascii_lowercase()).collect();
    let has_changed = |name: &str| changed.contains(&name.to_ascii_lowercase());
    if changed.is_empty() {
        return Ok(());
    }
    let mut suspects = keys(schema)
        .filter(|(child, key)| has_changed(&key.parent) || has_changed(&child.name))
        .filter(|(_, key)| is_mismatched(schema, key))
        .peekable();
    if suspects.peek().is_none() {
        return Ok(());
    }
    // By the names that the operations give them.
    let before: BTreeSet<Key> =
        mismatched(before).map(|(child, key)| named(child, key, operations)).collect();
    // What a script has renamed has another name, and there are no more of them.
    let is_scripted = operations.iter().any(|o| matches!(o, Operation::Execute { .. }));
    if is_scripted && mismatched(schema).count() <= before.len() {
        return Ok(());
    }
    let is_new = |(child, key): &(&Table, &ForeignKey)| !before.contains(&named(child, key, &[]));
    let Some((child, key)) = suspects.find(is_new) else { return Ok(()) };
    let columns = match key.parent_columns.as_slice() {
        [] => "the primary key".to_owned(),
        columns => format!("({})", spell_all(columns)),
    };
    let (child, parent) = (child.name.clone(), key.parent.clone());
    Err(Refusal::ParentNotUnique { child, parent, columns })
}

fn named(child: &Table, key: &ForeignKey, operations: &[Operation]) -> Key {
    let place =
        |table: &str, column: &str| (table.to_ascii_lowercase(), column.to_ascii_lowercase());
    let own = |column: &str| carried(operations, &place(&child.name, column));
    let others = |column: &str| follow(operations, &place(&key.parent, column));
    (
        own("").0,
        key.columns.iter().map(|column| own(column).1).collect(),
        others("").0,
        key.parent_columns.iter().map(|column| others(column).1).collect(),
    )
}

/// Foreign keys that can hold for no row, with their children.
fn mismatched(schema: &Schema) -> impl Iterator<Item = (&Table, &ForeignKey)> {
    keys(schema).filter(|(_, key)| is_mismatched(schema, key))
}

fn keys(schema: &Schema) -> impl Iterator<Item = (&Table, &ForeignKey)> {
    let tables = schema.tables.iter().map(Arc::as_ref);
    tables.flat_map(|child: &Table| child.foreign_keys().map(move |key| (child, key)))
}

/// A missing parent is handled elsewhere: rows that point to it are counted.
fn is_mismatched(schema: &Schema, key: &ForeignKey) -> bool {
    schema.table(&key.parent).is_some_and(|parent| !is_unique(parent, key))
}

/// Whether SQLite finds a unique index for what `key` points to
/// (<https://sqlite.org/foreignkeys.html#fk_indexes>).
fn is_unique(parent: &Table, key: &ForeignKey) -> bool {
    let primary = parent.primary_key();
    if key.parent_columns.is_empty() {
        return primary.len() == key.columns.len();
    }
    let collation = |column: &str| {
        parent.column(column).and_then(|column| column.collate()).unwrap_or("BINARY").to_owned()
    };
    let covers = |columns: Vec<(String, Option<String>)>| {
        let own = columns.iter().all(|(column, given)| {
            given.as_ref().is_none_or(|given| same(given, &collation(column)))
        });
        let mut names: Vec<_> =
            columns.iter().map(|(column, _)| column.to_ascii_lowercase()).collect();
        let mut wanted: Vec<_> =
            key.parent_columns.iter().map(|column| column.to_ascii_lowercase()).collect();
        names.sort();
        wanted.sort();
        own && same_names(&names, &wanted)
    };
    let keys = parent.constraints.iter().filter_map(|constraint| match &constraint.kind {
        ConstraintKind::Unique { columns, .. } => Some(columns.clone()),
        _ => None,
    });
    let indexes = parent.indexes.iter().filter(|index| index.unique && index.condition.is_none());
    covers(primary.into_iter().map(|key| (key.name, key.collate)).collect())
        || keys
            .map(|keys| keys.into_iter().map(|key| (key.name, key.collate)).collect())
            .any(covers)
        || parent
            .columns
            .iter()
            .filter(|column| column.unique().is_some())
            .any(|column| covers(vec![(column.name.clone(), None)]))
        || indexes
            .filter_map(|index| {
                let columns = index.columns.iter().map(|column| match &column.term {
                    IndexTerm::Column(name) => Some((name.clone(), column.collate.clone())),
                    IndexTerm::Expression(_) => None,
                });
                columns.collect::<Option<Vec<_>>>()
            })
            .any(covers)
}

/// From the last name of a table that was renamed to its first, in lower case.
#[derive(Debug, Default)]
pub(in crate::perform) struct Renamed(BTreeMap<String, String>);

impl Renamed {
    pub(in crate::perform) fn by(operations: &[Operation]) -> Self {
        let mut renamed = Self::default();
        for operation in operations {
            if let Operation::RenameTable { table, to, .. } = operation {
                let first = renamed.first(&table.to_ascii_lowercase());
                renamed.0.remove(&table.to_ascii_lowercase());
                renamed.0.insert(to.to_ascii_lowercase(), first);
            }
        }
        renamed
    }

    pub(in crate::perform) fn first(&self, name: &str) -> String {
        self.0.get(name).cloned().unwrap_or_else(|| name.to_owned())
    }
}

#[cfg(test)]
mod tests {
    use rusqlite::Connection;

    use super::*;

    fn mismatches(sql: &str) -> usize {
        let connection = Connection::open_in_memory().unwrap();
        connection.execute_batch(sql).unwrap();
        mismatched(&Schema::read(&connection).unwrap()).count()
    }

    #[test]
    fn a_parent_is_unique_where_sqlite_finds_an_index_for_it() {
        for good in [
            "CREATE TABLE p (a INTEGER PRIMARY KEY); CREATE TABLE c (x REFERENCES p)",
            "CREATE TABLE p (a UNIQUE); CREATE TABLE c (x REFERENCES p (A))",
            "CREATE TABLE p (a, b, UNIQUE (b, a)); \
             CREATE TABLE c (x, y, FOREIGN KEY (x, y) REFERENCES p (a, b))",
            "CREATE TABLE p (a); CREATE UNIQUE INDEX i ON p (a); CREATE TABLE c (x REFERENCES p (a))",
            "CREATE TABLE c (x REFERENCES absent (a))",
        ] {
            assert_eq!(mismatches(good), 0, "{good}");
        }
        for bad in [
            "CREATE TABLE p (a); CREATE TABLE c (x REFERENCES p)",
            "CREATE TABLE p (a, b, UNIQUE (a, b)); CREATE TABLE c (x REFERENCES p (a))",
            "CREATE TABLE p (a); CREATE UNIQUE INDEX i ON p (a) WHERE a > 0; \
             CREATE TABLE c (x REFERENCES p (a))",
            "CREATE TABLE p (a); CREATE UNIQUE INDEX i ON p (a COLLATE NOCASE); \
             CREATE TABLE c (x REFERENCES p (a))",
        ] {
            assert_eq!(mismatches(bad), 1, "{bad}");
        }
    }

    fn refused(sql: &str, operations: Vec<Operation>) -> Option<String> {
        let connection = Connection::open_in_memory().unwrap();
        connection.execute_batch(sql).unwrap();
        let done = migration_api::Migrator::new(&connection).run(operations);
        done.err().map(|error| error.source().source().unwrap().to_string())
    }

    #[test]
    fn a_key_that_is_a_mismatch_allows_no_other_on_the_same_columns() {
        let setup = "CREATE TABLE p (a); CREATE TABLE q (b); CREATE TABLE c (x REFERENCES p (a))";
        let key = crate::operation::ForeignKey::new(["x"]).references("q", ["b"]);
        let refusal = refused(setup, vec![Operation::add_foreign_key("c", key)]).unwrap();
        assert!(refusal.starts_with("foreign key mismatch: `c` points to (b) of `q`"), "{refusal}");
        for operations in [
            vec![Operation::rename_column("c", "x", "y"), Operation::rename_column("p", "a", "z")],
            vec![Operation::rename_table("p", "z"), Operation::rename_table("c", "d")],
            vec![Operation::execute("ALTER TABLE p RENAME TO z; ALTER TABLE c RENAME x TO y")],
        ] {
            assert_eq!(refused(setup, operations), None);
        }
    }

    #[test]
    fn a_table_that_was_renamed_twice_is_known_by_its_first_name() {
        let renamed =
            Renamed::by(&[Operation::rename_table("A", "b"), Operation::rename_table("b", "C")]);
        assert_eq!((renamed.first("c"), renamed.first("b")), ("a".to_owned(), "b".to_owned()));
    }
}
