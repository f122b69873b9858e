//! Foreign keys that mean something else afterwards.

use rusqlite::Connection;
use serde::{Deserialize, Serialize};

use super::{Result, not_online};
use crate::perform::rebuild::{MovedTable, Source};
use crate::schema::name::same;
use crate::schema::{Affinity, Column, ForeignKey, Schema, Table, same_names};

/// A foreign key of the new shape whose rows were not proven to point to others.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct NewKey {
    pub(super) parent: String,
    /// The columns of the table, and those of the parent that they point to.
    pub(super) columns: Vec<String>,
    pub(super) parent_columns: Vec<String>,
    /// Whether the rows that point to one of the parent are found by an index.
    pub(super) is_indexed: bool,
}

/// The new foreign keys of the table.
///
/// # Errors
/// Rows of others point to columns that change, or the table points to itself anew: that is asked of all rows at once.
pub(super) fn new_keys(
    connection: &Connection,
    before: &Schema,
    old: &Table,
    new: &Table,
    moved: &MovedTable,
) -> Result<Vec<NewKey>> {
    require_kept_parents(before, old, new, moved)?;
    let keys = new
        .foreign_keys()
        .filter(|key| !old.foreign_keys().any(|other| is_kept(other, key, old, new, moved)));
    keys.map(|key| new_key(connection, before, old, new, key)).collect()
}

fn new_key(
    connection: &Connection,
    schema: &Schema,
    old: &Table,
    new: &Table,
    key: &ForeignKey,
) -> Result<NewKey> {
    let refuse = |why: &str| {
        Err(not_online(
            &old.name,
            format!("its foreign key to `{}` {why}; add it in a step afterwards", key.parent),
        ))
    };
    if same(&key.parent, &new.name) {
        return refuse("is new, and points to the table itself");
    }
    let Some(parent) = schema.table(&key.parent) else {
        return refuse("is new, and there is no such table");
    };
    let parent_columns = match key.parent_columns.is_empty() {
        true => parent.primary_key().into_iter().map(|key| key.name).collect(),
        false => key.parent_columns.clone(),
    };
    Ok(NewKey {
        parent: parent.name.clone(),
        is_indexed: is_indexed(connection, key, &parent_columns, parent, new)?,
        columns: key.columns.clone(),
        parent_columns,
    })
}

/// Whether an index of `new`, which is in the main schema, begins with the columns of `key`, and compares and stores
/// them as the parent does.
fn is_indexed(
    connection: &Connection,
    key: &ForeignKey,
    parent_columns: &[String],
    parent: &Table,
    new: &Table,
) -> Result<bool> {
    let mut statement = connection.prepare(
        "SELECT list.name, part.name FROM pragma_index_list(?1, 'main') AS list, \
         pragma_index_xinfo(list.name, 'main') AS part \
         WHERE NOT list.partial AND part.seqno < ?2 AND part.coll = 'BINARY' COLLATE NOCASE \
         ORDER BY list.seq, part.seqno",
    )?;
    let parts = statement
        .query_map((&new.name, key.columns.len() as i64), |row| Ok((row.get(0)?, row.get(1)?)))?;
    let parts: Vec<(String, Option<String>)> = parts.collect::<rusqlite::Result<_>>()?;
    let is_found = parts.chunk_by(|one, other| one.0 == other.0).any(|parts| {
        key.columns.iter().all(|column| {
            parts.iter().any(|(_, name)| name.as_ref().is_some_and(|name| same(name, column)))
        })
    });
    let is_alike = key.columns.iter().zip(parent_columns).all(|(column, parent_column)| {
        let (Some(own), Some(other)) = (new.column(column), parent.column(parent_column)) else {
            return false;
        };
        let affinity = |column: &Column, table: &Table| {
            Affinity::in_table(&column.declared_type, table.strict)
        };
        let is_binary = other.collate().is_none_or(|name| same(name, "BINARY"));
        is_binary && affinity(own, new) == affinity(other, parent)
    });
    Ok(is_found && is_alike)
}

/// Refuses another value or another key where rows point to.
fn require_kept_parents(before: &Schema, old: &Table, new: &Table, moved: &MovedTable) -> Result {
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
