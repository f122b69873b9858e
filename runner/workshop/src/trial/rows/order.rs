//! In which order tables are filled.

use std::sync::Arc;

use migration_api::schema::{Column, Schema, Table};

/// The tables, each after those that it points to. Where keys go round in a circle, the table with the
/// fewest keys that cannot be NULL goes first.
pub(super) fn parents_first(schema: &Schema) -> Vec<&Table> {
    let mut left: Vec<&Table> = schema.tables.iter().map(Arc::as_ref).collect();
    let mut ordered = Vec::new();
    while !left.is_empty() {
        let ready = left.iter().position(|table| missing(table, &left, false) == 0);
        let next = ready.unwrap_or_else(|| {
            let keys = |at: &usize| (missing(left[*at], &left, true), *at);
            (0..left.len()).min_by_key(keys).unwrap_or(0)
        });
        ordered.push(left.remove(next));
    }
    ordered
}

/// How many keys of `table` point to another table that is `left`.
fn missing(table: &Table, left: &[&Table], only_not_null: bool) -> usize {
    let points = |parent: &str| {
        let is_other = !parent.eq_ignore_ascii_case(&table.name);
        is_other && left.iter().any(|other| other.name.eq_ignore_ascii_case(parent))
    };
    let cannot_be_null = |columns: &[String]| {
        columns.iter().filter_map(|name| table.column(name)).all(Column::is_not_null)
    };
    table
        .foreign_keys()
        .filter(|key| points(&key.parent) && (!only_not_null || cannot_be_null(&key.columns)))
        .count()
}
