//! Views, triggers and virtual tables.

use super::context::{Context, Pair};
use super::rebuilt_by_sql::is_rebuilt_by_sql;
use crate::difference::change::Change;
use crate::difference::loss::Loss;
use crate::operation::Operation;
use crate::schema;
use crate::schema::normal::{Name, Trigger, View, VirtualTable};

/// Whether `view` is dropped, for good or to be made again.
fn goes(context: Context<'_>, view: &View) -> bool {
    context.obstacles.views.contains(&view.name) || !context.target.views.contains(view)
}

/// Whether `trigger` is dropped by a statement of its own: not one that is dropped with its table.
fn is_dropped(context: Context<'_>, trigger: &Trigger) -> bool {
    let table = trigger.table.as_str();
    if context.obstacles.triggers.contains(&trigger.name) {
        return true;
    }
    if context.gone().any(|gone| gone.name.is(table)) {
        return false;
    }
    !context.target.triggers.contains(trigger) || goes_with(context, &trigger.table)
}

/// Whether the table or view of a trigger is made anew.
fn goes_with(context: Context<'_>, watched: &Name) -> bool {
    let name = watched.as_str();
    let view = context.current.views.iter().find(|view| view.name == *watched);
    let table = context.current.table(name).zip(context.target.table(name));
    view.is_some_and(|view| goes(context, view))
        || table.is_some_and(|(old, new)| is_rebuilt_by_sql(context, &Pair { old, new }))
}

pub(super) fn drop_triggers(context: Context<'_>) -> Vec<Change> {
    let triggers = context.current.triggers.iter().filter(|trigger| is_dropped(context, trigger));
    triggers.map(|trigger| execute(format!("DROP TRIGGER {}", trigger.name))).collect()
}

/// Drops views, the one over another before that other.
pub(super) fn drop_views(context: Context<'_>) -> Vec<Change> {
    let views =
        context.current.views_in_order().into_iter().rev().filter(|view| goes(context, view));
    views.map(|view| execute(format!("DROP VIEW {}", view.name))).collect()
}

pub(super) fn create_views(context: Context<'_>) -> Vec<Change> {
    let stays = |view: &View| context.current.views.contains(view) && !goes(context, view);
    let views = context.target.views_in_order().into_iter().filter(|view| !stays(view));
    views.map(|view| execute(view.definition.source().trim().to_owned())).collect()
}

pub(super) fn create_triggers(context: Context<'_>) -> Vec<Change> {
    let stays = |trigger: &Trigger| {
        context.current.triggers.contains(trigger) && !is_dropped(context, trigger)
    };
    let triggers = context.target.triggers.iter().filter(|trigger| !stays(trigger));
    triggers.map(|trigger| execute(trigger.definition.source().trim().to_owned())).collect()
}

fn execute(sql: String) -> Change {
    Change::new(Operation::execute(sql))
}

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

/// Whether `table` is dropped, for good or to be made again. One that keeps its own rows and has another
/// declaration stays as it is: that is [beyond](super::super::Beyond) the operations.
fn virtual_goes(context: Context<'_>, table: &VirtualTable) -> bool {
    match wanted(context, table) {
        None => true,
        Some(new) => {
            is_derived(table)
                && (new != table || context.obstacles.virtual_tables.contains(&table.name))
        }
    }
}

pub(super) fn drop_virtual_tables(context: Context<'_>) -> Vec<Change> {
    let tables = context.current.virtual_tables.iter().filter(|table| virtual_goes(context, table));
    let dropped = |table: &VirtualTable| {
        let loss = Loss::Table { table: String::from(&table.name) };
        Change::new(Operation::drop_table(&table.name)).losing((!is_derived(table)).then_some(loss))
    };
    tables.map(dropped).collect()
}

pub(super) fn create_virtual_tables(context: Context<'_>) -> Vec<Change> {
    let stays = |new: &VirtualTable| {
        let current = context.current.virtual_tables.iter();
        current.filter(|old| old.name == new.name).any(|old| !virtual_goes(context, old))
    };
    let tables = context.target.virtual_tables.iter().filter(|table| !stays(table));
    tables.map(|table| Change::new(Operation::execute(definition(table)))).collect()
}

/// The statements that make `table`, and fill it from its content table.
fn definition(table: &VirtualTable) -> String {
    if is_derived(table) {
        let name = &table.name;
        format!("{table};\nINSERT INTO {name} ({name}) VALUES ('rebuild')")
    } else {
        table.to_string()
    }
}
