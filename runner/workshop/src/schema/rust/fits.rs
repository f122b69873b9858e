//! Which tables a struct can say all of.

use migration_api::schema::KeyAction;
use migration_api::schema::normal::{Column, ForeignKey, KeyColumn, Table};

use super::columns::is_option;

/// Whether the attributes of a struct can say all of `table`.
pub(super) fn in_a_struct(table: &Table) -> bool {
    let uniques = table.uniques.iter().all(|unique| {
        unique.name.is_none() && unique.on_conflict.is_none() && are_plain(&unique.columns)
    });
    uniques
        && key_fits(table)
        && table.columns.iter().all(column_fits)
        && table.columns.iter().any(|column| column.generated.is_none())
        && table.foreign_keys.iter().all(|key| reference_fits(table, key))
}

fn are_plain(columns: &[KeyColumn]) -> bool {
    columns.iter().all(|column| column.collate.is_none() && !column.descending)
}

fn key_fits(table: &Table) -> bool {
    let Some(key) = &table.primary_key else { return true };
    // A field of a key is no `Option`, and without one its column is NOT NULL.
    let is_nullable = |key: &KeyColumn| {
        let column = table.column(key.name.as_str());
        column.is_none_or(|column| is_option(table, column))
    };
    key.name.is_none()
        && key.on_conflict.is_none()
        && are_plain(&key.columns)
        && !key.columns.iter().any(is_nullable)
}

fn column_fits(column: &Column) -> bool {
    !column.name.as_str().trim().is_empty()
        && !column.declared_type.is_empty()
        && column.not_null.as_ref().is_none_or(|not_null| not_null.on_conflict.is_none())
}

fn reference_fits(table: &Table, key: &ForeignKey) -> bool {
    let sets_null = [key.on_delete, key.on_update].contains(&KeyAction::SetNull);
    let is_never_null = |column: &&Column| !is_option(table, column);
    let columns = key.columns.iter().filter_map(|name| table.column(name.as_str()));
    let mut names = key.parent_columns.iter().chain([&key.parent]);
    key.name.is_none()
        && !key.parent_columns.is_empty()
        && !names.any(|name| name.as_str().contains(['.', '(', ')', ',']))
        && !(sets_null && columns.filter(is_never_null).count() > 0)
}
