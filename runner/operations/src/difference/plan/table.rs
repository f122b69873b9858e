//! The changes of one table, in an order that works.

use super::columns;
use super::constraints::Constraints;
use super::context::{Context, Pair};
use super::keys::{self, Added};
use crate::difference::change::Change;
use crate::difference::loss::Loss;
use crate::difference::to_operations;
use crate::operation::{Operation, PrimaryKey, TableOptions};
use crate::schema::normal::{ColumnOrder, Name, Table};

/// The changes that give a table its new shape, but for its indexes and the foreign keys that are added last.
pub(super) fn changes_of(context: Context<'_>, pair: &Pair<'_>, added: &Added<'_>) -> Vec<Change> {
    let regenerated = pair.regenerated();
    let mut constraints = Constraints::of(pair, &regenerated);
    let mut keys = Added { now: added.now.clone(), late: Vec::new() };
    let mut changes = options_off(pair);
    changes.extend(constraints.drop());
    let new_key = pair.new.columns.iter().any(|column| columns::is_new_key(pair, &column.name));
    if let Some(old_key) = pair.old.primary_key.as_ref().filter(|_| new_key) {
        // The new key counts anew, from the highest number that a row has.
        let counter = Loss::Counter { table: String::from(&pair.old.name) };
        let change = set_primary_key(pair.new, PrimaryKey::none());
        changes.push(change.losing(old_key.autoincrement.then_some(counter)));
    }
    changes.extend(columns::add(pair, &mut constraints, &mut keys));
    changes.extend(columns::alter(pair, &regenerated));
    if !new_key && said(pair.old) != said(pair.new) {
        changes.extend(to_operations::primary_key(pair.new).map(|key| primary_key(pair, key)));
    }
    changes.extend(columns::drop(pair, &regenerated));
    changes.extend(columns::add_generated(pair, &regenerated, &mut constraints));
    changes.extend(constraints.add());
    changes.extend(options_on(pair));
    changes.extend(reorder(context, pair, &regenerated));
    changes.extend(
        keys.now
            .iter()
            .filter_map(|key| keys::add(pair.new, key, pair.old.foreign_keys.contains(key))),
    );
    changes
}

/// The change of the primary key, which may become the rowid by the type of its column alone.
fn said(table: &Table) -> Option<crate::schema::normal::PrimaryKey> {
    let mut key = table.primary_key.clone()?;
    key.is_rowid = false;
    Some(key)
}

fn set_primary_key(table: &Table, key: PrimaryKey) -> Change {
    Change::new(Operation::set_primary_key(&table.name, key))
}

fn primary_key(pair: &Pair<'_>, key: PrimaryKey) -> Change {
    let is_rule = !key.columns.is_empty();
    let rule = Loss::rule(pair.new, "the new PRIMARY KEY");
    let rowids = Loss::of_rowids(pair.old, pair.new).filter(|_| !pair.new.without_rowid);
    let losses = [is_rule.then_some(rule), rowids, Loss::of_counter(pair.old, pair.new)];
    set_primary_key(pair.new, key).losing(losses.into_iter().flatten())
}

/// STRICT and WITHOUT ROWID end before types and keys change.
fn options_off(pair: &Pair<'_>) -> Vec<Change> {
    let (old, new) = (pair.old, pair.new);
    let mut options = TableOptions::new();
    if old.strict && !new.strict {
        options = options.strict(false);
    }
    if old.without_rowid && !new.without_rowid {
        options = options.without_rowid(false);
    }
    change_options(pair, options).into_iter().collect()
}

/// They begin when types and keys are as they must be.
fn options_on(pair: &Pair<'_>) -> Vec<Change> {
    let (old, new) = (pair.old, pair.new);
    let mut options = TableOptions::new();
    let mut losses = Vec::new();
    if !old.strict && new.strict {
        options = options.strict(true);
        losses.push(Loss::rule(new, "the types of a STRICT table"));
    }
    if !old.without_rowid && new.without_rowid {
        options = options.without_rowid(true);
        losses.extend(Loss::of_rowids(old, new));
    }
    change_options(pair, options).map(|change| change.losing(losses)).into_iter().collect()
}

fn change_options(pair: &Pair<'_>, options: TableOptions) -> Option<Change> {
    let changes = options != TableOptions::new();
    changes.then(|| Change::new(Operation::set_table_options(&pair.old.name, options)))
}

/// Puts the columns in order, if that counts and they are not.
fn reorder(context: Context<'_>, pair: &Pair<'_>, regenerated: &[Name]) -> Option<Change> {
    if context.order == ColumnOrder::Any {
        return None;
    }
    let stay = pair.old.columns.iter().filter(|column| {
        pair.new.column(column.name.as_str()).is_some() && !regenerated.contains(&column.name)
    });
    let mut now: Vec<&Name> = stay.map(|column| &column.name).collect();
    let wanted: Vec<&Name> = pair.new.columns.iter().map(|column| &column.name).collect();
    let plain = |name: &&Name| {
        pair.new.column(name.as_str()).is_some_and(|column| column.generated.is_none())
    };
    let coming: Vec<&Name> = wanted.iter().copied().filter(|name| !now.contains(name)).collect();
    now.extend(coming.iter().copied().filter(plain));
    now.extend(coming.iter().copied().filter(|name| !plain(name)));
    (now != wanted).then(|| Change::new(Operation::reorder_columns(&pair.old.name, wanted)))
}
