//! Virtual tables.

use super::context::Context;
use crate::difference::change::Change;
use crate::difference::loss::Loss;
use crate::operation::Operation;
use crate::schema;
use crate::schema::normal::VirtualTable;

/// Whether `table` keeps no rows of its own, so that it can be made anew from its content table.
fn is_derived(table: &VirtualTable) -> bool {
    let read = schema::VirtualTable {
        name: String::from(&table.name),
        module: String::from(&table.module),
        arguments: table.arguments.clone(),
        sql: String::new(),
    };
    read.content().is_some()
}

fn wanted<'s>(context: Context<'s>, table: &VirtualTable) -> Option<&'s VirtualTable> {
    context.target.virtual_tables.iter().find(|other| other.name == table.name)
}

/// Whether `table` goes, for good or to come back. One that keeps its own rows and is declared
/// otherwise stays as it is: that is beyond what can be done.
fn goes(context: Context<'_>, table: &VirtualTable) -> bool {
    match wanted(context, table) {
        None => true,
        Some(new) => {
            is_derived(table)
                && (new != table || context.obstacles.virtual_tables.contains(&table.name))
        }
    }
}

pub(super) fn drop(context: Context<'_>) -> Vec<Change> {
    let tables = context.current.virtual_tables.iter().filter(|table| goes(context, table));
    let dropped = |table: &VirtualTable| {
        let loss = Loss::Table { table: String::from(&table.name) };
        Change::new(Operation::drop_table(&table.name)).losing((!is_derived(table)).then_some(loss))
    };
    tables.map(dropped).collect()
}

pub(super) fn create(context: Context<'_>) -> Vec<Change> {
    let stays = |new: &VirtualTable| {
        let current = context.current.virtual_tables.iter();
        current.filter(|old| old.name == new.name).any(|old| !goes(context, old))
    };
    let tables = context.target.virtual_tables.iter().filter(|table| !stays(table));
    tables.map(|table| Change::new(Operation::execute(definition(table)))).collect()
}

/// What makes `table`, and fills it from its content table.
fn definition(table: &VirtualTable) -> String {
    if is_derived(table) {
        let name = &table.name;
        format!("{table};\nINSERT INTO {name} ({name}) VALUES ('rebuild')")
    } else {
        table.to_string()
    }
}
