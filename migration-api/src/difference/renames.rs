//! Gives tables and columns their new names.

use super::error::{DifferenceError, RenameError};
use super::options::Rename;
use super::trial::Trial;
use crate::operation::Operation;
use crate::schema::name::same;
use crate::schema::normal::Normal;

/// A name and the one it gets.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Pair {
    from: String,
    to: String,
}

/// What is to be done with a rename.
enum Step {
    Do,
    /// It was done before, or is the other way's.
    Nothing,
    /// There is nothing of the old name.
    NoOld,
    /// There will be nothing of the new name.
    NoNew,
}

/// Carries out the renames on `trial`, tables first, and gives the operations. One whose old name is
/// there no more and whose new name is there already was done before.
pub(super) fn rename(
    trial: &Trial,
    target: &Normal,
    renames: &[Rename],
) -> Result<Vec<Operation>, DifferenceError> {
    let mut operations = rename_tables(trial, target, renames)?;
    for table in &target.tables {
        operations.extend(rename_columns(trial, target, table.name.as_str(), renames)?);
    }
    for rename in renames {
        if let Rename::Column { table, from, to } = rename
            && target.table(in_target(target, renames, table)).is_none()
        {
            let (table, from, to) = (table.clone(), from.clone(), to.clone());
            return Err(RenameError::NoNewColumn { table, from, to }.into());
        }
    }
    Ok(operations)
}

/// The name of `table` in `target`: on the way back from what was done before, its new name is still to
/// come, and never will.
fn in_target<'r>(target: &Normal, renames: &'r [Rename], table: &'r str) -> &'r str {
    let old = renames.iter().find_map(|rename| match rename {
        Rename::Table { from, to } if same(to, table) => Some(from.as_str()),
        _ => None,
    });
    if target.table(table).is_some() { table } else { old.unwrap_or(table) }
}

fn rename_tables(
    trial: &Trial,
    target: &Normal,
    renames: &[Rename],
) -> Result<Vec<Operation>, DifferenceError> {
    let current = trial.schema()?.normal();
    let pairs: Vec<Pair> = renames
        .iter()
        .filter_map(|rename| match rename {
            Rename::Table { from, to } => Some(Pair { from: from.clone(), to: to.clone() }),
            Rename::Column { .. } => None,
        })
        .collect();
    require_once(&pairs)?;
    let has = |schema: &Normal, name: &str| {
        schema.table(name).is_some() || schema.virtual_tables.iter().any(|it| it.name.is(name))
    };
    let mut todo = Vec::new();
    for pair in &pairs {
        let Pair { from, to } = pair.clone();
        match step(pair, &pairs, |name| has(&current, name), |name| has(target, name)) {
            Step::Do => todo.push(pair.clone()),
            Step::Nothing => {}
            Step::NoOld => return Err(RenameError::NoTable { from, to }.into()),
            Step::NoNew => return Err(RenameError::NoNewTable { from, to }.into()),
        }
    }
    run(trial, todo, |pair| Operation::rename_table(&pair.from, &pair.to))
}

fn rename_columns(
    trial: &Trial,
    target: &Normal,
    table: &str,
    renames: &[Rename],
) -> Result<Vec<Operation>, DifferenceError> {
    let pairs: Vec<Pair> = renames
        .iter()
        .filter_map(|rename| match rename {
            Rename::Column { table: own, from, to }
                if same(in_target(target, renames, own), table) =>
            {
                Some(Pair { from: from.clone(), to: to.clone() })
            }
            _ => None,
        })
        .collect();
    if pairs.is_empty() {
        return Ok(Vec::new());
    }
    require_once(&pairs)?;
    let current = trial.schema()?.normal();
    let has = |schema: &Normal, name: &str| {
        schema.table(table).is_some_and(|table| table.column(name).is_some())
    };
    let mut todo = Vec::new();
    for pair in &pairs {
        let (table, Pair { from, to }) = (table.to_owned(), pair.clone());
        match step(pair, &pairs, |name| has(&current, name), |name| has(target, name)) {
            Step::Do => todo.push(pair.clone()),
            Step::Nothing => {}
            Step::NoOld => return Err(RenameError::NoColumn { table, from, to }.into()),
            Step::NoNew => return Err(RenameError::NoNewColumn { table, from, to }.into()),
        }
    }
    run(trial, todo, |pair| Operation::rename_column(table, &pair.from, &pair.to))
}

/// Refuses renames of which one takes what another one has or gives.
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

fn step(
    pair: &Pair,
    all: &[Pair],
    is_there: impl Fn(&str) -> bool,
    will_be_there: impl Fn(&str) -> bool,
) -> Step {
    let moves_on = all.iter().any(|other| same(&other.from, &pair.to));
    match (is_there(&pair.from), is_there(&pair.to) && !moves_on) {
        (_, true) => Step::Nothing,
        (true, false) if will_be_there(&pair.to) => Step::Do,
        (true, false) if will_be_there(&pair.from) => Step::Nothing,
        (true, false) => Step::NoNew,
        (false, false) => Step::NoOld,
    }
}

/// Carries them out, each when its new name is free. Names that go round in a circle get one of their
/// own on the way.
fn run(
    trial: &Trial,
    mut todo: Vec<Pair>,
    operation: impl Fn(&Pair) -> Operation,
) -> Result<Vec<Operation>, DifferenceError> {
    let mut operations = Vec::new();
    while !todo.is_empty() {
        let is_free = |pair: &&Pair| {
            !todo.iter().any(|other| *other != **pair && same(&other.from, &pair.to))
        };
        let next = match todo.iter().find(is_free).cloned() {
            Some(pair) => {
                todo.retain(|other| *other != pair);
                pair
            }
            None => {
                let first = &mut todo[0];
                let between = format!("{}_on_its_way", first.from);
                let step = Pair { from: first.from.clone(), to: between.clone() };
                first.from = between;
                step
            }
        };
        let operation = operation(&next);
        trial.run(&operation)?;
        operations.push(operation);
    }
    Ok(operations)
}
