//! Which tables a struct can describe in full.

use migration_api::schema::KeyAction;
use migration_api::schema::normal::{Column, ForeignKey, KeyColumn, Name, Table};

use super::columns::is_option;

/// Whether the attributes of a struct can describe all of `table`.
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
    let mut columns = key.columns.iter().filter_map(|name| table.column(name.as_str()));
    // A column that is never NULL is not set to it.
    let is_refused = sets_null && columns.any(|column| !is_option(table, column));
    // What the attribute's text separates names by.
    let is_spelled = |name: &Name| !name.as_str().contains(['.', '(', ')', ',']);
    let are_spelled = key.parent_columns.iter().chain([&key.parent]).all(is_spelled);
    let is_known = !key.parent_columns.is_empty();
    key.name.is_none() && is_known && are_spelled && !is_refused
}
