//! Foreign keys: what they point to must be unique.

use std::collections::{BTreeMap, BTreeSet};

use super::refusal::Refusal;
use super::session::Outcome;
use crate::operation::Operation;
use crate::schema::name::{same, spell_all};
use crate::schema::{ConstraintKind, ForeignKey, IndexTerm, Schema, Table, same_names};

/// Foreign keys that cannot work for any row, by the names of their tables in lower case.
pub(super) struct Mismatches(BTreeSet<(String, Vec<String>)>);

impl Mismatches {
    pub(super) fn in_schema(schema: &Schema) -> Self {
        Self(mismatched(schema).map(|(child, key)| place(child, key)).collect())
    }

    /// Refuses if a key works no more that worked before. A table that was renamed is `renamed`.
    pub(super) fn hold(&self, schema: &Schema, renamed: &Renamed) -> Outcome {
        for (child, key) in mismatched(schema) {
            let (table, columns) = place(child, key);
            if !self.0.contains(&(renamed.first(&table), columns)) {
                let columns = match key.parent_columns.as_slice() {
                    [] => "the primary key".to_owned(),
                    columns => format!("({})", spell_all(columns)),
                };
                return Err(Refusal::ParentNotUnique {
                    child: child.name.clone(),
                    parent: key.parent.clone(),
                    columns,
                });
            }
        }
        Ok(())
    }
}

fn place(child: &Table, key: &ForeignKey) -> (String, Vec<String>) {
    let columns = key.columns.iter().map(|column| column.to_ascii_lowercase()).collect();
    (child.name.to_ascii_lowercase(), columns)
}

fn mismatched(schema: &Schema) -> impl Iterator<Item = (&Table, &ForeignKey)> {
    schema.tables.iter().flat_map(|child| child.foreign_keys().map(move |key| (child, key))).filter(
        |(_, key)| {
            // A parent that is not there is another matter: rows that point to it are counted.
            schema.table(&key.parent).is_some_and(|parent| !is_unique(parent, key))
        },
    )
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
pub(super) struct Renamed(BTreeMap<String, String>);

impl Renamed {
    pub(super) fn by(operations: &[Operation]) -> Self {
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

    pub(super) fn first(&self, name: &str) -> String {
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

    #[test]
    fn a_table_that_was_renamed_twice_is_known_by_its_first_name() {
        let renamed =
            Renamed::by(&[Operation::rename_table("A", "b"), Operation::rename_table("b", "C")]);
        assert_eq!((renamed.first("c"), renamed.first("b")), ("a".to_owned(), "b".to_owned()));
    }
}
