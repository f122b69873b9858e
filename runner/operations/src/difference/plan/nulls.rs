//! Columns that are never NULL, and the rows that are there.

use super::context::Pair;
use crate::difference::change::Change;
use crate::difference::loss::Loss;
use crate::operation::Operation;
use crate::schema::normal::{Column, Table};

/// Whether rows that are there need a value that nobody has told.
pub(super) fn needs_value(table: &Table, column: &Column) -> bool {
    let is_key = table.is_key(column.name.as_str());
    let is_rowid = table.primary_key.as_ref().is_some_and(|key| key.is_rowid);
    let is_never_null = column.not_null.is_some() || (is_key && (table.without_rowid || is_rowid));
    is_never_null && column.default.is_none() && column.generated.is_none()
}

/// Forbids NULL. Where there may be some, what takes their place is for a person to say.
pub(super) fn set_not_null(pair: &Pair<'_>, old: &Column, new: &Column) -> Change {
    let (table, name) = (pair.name(), old.name.as_str());
    let change = Change::new(Operation::set_not_null(table, name));
    let is_key = pair.old.is_key(name);
    let is_rowid = pair.old.primary_key.as_ref().is_some_and(|key| key.is_rowid);
    let had_none = is_key && (pair.old.without_rowid || is_rowid);
    if had_none || new.generated.is_some() {
        return change;
    }
    let loss = Loss::Nulls { table: table.to_owned(), column: name.to_owned() };
    change.losing([loss]).undecided(table, name)
}
