//! Gives tables and columns their new names.

use std::collections::BTreeSet;

use super::error::{DifferenceError, RenameError};
use super::options::{Options, Rename};
use super::rename_state::{Names, Pair, RenameState};
use super::trial::Trial;
use crate::operation::Operation;
use crate::schema::name::same;
use crate::schema::normal::{Column, Name, Normal, Table};

/// What was renamed on a trial.
#[derive(Default)]
pub(super) struct Renamed {
    pub(super) operations: Vec<Operation>,
    /// Those of the renames that were carried out.
    pub(super) done: Vec<Rename>,
}

/// Carries out the renames on `trial`, tables first. Renames by `was` that were carried out before are left
/// out.
pub(super) fn rename(
    trial: &Trial,
    target: &Normal,
    options: &Options,
) -> Result<Renamed, DifferenceError> {
    let mut renamed = Renamed::default();
    rename_tables(trial, target, options, &mut renamed)?;
    for table in &target.tables {
        rename_columns(trial, target, table, options, &mut renamed)?;
    }
    for rename in options.renames.iter().chain(&options.was) {
        if let Rename::Column { table, from, to } = rename
            && target.table(table).is_none()
        {
            let (table, from, to) = (table.clone(), from.clone(), to.clone());
            return Err(RenameError::NoNewColumn { table, from, to }.into());
        }
    }
    Ok(renamed)
}

fn rename_tables(
    trial: &Trial,
    target: &Normal,
    options: &Options,
    renamed: &mut Renamed,
) -> Result<(), DifferenceError> {
    let pairs = pairs(options, |rename| match rename {
        Rename::Table { from, to } => Some((from, to)),
        Rename::Column { .. } => None,
    })?;
    let current = trial.schema()?.normal();
    let has = |schema: &Normal, name: &str| {
        schema.table(name).is_some() || schema.virtual_tables.iter().any(|it| it.name.is(name))
    };
    let names = Names {
        is_there: &|name| has(&current, name),
        will_be_there: &|name| has(target, name),
        is_alike: &|old, new| {
            let tables = current.table(old).zip(target.table(new));
            tables.is_some_and(|(old, new)| has_the_columns(old, new, options))
        },
    };
    let mut todo = Vec::new();
    for pair in &pairs {
        let (from, to) = (pair.from.clone(), pair.to.clone());
        match names.state(pair, &pairs) {
            RenameState::Do => todo.push(pair.clone()),
            RenameState::Nothing => continue,
            RenameState::NoOld => return Err(RenameError::NoTable { from, to }.into()),
            RenameState::NoNew => return Err(RenameError::NoNewTable { from, to }.into()),
            RenameState::Unclear => return Err(RenameError::Unclear { from, to }.into()),
        }
        renamed.done.push(Rename::Table { from, to });
    }
    renamed
        .operations
        .extend(run(trial, &names, todo, |from, to| Operation::rename_table(from, to))?);
    Ok(())
}

fn rename_columns(
    trial: &Trial,
    target: &Normal,
    table: &Table,
    options: &Options,
    renamed: &mut Renamed,
) -> Result<(), DifferenceError> {
    let own = |rename| column_of(table, rename);
    let pairs = pairs(options, own)?;
    if pairs.is_empty() {
        return Ok(());
    }
    let table = table.name.as_str();
    let current = trial.schema()?.normal();
    let column = |schema, name: &str| Normal::table(schema, table)?.column(name).cloned();
    let names = Names {
        is_there: &|name| column(&current, name).is_some(),
        will_be_there: &|name| column(target, name).is_some(),
        is_alike: &|old, new| {
            let (mut old, new) = (column(&current, old), column(target, new));
            if let (Some(old), Some(new)) = (&mut old, &new) {
                old.name = new.name.clone();
            }
            old == new
        },
    };
    let mut todo = Vec::new();
    for pair in &pairs {
        let (table, from, to) = (table.to_owned(), pair.from.clone(), pair.to.clone());
        match names.state(pair, &pairs) {
            RenameState::Do => todo.push(pair.clone()),
            RenameState::Nothing => continue,
            RenameState::NoOld => return Err(RenameError::NoColumn { table, from, to }.into()),
            RenameState::NoNew => return Err(RenameError::NoNewColumn { table, from, to }.into()),
            RenameState::Unclear => return Err(RenameError::Unclear { from, to }.into()),
        }
        renamed.done.push(Rename::Column { table, from, to });
    }
    let operation = |from: &str, to: &str| Operation::rename_column(table, from, to);
    renamed.operations.extend(run(trial, &names, todo, operation)?);
    Ok(())
}

/// The old and the new name, if `rename` is about a column of `table`.
fn column_of<'r>(table: &Table, rename: &'r Rename) -> Option<(&'r String, &'r String)> {
    match rename {
        Rename::Column { table: own, from, to } if table.name.is(own) => Some((from, to)),
        _ => None,
    }
}

/// Whether the columns of `old` have, after the renames, the names of those of `new`.
fn has_the_columns(old: &Table, new: &Table, options: &Options) -> bool {
    let renames = options.renames.iter().chain(&options.was);
    let pairs: Vec<_> = renames.filter_map(|rename| column_of(new, rename)).collect();
    let in_new = |column: &Column| {
        let pair = pairs.iter().find(|(from, _)| column.name.is(from));
        pair.map_or_else(|| column.name.clone(), |(_, to)| Name::new(*to))
    };
    let names: BTreeSet<Name> = old.columns.iter().map(in_new).collect();
    names == new.columns.iter().map(|column| column.name.clone()).collect()
}

/// The renames that `select` finds, each once.
fn pairs<'o>(
    options: &'o Options,
    select: impl Fn(&'o Rename) -> Option<(&'o String, &'o String)>,
) -> Result<Vec<Pair>, RenameError> {
    let mut pairs: Vec<Pair> = Vec::new();
    for (renames, certain) in [(&options.renames, true), (&options.was, false)] {
        for (from, to) in renames.iter().filter_map(&select) {
            let is_known = |pair: &Pair| same(&pair.from, from) && same(&pair.to, to);
            if certain || !pairs.iter().any(is_known) {
                pairs.push(Pair { from: from.clone(), to: to.clone(), certain });
            }
        }
    }
    require_once(&pairs)?;
    Ok(pairs)
}

/// Refuses two renames of one old name, or to one new name.
fn require_once(pairs: &[Pair]) -> Result<(), RenameError> {
    for (at, pair) in pairs.iter().enumerate() {
        let others = &pairs[at + 1..];
        if others.iter().any(|other| same(&other.from, &pair.from)) {
            return Err(RenameError::Twice { name: pair.from.clone() });
        }
        if others.iter().any(|other| same(&other.to, &pair.to)) {
            return Err(RenameError::Twice { name: pair.to.clone() });
        }
    }
    Ok(())
}

/// Carries them out, each when its new name is free. A circle of names needs one name in between, and so does
/// something that has a new name and is to be dropped.
fn run(
    trial: &Trial,
    names: &Names<'_>,
    mut todo: Vec<Pair>,
    operation: impl Fn(&str, &str) -> Operation,
) -> Result<Vec<Operation>, DifferenceError> {
    let mut operations = Vec::new();
    let mut run = |from: &str, to: &str| {
        let operation = operation(from, to);
        trial.run(&operation)?;
        operations.push(operation);
        Ok::<(), DifferenceError>(())
    };
    for Pair { to, .. } in &todo {
        if (names.is_there)(to) && !todo.iter().any(|other| same(&other.from, to)) {
            run(to, &names.between(to))?;
        }
    }
    while !todo.is_empty() {
        let is_free = |pair: &&Pair| {
            !todo.iter().any(|other| *other != **pair && same(&other.from, &pair.to))
        };
        if let Some(next) = todo.iter().find(is_free).cloned() {
            todo.retain(|other| *other != next);
            run(&next.from, &next.to)?;
        } else {
            let between = names.between(&todo[0].from);
            run(&todo[0].from, &between)?;
            todo[0].from = between;
        }
    }
    Ok(operations)
}
