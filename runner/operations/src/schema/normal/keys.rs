//! The normal form of keys and constraints, written at a column or at the table.

use super::model::{Check, ForeignKey, KeyColumn, PrimaryKey, Unique};
use super::name::Name;
use super::words::Words;
use crate::schema::name::same;
use crate::schema::{self, ClauseKind, ConstraintKind, OnConflict, Schema, Table};

/// `None` for ABORT, the default.
pub(super) fn conflict(on_conflict: Option<OnConflict>) -> Option<OnConflict> {
    on_conflict.filter(|conflict| *conflict != OnConflict::Abort)
}

/// The collation `given` to `column`, if it is not the column's own.
pub(super) fn collate(table: &Table, column: &str, given: Option<&str>) -> Option<Name> {
    let own = table.column(column).and_then(schema::Column::collate).unwrap_or("BINARY");
    given.filter(|given| !same(given, own)).map(Name::new)
}

fn name(name: Option<&String>) -> Option<Name> {
    name.map(Name::new)
}

fn key_columns(table: &Table, columns: &[schema::KeyColumn]) -> Vec<KeyColumn> {
    let known = |key: &schema::KeyColumn| KeyColumn {
        name: Name::new(&key.name),
        collate: collate(table, &key.name, key.collate.as_deref()),
        descending: key.descending,
    };
    columns.iter().map(known).collect()
}

pub(super) fn primary_key(table: &Table) -> Option<PrimaryKey> {
    let at_column = table.columns.iter().find_map(schema::Column::primary_key);
    let (given, on_conflict) = match at_column {
        Some(clause) => match &clause.kind {
            ClauseKind::PrimaryKey { on_conflict, .. } => (clause.name.as_ref(), *on_conflict),
            _ => (None, None),
        },
        None => table.constraints.iter().find_map(|constraint| match &constraint.kind {
            ConstraintKind::PrimaryKey { on_conflict, .. } => {
                Some((constraint.name.as_ref(), *on_conflict))
            }
            _ => None,
        })?,
    };
    let is_rowid = table.rowid_alias().is_some();
    let mut columns = key_columns(table, &table.primary_key());
    if is_rowid {
        // Rowids have one order and no collation.
        for column in &mut columns {
            (column.collate, column.descending) = (None, false);
        }
    }
    Some(PrimaryKey {
        columns,
        is_rowid,
        autoincrement: table.is_autoincrement(),
        name: name(given),
        on_conflict: conflict(on_conflict),
    })
}

/// A table's constraints, those at its columns included.
#[derive(Default)]
pub(super) struct Constraints {
    pub(super) uniques: Vec<Unique>,
    pub(super) checks: Vec<Check>,
    pub(super) foreign_keys: Vec<ForeignKey>,
}

impl Constraints {
    pub(super) fn of(schema: &Schema, table: &Table) -> Self {
        let mut all = Self::default();
        for column in &table.columns {
            for clause in &column.clauses {
                if let Some(kind) = clause.as_constraint(column) {
                    all.take(schema, table, clause.name.as_ref(), &kind);
                }
            }
        }
        for constraint in &table.constraints {
            all.take(schema, table, constraint.name.as_ref(), &constraint.kind);
        }
        all.uniques.sort();
        all.uniques.dedup();
        all.checks.sort();
        all.checks.dedup();
        all.foreign_keys.sort();
        all.foreign_keys.dedup();
        all
    }

    fn take(
        &mut self,
        schema: &Schema,
        table: &Table,
        given: Option<&String>,
        kind: &ConstraintKind,
    ) {
        let name = name(given);
        match kind {
            ConstraintKind::PrimaryKey { .. } => {}
            ConstraintKind::Unique { columns, on_conflict } => self.uniques.push(Unique {
                columns: key_columns(table, columns),
                name,
                on_conflict: conflict(*on_conflict),
            }),
            ConstraintKind::Check(expression) => {
                let columns: Vec<_> = table.column_names().collect();
                let expression = Words::expression(expression.as_str(), &columns);
                self.checks.push(Check { expression, name });
            }
            ConstraintKind::ForeignKey(key) => {
                self.foreign_keys.push(foreign_key(schema, key, name));
            }
        }
    }
}

fn foreign_key(schema: &Schema, key: &schema::ForeignKey, name: Option<Name>) -> ForeignKey {
    let names = |names: &[String]| names.iter().map(Name::new).collect::<Vec<_>>();
    let mut parent_columns = names(&key.parent_columns);
    if parent_columns.is_empty()
        && let Some(parent) = schema.table(&key.parent)
    {
        let primary = parent.primary_key();
        if primary.len() == key.columns.len() {
            parent_columns = primary.iter().map(|column| Name::new(&column.name)).collect();
        }
    }
    ForeignKey {
        columns: names(&key.columns),
        parent: Name::new(&key.parent),
        parent_columns,
        on_delete: key.on_delete,
        on_update: key.on_update,
        deferred: key.deferred,
        name,
    }
}
