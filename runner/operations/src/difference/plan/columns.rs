//! Columns: added, changed, dropped; and the values that existing rows need.

use super::constraints::Constraints;
use super::context::Pair;
use super::keys::Added;
use crate::difference::change::Change;
use crate::difference::loss::Loss;
use crate::difference::to_operations;
use crate::operation::{KeyColumn, Operation};
use crate::schema::normal::{Column, Name, Table, in_order};

/// Adds the columns that hold values of their own.
pub(super) fn add(
    pair: &Pair<'_>,
    constraints: &mut Constraints<'_>,
    keys: &mut Added<'_>,
) -> Vec<Change> {
    let is_new = |column: &&Column| {
        pair.old.column(column.name.as_str()).is_none() && column.generated.is_none()
    };
    let columns = pair.new.columns.iter().filter(is_new);
    columns.map(|column| added(pair, column, constraints, keys)).collect()
}

fn added(
    pair: &Pair<'_>,
    column: &Column,
    constraints: &mut Constraints<'_>,
    keys: &mut Added<'_>,
) -> Change {
    let mut said = to_operations::column(&typed(pair, column));
    said.unique = constraints.take_unique(&column.name);
    let own = keys.now.iter().position(|key| key.columns == [column.name.clone()]);
    if let Some((at, reference)) =
        own.and_then(|at| Some((at, to_operations::reference(keys.now[at])?)))
    {
        said.references = Some(reference);
        keys.now.remove(at);
    }
    let is_key = is_new_key(pair, &column.name);
    if is_key {
        let autoincrement = pair.new.primary_key.as_ref().is_some_and(|key| key.autoincrement);
        said.primary_key =
            Some(if autoincrement { KeyColumn::Autoincrement } else { KeyColumn::Plain });
    }
    let change = Change::new(Operation::add_column(&pair.old.name, said));
    if needs_value(pair.new, column) && !is_key {
        change.undecided(pair.name(), column.name.as_str())
    } else {
        change
    }
}

/// A new column as it is while the table is not STRICT yet.
fn typed(pair: &Pair<'_>, column: &Column) -> Column {
    let declared_type = pair.before_strict(&column.declared_type).to_owned();
    Column { declared_type, ..column.clone() }
}

/// Whether `name` is a new column that is the whole primary key, and is added with it.
pub(super) fn is_new_key(pair: &Pair<'_>, name: &Name) -> bool {
    pair.old.column(name.as_str()).is_none()
        && !pair.new.without_rowid
        && pair.new.primary_key.as_ref().is_some_and(|key| {
            key.is_rowid && key.name.is_none() && key.columns.iter().all(|own| own.name == *name)
        })
        && to_operations::primary_key(pair.new).is_some()
}

/// Changes the columns that stay.
pub(super) fn alter(pair: &Pair<'_>, regenerated: &[Name]) -> Vec<Change> {
    let mut changes = Vec::new();
    for new in &pair.new.columns {
        if let Some(old) = pair.old.column(new.name.as_str())
            && !regenerated.contains(&new.name)
        {
            changes.extend(changed(pair, old, new));
        }
    }
    changes
}

fn changed(pair: &Pair<'_>, old: &Column, new: &Column) -> Vec<Change> {
    let (table, name) = (&pair.old.name, &old.name);
    let mut changes = Vec::new();
    let (now, then) =
        (pair.after_strict(&old.declared_type), pair.before_strict(&new.declared_type));
    // An ANY that is NUMERIC needs no other type to be one in a STRICT table.
    let is_any_already = old.declared_type == new.declared_type && then.is_empty();
    if now != then && !is_any_already {
        let loss = Loss::of_types((pair.old, old), (pair.new, new));
        let operation = Operation::alter_column_type(table, name, then);
        let loss = loss.filter(|_| new.generated.is_none());
        // In a STRICT table a value that has no such form is refused.
        let may_be_refused = loss.is_some() && pair.old.strict && pair.new.strict;
        let rule = Loss::rule(pair.new, format_args!("{} in `{name}`", new.declared_type));
        let change = Change::new(operation).losing(loss);
        let change = change.losing(may_be_refused.then_some(rule));
        // By its type alone the key may become the rowid, in the place of the one that there is.
        let becomes_rowid = pair.old.is_key(name.as_str()) && pair.new.is_key(name.as_str());
        let rowids = Loss::of_rowids(pair.old, pair.new);
        changes.push(change.losing(rowids.filter(|_| becomes_rowid && !pair.new.without_rowid)));
    }
    if old.collate != new.collate {
        changes.push(Change::new(match &new.collate {
            Some(collation) => Operation::set_collate(table, name, collation),
            None => Operation::drop_collate(table, name),
        }));
    }
    if old.default != new.default {
        changes.push(Change::new(match &new.default {
            Some(default) => Operation::set_default_sql(table, name, default.as_str()),
            None => Operation::drop_default(table, name),
        }));
    }
    changes.extend(nullability(pair, old, new));
    changes
}

fn nullability(pair: &Pair<'_>, old: &Column, new: &Column) -> Vec<Change> {
    let (table, name) = (&pair.old.name, &old.name);
    let drop = || Change::new(Operation::drop_not_null(table, name));
    let set = || Change::new(Operation::set_not_null(table, name));
    match (old.not_null, new.not_null) {
        (None, Some(_)) => vec![set_not_null(pair, old, new)],
        (Some(_), None) => vec![drop()],
        (Some(old), Some(new)) if old != new && new.on_conflict.is_none() => vec![drop(), set()],
        _ => vec![],
    }
}

/// Drops the columns that disappear, and those that are added again; a generated column before those that it is
/// generated from.
pub(super) fn drop(pair: &Pair<'_>, regenerated: &[Name]) -> Vec<Change> {
    let goes = |column: &&Column| {
        pair.new.column(column.name.as_str()).is_none() || regenerated.contains(&column.name)
    };
    let going: Vec<Column> = pair.old.columns.iter().filter(goes).cloned().collect();
    let ordered = sources_first(&going);
    let (generated, plain): (Vec<&Column>, Vec<&Column>) =
        ordered.into_iter().rev().partition(|column| column.generated.is_some());
    let dropped = |column: &Column| {
        let loss = Loss::column(pair.old, column.name.as_str());
        Change::new(Operation::drop_column(&pair.old.name, &column.name))
            .losing(column.generated.is_none().then_some(loss))
    };
    generated.into_iter().chain(plain.into_iter().rev()).map(dropped).collect()
}

/// Adds the generated columns, each after those that it is generated from.
pub(super) fn add_generated(
    pair: &Pair<'_>,
    regenerated: &[Name],
    constraints: &mut Constraints<'_>,
) -> Vec<Change> {
    let comes = |column: &&Column| {
        column.generated.is_some()
            && (pair.old.column(column.name.as_str()).is_none()
                || regenerated.contains(&column.name))
    };
    let coming: Vec<Column> = pair.new.columns.iter().filter(comes).cloned().collect();
    let mut changes = Vec::new();
    for column in sources_first(&coming) {
        let mut said = to_operations::column(&typed(pair, column));
        said.unique = constraints.take_unique(&column.name);
        changes.push(Change::new(Operation::add_column(&pair.old.name, said)));
    }
    changes
}

/// The columns, each behind those that it is generated from, and otherwise in their order.
fn sources_first(columns: &[Column]) -> Vec<&Column> {
    in_order(
        columns,
        |column| &column.name,
        |column| {
            let is_source = |other: &&Column| {
                column
                    .generated
                    .as_ref()
                    .is_some_and(|generated| generated.expression.mentions(other.name.as_str()))
            };
            columns.iter().filter(is_source).map(|other| other.name.clone()).collect()
        },
    )
}

/// Whether existing rows need a value that is not known.
pub(super) fn needs_value(table: &Table, column: &Column) -> bool {
    let is_key = table.is_key(column.name.as_str());
    let is_rowid = table.primary_key.as_ref().is_some_and(|key| key.is_rowid);
    let is_never_null = column.not_null.is_some() || (is_key && (table.without_rowid || is_rowid));
    is_never_null && column.default.is_none() && column.generated.is_none()
}

/// Forbids NULL. Where there may be NULLs, a person decides their new value.
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
