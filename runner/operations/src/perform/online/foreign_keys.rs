//! Foreign keys that mean something else afterwards.

use super::{Result, not_online};
use crate::perform::rebuild::{MovedTable, Source};
use crate::schema::name::same;
use crate::schema::{ForeignKey, Schema, Table, same_names};

/// Refuses new foreign keys of the table, and another value or another key where rows point to.
pub(super) fn require_same_keys(
    before: &Schema,
    old: &Table,
    new: &Table,
    moved: &MovedTable,
) -> Result {
    for key in new.foreign_keys() {
        if !old.foreign_keys().any(|other| is_kept(other, key, old, new, moved)) {
            return Err(not_online(
                &old.name,
                format!(
                    "its foreign key to `{}` is new, or its values are; add it in a step afterwards",
                    key.parent
                ),
            ));
        }
    }
    let primary = |table: &Table| -> Vec<String> {
        table.primary_key().into_iter().map(|key| key.name).collect()
    };
    for child in &before.tables {
        for key in child.foreign_keys().filter(|key| same(&key.parent, &old.name)) {
            let (columns, is_named) = match key.parent_columns.is_empty() {
                true => (primary(old), false),
                false => (key.parent_columns.clone(), true),
            };
            let now: Option<Vec<_>> = columns.iter().map(|name| kept_as(moved, name)).collect();
            let is_same = now.is_some_and(|now| is_named || same_names(&now, &primary(new)));
            if !is_same {
                return Err(not_online(
                    &old.name,
                    format!(
                        "rows of `{}` point to columns that it changes; change it in a step",
                        child.name
                    ),
                ));
            }
        }
    }
    Ok(())
}

/// The name of the column that gets the values of `name` as they are.
fn kept_as(moved: &MovedTable, name: &str) -> Option<String> {
    moved.columns.iter().find_map(|filled| match &filled.source {
        Source::Column(source) if same(source, name) => Some(filled.name.clone()),
        _ => None,
    })
}

fn is_kept(
    before: &ForeignKey,
    now: &ForeignKey,
    old: &Table,
    new: &Table,
    moved: &MovedTable,
) -> bool {
    let columns: Option<Vec<_>> = before.columns.iter().map(|name| kept_as(moved, name)).collect();
    let is_own = same(&before.parent, &old.name);
    let parent_columns: Option<Vec<_>> = before
        .parent_columns
        .iter()
        .map(|name| if is_own { kept_as(moved, name) } else { Some(name.clone()) })
        .collect();
    let is_same_parent =
        if is_own { same(&now.parent, &new.name) } else { same(&now.parent, &before.parent) };
    is_same_parent
        && columns.is_some_and(|columns| same_names(&columns, &now.columns))
        && parent_columns.is_some_and(|columns| same_names(&columns, &now.parent_columns))
}
