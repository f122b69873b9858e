//! The order of all changes.

use std::collections::BTreeSet;

use super::context::{Context, Pair};
use super::indexes;
use super::keys;
use super::objects;
use super::rebuilt_by_sql::{is_rebuilt_by_sql, rebuilt_by_sql};
use super::table::changes_of;
use crate::difference::change::Change;
use crate::difference::loss::Loss;
use crate::difference::obstacles::Obstacles;
use crate::difference::to_operations;
use crate::operation::Operation;
use crate::schema::Schema;
use crate::schema::normal::{ColumnOrder, Name, Normal, Table, in_order};

/// The changes from `current`, which is the normal form of `schema`, to `target`.
///
/// Obstacles are dropped first: triggers, views, foreign keys, indexes. Then tables are made and changed, parents
/// before children, each with its indexes; other tables are dropped, children before parents; views and triggers
/// are made last.
pub(in crate::difference) fn plan(
    schema: &Schema,
    current: &Normal,
    target: &Normal,
    order: ColumnOrder,
    obstacles: &Obstacles,
) -> Vec<Change> {
    let context = Context { schema, current, target, order, obstacles };
    // Triggers before views, which would take theirs along: DROP TRIGGER would find none. Keys before indexes: that
    // of a parent is refused to go while a key needs it.
    let mut changes = objects::drop_triggers(context);
    changes.extend(objects::drop_views(context));
    changes.extend(objects::drop_virtual_tables(context));
    changes.extend(keys::drop(context));
    changes.extend(indexes::drop(context));
    changes.extend(tables(context));
    changes.extend(drop_tables(context));
    changes.extend(objects::create_virtual_tables(context));
    changes.extend(objects::create_views(context));
    changes.extend(objects::create_triggers(context));
    changes
}

/// Makes and changes tables, and adds the foreign keys that need a parent first.
fn tables(context: Context<'_>) -> Vec<Change> {
    let mut changes = Vec::new();
    let mut late = Vec::new();
    let mut done: BTreeSet<Name> = BTreeSet::new();
    for new in context.target.tables_in_order() {
        done.insert(new.name.clone());
        match context.current.table(new.name.as_str()) {
            None => {
                let in_sql = context.obstacles.in_sql.contains(&new.name);
                let with_keys = in_sql || !context.obstacles.keys.contains(&new.name);
                changes.push(Change::new(match in_sql {
                    true => Operation::execute(new.to_string()),
                    false => to_operations::create_table(new, with_keys),
                }));
                if !with_keys {
                    late.extend(keys::of_new_table(new));
                }
            }
            Some(old) => {
                let pair = Pair { old, new };
                if is_rebuilt_by_sql(context, &pair) {
                    changes.extend(rebuilt_by_sql(context, &pair));
                    if context.obstacles.keys.contains(&new.name) {
                        late.extend(keys::of_new_table(new));
                    }
                } else {
                    let added = keys::added(context, &pair, &done);
                    changes.extend(changes_of(context, &pair, &added));
                    late.extend(added.late);
                }
            }
        }
        changes.extend(indexes::add(context, new));
    }
    // Once every parent is there, and has what makes its columns unique.
    changes.extend(late);
    changes
}

/// Drops tables, children first. Foreign keys that form a circle are dropped before.
fn drop_tables(context: Context<'_>) -> Vec<Change> {
    let gone: Vec<Table> = context.gone().cloned().collect();
    let parents_first = in_order(
        &gone,
        |table| &table.name,
        |table| table.foreign_keys.iter().map(|key| key.parent.clone()).collect(),
    );
    let mut changes = Vec::new();
    let mut left = parents_first;
    while let Some(table) = left.pop() {
        for child in &left {
            let keys = child.foreign_keys.iter().filter(|key| key.parent == table.name);
            changes.extend(keys.map(|key| {
                Change::new(Operation::drop_foreign_key(
                    &child.name,
                    to_operations::names(&key.columns),
                ))
            }));
        }
        let loss = Loss::Table { table: String::from(&table.name) };
        changes.push(Change::new(Operation::drop_table(&table.name)).losing([loss]));
    }
    changes
}
