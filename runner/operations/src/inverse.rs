//! The way back from an operation, where the schema that it meets determines one.

mod restored;
#[cfg(test)]
mod tests;

use std::borrow::Cow;

use crate::operation::{
    AddedColumn, Constraint, Exhaustive, Operation, PrimaryKey, TableOptions, WhichConstraint,
};
use crate::schema::name::same;
use crate::schema::{Clause, ClauseKind, Schema, Table};
use restored::{known_constraint, known_index, known_primary_key};

/// The way back from an operation.
pub trait Inverse: Sized {
    /// The operation that takes this one back, given the schema before it.
    ///
    /// `None`: there is none, because something is lost for good (a table, a column, the NULLs that
    /// were filled), because the operation changes nothing, or because it cannot be done at all. The
    /// inverse restores the schema's meaning, and not always its spelling. Of values that a change of
    /// type has converted, those come back that another conversion restores.
    ///
    /// ```
    /// use runner_operations::Inverse;
    /// use runner_operations::operation::Operation;
    /// use runner_operations::schema::Schema;
    ///
    /// let connection = rusqlite::Connection::open_in_memory()?;
    /// connection.execute_batch("CREATE TABLE player (name TEXT DEFAULT 'x')")?;
    /// let schema = Schema::read(&connection)?;
    /// assert_eq!(
    ///     Operation::drop_default("player", "name").inverse(&schema),
    ///     Some(Operation::set_default_sql("player", "name", "'x'")),
    /// );
    /// assert_eq!(Operation::drop_table("player").inverse(&schema), None);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    fn inverse(&self, schema: &Schema) -> Option<Self>;
}

impl Inverse for Operation {
    fn inverse(&self, schema: &Schema) -> Option<Self> {
        match self.exhaustive() {
            Exhaustive::CreateTable(table) => {
                schema.table(&table.name).is_none().then(|| Self::drop_table(&table.name))
            }
            Exhaustive::RenameTable { table, to, only } => {
                let old = match schema.table(table) {
                    Some(table) => &table.name,
                    None => &schema.virtual_table(table)?.name,
                };
                Some(Self::RenameTable { table: to.clone(), to: old.clone(), only: *only })
            }
            Exhaustive::AddColumn { table, column } => without_column(schema.table(table)?, column),
            Exhaustive::RenameColumn { table, column, to } => {
                let before = schema.table(table)?;
                Some(Self::rename_column(&before.name, to, &before.column(column)?.name))
            }
            Exhaustive::AlterColumnType { table, column, using: None, .. } => {
                let before = schema.table(table)?;
                let column = before.column(column)?;
                Some(Self::alter_column_type(&before.name, &column.name, &column.declared_type))
            }
            Exhaustive::SetNotNull { table, column, fill: None } => {
                let before = schema.table(table)?;
                let column = before.column(column)?;
                let took_null = !column.is_not_null() && !before.is_never_null_key(column);
                took_null.then(|| Self::drop_not_null(&before.name, &column.name))
            }
            Exhaustive::DropNotNull { table, column } => {
                let before = schema.table(table)?;
                let column = before.column(column)?;
                let plain = |clause: &Clause| clause.kind == ClauseKind::NotNull(None);
                let all = column.clauses.iter().any(plain);
                all.then(|| Self::set_not_null(&before.name, &column.name))
            }
            Exhaustive::SetDefault { table, column, .. } => {
                let before = schema.table(table)?;
                let default = default_of(before, column)?;
                Some(default.unwrap_or_else(|| Self::drop_default(&before.name, column)))
            }
            Exhaustive::DropDefault { table, column } => default_of(schema.table(table)?, column)?,
            Exhaustive::SetCollate { table, column, .. } => {
                let before = schema.table(table)?;
                let column = before.column(column)?;
                Some(Self::SetCollate {
                    table: before.name.clone(),
                    column: column.name.clone(),
                    collate: column.collate().map(str::to_owned),
                })
            }
            Exhaustive::AddIndex(index) => {
                let name = schema.name_for(index)?;
                schema.index(&name).is_none().then(|| Self::drop_index(name))
            }
            Exhaustive::DropIndex { name, .. } => {
                known_index(schema.index(name)?).map(Self::AddIndex)
            }
            Exhaustive::RenameIndex { name, to } => {
                Some(Self::rename_index(to, &schema.index(name)?.name))
            }
            Exhaustive::AddUnique { table, unique } => {
                let what = WhichConstraint::Unique(unique.columns.clone());
                dropping(schema.table(table)?, unique.name.as_ref(), what)
            }
            Exhaustive::AddCheck { table, check } => {
                let what = WhichConstraint::Check(check.expression.clone());
                dropping(schema.table(table)?, check.name.as_ref(), what)
            }
            Exhaustive::AddForeignKey { table, foreign_key } => {
                let what = WhichConstraint::ForeignKey(foreign_key.columns.clone());
                dropping(schema.table(table)?, foreign_key.name.as_ref(), what)
            }
            Exhaustive::DropConstraint { table, constraint } => {
                adding(schema.table(table)?, constraint)
            }
            Exhaustive::DropForeignKey { table, columns } => {
                adding(schema.table(table)?, &WhichConstraint::ForeignKey(columns.clone()))
            }
            Exhaustive::SetPrimaryKey { table, key } => old_key(schema.table(table)?, key),
            Exhaustive::ReorderColumns { table, .. } => {
                let before = schema.table(table)?;
                Some(Self::reorder_columns(&before.name, before.column_names()))
            }
            Exhaustive::SetTableOptions { table, options } => {
                old_options(schema.table(table)?, *options)
            }
            // Something is lost for good.
            Exhaustive::DropTable { .. }
            | Exhaustive::DropColumn { .. }
            | Exhaustive::AlterColumnType { using: Some(_), .. }
            | Exhaustive::SetNotNull { fill: Some(_), .. }
            | Exhaustive::Execute { .. } => None,
        }
    }
}

/// Drops a column that is added to `before`.
fn without_column(before: &Table, added: &AddedColumn) -> Option<Operation> {
    let is_key = added.column.primary_key.is_some();
    // A key made of the backfill takes the place of the rowids.
    let loses_rowids = is_key && added.backfill.is_some();
    (!loses_rowids).then(|| Operation::DropColumn {
        table: before.name.clone(),
        column: added.column.name.clone(),
        cascade: is_key,
    })
}

/// Sets the key that `before` has, if its rowids are kept when it gets `key`.
fn old_key(before: &Table, key: &PrimaryKey) -> Option<Operation> {
    let integer = matches!(&key.columns[..], [only] if before.column(only)
        .is_some_and(|column| same(&column.declared_type, "INTEGER")));
    let keeps_rowids = before.without_rowid || before.rowid_alias().is_some() || !integer;
    let old = known_primary_key(before)?;
    keeps_rowids.then(|| Operation::set_primary_key(&before.name, old))
}

/// Sets the options that `before` has, if nothing is lost when it gets `options`.
fn old_options(before: &Table, options: TableOptions) -> Option<Operation> {
    let loses_rowids = options.without_rowid == Some(true)
        && !before.without_rowid
        && before.rowid_alias().is_none();
    // An ANY that is NUMERIC would come back without a type.
    let is_numeric = options.strict == Some(true)
        && !before.strict
        && before.columns.iter().any(|column| same(&column.declared_type, "ANY"));
    if loses_rowids || is_numeric {
        return None;
    }
    let old = TableOptions::new().strict(before.strict).without_rowid(before.without_rowid);
    Some(Operation::set_table_options(&before.name, old))
}

/// Sets the default that `column` has; inside `None` if it has none. One of the rowid is never used.
fn default_of(before: &Table, column: &str) -> Option<Option<Operation>> {
    let column = before.column(column)?;
    if before.rowid_alias().is_some_and(|alias| alias.name == column.name) {
        return None;
    }
    let set = |value: Cow<'_, str>| Operation::set_default_sql(&before.name, &column.name, value);
    Some(column.default_expression().map(set))
}

/// Drops a constraint that is added to `before`, if that drops no other.
fn dropping(before: &Table, name: Option<&String>, what: WhichConstraint) -> Option<Operation> {
    let which = name.map_or(what, |name| WhichConstraint::Named(name.clone()));
    let is_free = before.meant(&which).is_empty();
    is_free.then(|| Operation::drop_constraint(&before.name, which))
}

/// Adds the constraint that `which` means, if it is one alone.
fn adding(before: &Table, which: &WhichConstraint) -> Option<Operation> {
    let found = before.meant(which);
    let [(name, kind)] = found.as_slice() else { return None };
    let table = &before.name;
    match known_constraint(name.clone(), kind)? {
        Constraint::Unique(unique) => Some(Operation::add_unique(table, unique)),
        Constraint::Check(check) => Some(Operation::add_check(table, check)),
        Constraint::ForeignKey(key) => Some(Operation::add_foreign_key(table, key)),
        _ => None,
    }
}
