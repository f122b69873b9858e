//! Rows that point to rows that are not there: an operation may leave no more of them.

use std::collections::{BTreeMap, BTreeSet};

use rusqlite::Connection;

use crate::operation::{Exhaustive, Operation, Refusal};
use crate::perform::session::Result;
use crate::perform::verify::keys::Renamed;
use crate::schema::name::same;
use crate::schema::{ForeignKey, Schema, Table};

/// Where operations can create orphans. Checking reads every row, so nothing else is checked.
pub(in crate::perform) enum Risk {
    Everywhere,
    /// In these tables, and in those that point to them.
    Around(Vec<String>),
}

impl Risk {
    /// What `operations` put at risk in a database that has this schema before them.
    pub(in crate::perform) fn of(operations: &[Operation], schema: &Schema) -> Self {
        let (mut tables, mut renamed) = (Vec::new(), Vec::new());
        for operation in operations {
            let is_at_risk = match operation.exhaustive() {
                Exhaustive::Execute { .. } => return Self::Everywhere,
                Exhaustive::AddColumn { column, .. } => column.column.references.is_some(),
                Exhaustive::AlterColumnType { table, column, .. }
                | Exhaustive::SetCollate { table, column, .. }
                | Exhaustive::SetNotNull { table, column, fill: Some(_) } => {
                    may_be_in_key(schema, table, column)
                }
                Exhaustive::DropTable { .. }
                | Exhaustive::SetPrimaryKey { .. }
                | Exhaustive::SetTableOptions { .. }
                | Exhaustive::AddForeignKey { .. } => true,
                Exhaustive::RenameTable { table, to, .. } => {
                    renamed.extend([table.clone(), to.clone()]);
                    false
                }
                Exhaustive::CreateTable(_)
                | Exhaustive::DropColumn { .. }
                | Exhaustive::RenameColumn { .. }
                | Exhaustive::SetNotNull { fill: None, .. }
                | Exhaustive::DropNotNull { .. }
                | Exhaustive::SetDefault { .. }
                | Exhaustive::DropDefault { .. }
                | Exhaustive::AddIndex(_)
                | Exhaustive::DropIndex { .. }
                | Exhaustive::RenameIndex { .. }
                | Exhaustive::AddUnique { .. }
                | Exhaustive::AddCheck { .. }
                | Exhaustive::DropConstraint { .. }
                | Exhaustive::DropForeignKey { .. }
                | Exhaustive::ReorderColumns { .. } => false,
            };
            if is_at_risk {
                tables.extend(operation.table().map(str::to_owned));
            }
        }
        // Of a table that is renamed, the first name counts before and the last one afterwards.
        if !tables.is_empty() {
            tables.extend(renamed);
        }
        Self::Around(tables)
    }

    /// Whether nothing is at risk.
    pub(in crate::perform) fn is_none(&self) -> bool {
        matches!(self, Self::Around(tables) if tables.is_empty())
    }

    fn concerns(&self, table: &str) -> bool {
        match self {
            Self::Everywhere => true,
            Self::Around(tables) => tables.iter().any(|other| same(other, table)),
        }
    }
}

/// Whether a column points somewhere, or is pointed to. One that is not there yet may.
fn may_be_in_key(schema: &Schema, table: &str, column: &str) -> bool {
    let Some(table) = schema.table(table) else { return true };
    if table.column(column).is_none() {
        return true;
    }
    let among = |names: &[String]| names.iter().any(|name| same(name, column));
    let is_key = table.primary_key().iter().any(|key| same(&key.name, column));
    let points_here = |key: &ForeignKey| {
        same(&key.parent, &table.name)
            && (among(&key.parent_columns) || (key.parent_columns.is_empty() && is_key))
    };
    table.foreign_keys().any(|key| among(&key.columns))
        || schema.tables.iter().flat_map(|table| table.foreign_keys()).any(points_here)
}

/// Rows that point to rows that are not there.
#[derive(Debug, Default)]
pub(in crate::perform) struct Orphans(BTreeMap<OrphanKey, Counted>);

/// The child, in lower case, the row, and the parent, in lower case.
type OrphanKey = (String, Option<i64>, String);

#[derive(Debug)]
struct Counted {
    count: usize,
    words: String,
}

impl Orphans {
    /// Finds them in the tables that `risk` names.
    pub(in crate::perform) fn around(
        connection: &Connection,
        schema: &Schema,
        risk: &Risk,
    ) -> Result<Self> {
        let mut orphans = Self::default();
        for child in &schema.tables {
            let concerned = child.foreign_keys().next().is_some()
                && (risk.concerns(&child.name)
                    || child.foreign_keys().any(|key| risk.concerns(&key.parent)));
            if concerned {
                orphans.look_in(connection, child)?;
            }
        }
        Ok(orphans)
    }

    fn look_in(&mut self, connection: &Connection, child: &Table) -> Result {
        let mut statement =
            connection.prepare("SELECT rowid, parent FROM pragma_foreign_key_check(?1, 'main')")?;
        let mut rows = statement.query([&child.name])?;
        loop {
            match rows.next() {
                Ok(None) => return Ok(()),
                Ok(Some(row)) => self.add(&child.name, row.get(0)?, &row.get::<_, String>(1)?),
                // That is told of the schema, and for all rows at once.
                Err(error) if is_mismatch(&error) => return Ok(()),
                Err(error) => return Err(error.into()),
            }
        }
    }

    fn add(&mut self, child: &str, row: Option<i64>, parent: &str) {
        let name = row.map_or("a row".to_owned(), |row| format!("row {row}"));
        let words = format!("{name} of `{child}` points to a row that `{parent}` does not have");
        let place = (child.to_ascii_lowercase(), row, parent.to_ascii_lowercase());
        self.0.entry(place).or_insert(Counted { count: 0, words }).count += 1;
    }

    /// Those whose parent is not `vacated`; a vacated parent is still to be made.
    pub(in crate::perform) fn beside(mut self, vacated: &BTreeSet<String>) -> Self {
        self.0.retain(|(_, _, parent), _| !vacated.contains(parent));
        self
    }

    /// Refuses if `now` has more than `self`.
    pub(in crate::perform) fn hold(&self, now: Self, renamed: &Renamed) -> Result {
        let new: Vec<_> = now
            .0
            .into_iter()
            .filter(|((child, row, parent), counted)| {
                let before = (renamed.first(child), *row, renamed.first(parent));
                self.0.get(&before).is_none_or(|before| before.count < counted.count)
            })
            .map(|(_, counted)| counted.words)
            .collect();
        if new.is_empty() { Ok(()) } else { Err(Refusal::ForeignKeys(new)) }
    }
}

/// SQLite has no code of its own for this, only a message.
fn is_mismatch(error: &rusqlite::Error) -> bool {
    matches!(error, rusqlite::Error::SqliteFailure(_, Some(message))
        if message.starts_with("foreign key mismatch"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_columns_of_keys_put_rows_at_risk() {
        let connection = Connection::open_in_memory().unwrap();
        connection
            .execute_batch(
                "CREATE TABLE p (k INTEGER PRIMARY KEY, n); CREATE TABLE c (x REFERENCES p, y)",
            )
            .unwrap();
        let schema = Schema::read(&connection).unwrap();
        for (table, column, expected) in [
            ("p", "K", true),
            ("p", "n", false),
            ("c", "x", true),
            ("c", "y", false),
            ("c", "renamed_later", true),
        ] {
            let risk = Risk::of(&[Operation::alter_column_type(table, column, "TEXT")], &schema);
            assert_eq!(risk.concerns(table), expected, "{table}.{column}");
        }
        assert!(Risk::of(&[Operation::execute("SELECT 1")], &schema).concerns("p"));
        assert!(!Risk::of(&[Operation::rename_table("p", "q")], &schema).concerns("p"));
    }
}
