//! Foreign keys: dropped first, added when their parent has its new shape.

use std::collections::BTreeSet;

use super::context::{Context, Pair};
use super::rebuilt_by_sql::is_rebuilt_by_sql;
use crate::difference::change::Change;
use crate::difference::loss::Loss;
use crate::difference::to_operations;
use crate::operation::{Operation, WhichConstraint};
use crate::schema::normal::{ForeignKey, Name, Table};

/// The foreign keys that a table gets.
#[derive(Default)]
pub(super) struct Added<'s> {
    /// Those whose parent is ready.
    pub(super) now: Vec<&'s ForeignKey>,
    /// Those that are added after all tables.
    pub(super) late: Vec<Change>,
}

/// Drops the foreign keys that disappear or are an obstacle.
pub(super) fn drop(context: Context<'_>) -> Vec<Change> {
    let mut changes = Vec::new();
    for table in &context.current.tables {
        let new = context.target.table(table.name.as_str());
        let keys: Vec<&ForeignKey> = match new.map(|new| Pair { old: table, new }) {
            _ if context.obstacles.keys.contains(&table.name) => {
                table.foreign_keys.iter().collect()
            }
            Some(pair) if !is_rebuilt_by_sql(context, &pair) => selectors(context, &pair).collect(),
            _ => Vec::new(),
        };
        changes.extend(drop_all(table, &keys));
    }
    changes
}

/// Drops `keys`; two that one operation drops together give one operation.
fn drop_all(table: &Table, keys: &[&ForeignKey]) -> Vec<Change> {
    let mut which: Vec<WhichConstraint> = Vec::new();
    for key in keys {
        let own = by_what_it_says(key);
        if !which.contains(&own) {
            which.push(own);
        }
    }
    let drop = |which| Change::new(Operation::drop_constraint(&table.name, which));
    which.into_iter().map(drop).collect()
}

/// The keys that are dropped by name or columns; others of the same name or columns are dropped with them.
fn selectors<'s>(context: Context<'s>, pair: &Pair<'s>) -> impl Iterator<Item = &'s ForeignKey> {
    let all = context.obstacles.keys.contains(&pair.old.name);
    let (old, new) = (pair.old, pair.new);
    old.foreign_keys.iter().filter(move |key| all || !new.foreign_keys.contains(key))
}

fn by_what_it_says(key: &ForeignKey) -> WhichConstraint {
    match &key.name {
        Some(name) => WhichConstraint::Named(String::from(name)),
        None => WhichConstraint::ForeignKey(to_operations::names(&key.columns)),
    }
}

fn is_dropped(context: Context<'_>, pair: &Pair<'_>, key: &ForeignKey) -> bool {
    selectors(context, pair).any(|gone| match &gone.name {
        Some(name) => key.name.as_ref() == Some(name),
        None => key.columns == gone.columns,
    })
}

/// The foreign keys that a table in both gets; `done` are the tables that are ready.
pub(super) fn added<'s>(context: Context<'s>, pair: &Pair<'s>, done: &BTreeSet<Name>) -> Added<'s> {
    let mut added = Added::default();
    for key in &pair.new.foreign_keys {
        if pair.old.foreign_keys.contains(key) && !is_dropped(context, pair, key) {
            continue;
        }
        if done.contains(&key.parent) && !context.obstacles.keys.contains(&pair.new.name) {
            added.now.push(key);
        } else {
            added.late.extend(add(pair.new, key, pair.old.foreign_keys.contains(key)));
        }
    }
    added
}

/// Adds a foreign key; `was_there`: it is made again.
pub(super) fn add(table: &Table, key: &ForeignKey, was_there: bool) -> Option<Change> {
    let rule = Loss::rule(table, format_args!("the foreign key to `{}`", key.parent.as_str()));
    let said = to_operations::foreign_key(key)?;
    let change = Change::new(Operation::add_foreign_key(&table.name, said));
    Some(change.losing((!was_there).then_some(rule)))
}

/// The foreign keys of a table that is made without them.
pub(super) fn of_new_table(table: &Table) -> impl Iterator<Item = Change> {
    table.foreign_keys.iter().filter_map(|key| add(table, key, true))
}
