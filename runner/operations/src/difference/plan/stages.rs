//! The order of everything.

use std::collections::BTreeSet;

use super::context::{Pair, Scene};
use super::indexes;
use super::keys;
use super::objects;
use super::remade::{is_remade, remade};
use super::table::changes_of;
use super::virtual_tables;
use crate::difference::change::Change;
use crate::difference::loss::Loss;
use crate::difference::obstacles::Away;
use crate::difference::to_operations;
use crate::operation::Operation;
use crate::schema::Schema;
use crate::schema::normal::{ColumnOrder, Name, Normal, Table, in_order};

/// What is to be done to come from `current`, which is what `schema` means, to `target`.
///
/// What stands in the way goes first: triggers, views, foreign keys, indexes. Then tables are made and
/// changed, parents before children, each with its indexes; tables that are not wanted any more go,
/// children before parents; views and triggers come last.
pub(in crate::difference) fn plan(
    schema: &Schema,
    current: &Normal,
    target: &Normal,
    order: ColumnOrder,
    away: &Away,
) -> Vec<Change> {
    let scene = Scene { schema, current, target, order, away };
    let mut changes = objects::drop_triggers(scene);
    changes.extend(objects::drop_views(scene));
    changes.extend(virtual_tables::drop(scene));
    changes.extend(keys::drop(scene));
    changes.extend(indexes::drop(scene));
    changes.extend(tables(scene));
    changes.extend(drop_tables(scene));
    changes.extend(virtual_tables::create(scene));
    changes.extend(objects::create_views(scene));
    changes.extend(objects::create_triggers(scene));
    changes
}

/// Makes and changes tables, and puts on the foreign keys that had to wait for a parent.
fn tables(scene: Scene<'_>) -> Vec<Change> {
    let mut changes = Vec::new();
    let mut late = Vec::new();
    let mut done: BTreeSet<Name> = BTreeSet::new();
    for new in scene.target.tables_in_order() {
        done.insert(new.name.clone());
        match scene.current.table(new.name.as_str()) {
            None => {
                let in_sql = scene.away.in_sql.contains(&new.name);
                let with_keys = in_sql || !scene.away.keys.contains(&new.name);
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
                if is_remade(scene, &pair) {
                    changes.extend(remade(scene, &pair));
                    if scene.away.keys.contains(&new.name) {
                        late.extend(keys::of_new_table(new));
                    }
                } else {
                    let added = keys::added(scene, &pair, &done);
                    changes.extend(changes_of(scene, &pair, &added));
                    late.extend(added.late);
                }
            }
        }
        changes.extend(indexes::add(scene, new));
    }
    changes.extend(late);
    changes
}

/// Drops tables, children first. Where keys go in a circle, they are dropped before.
fn drop_tables(scene: Scene<'_>) -> Vec<Change> {
    let gone: Vec<Table> = scene.gone().cloned().collect();
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
