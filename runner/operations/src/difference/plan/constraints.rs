//! UNIQUE and CHECK.

use super::context::Pair;
use crate::difference::change::Change;
use crate::difference::loss::Loss;
use crate::difference::to_operations;
use crate::operation::{Operation, WhichConstraint};
use crate::schema::normal::{Check, Name, Table, Unique};

/// Which constraints a table loses and gets.
pub(super) struct Constraints<'s> {
    table: &'s Table,
    dropped: Vec<WhichConstraint>,
    uniques: Vec<&'s Unique>,
    checks: Vec<&'s Check>,
    /// Those that are new, and not made again.
    new_rules: (Vec<&'s Unique>, Vec<&'s Check>),
}

/// The constraints that are dropped, for good or to be made again.
struct Leaving<'s> {
    uniques: Vec<&'s Unique>,
    checks: Vec<&'s Check>,
}

impl<'s> Leaving<'s> {
    fn of(pair: &Pair<'s>, regenerated: &[Name]) -> Self {
        let (old, new) = (pair.old, pair.new);
        let is_about = |unique: &Unique| {
            unique.columns.iter().any(|column| regenerated.contains(&column.name))
        };
        let asks =
            |check: &Check| regenerated.iter().any(|name| check.expression.mentions(name.as_str()));
        let uniques = old.uniques.iter().filter(|it| is_about(it) || !new.uniques.contains(it));
        let checks = old.checks.iter().filter(|it| asks(it) || !new.checks.contains(it));
        Self { uniques: uniques.collect(), checks: checks.collect() }
    }

    /// The selectors that find them, each once.
    fn selectors(&self) -> Vec<WhichConstraint> {
        let uniques = self.uniques.iter().map(|it| which_unique(it));
        let mut all: Vec<WhichConstraint> = Vec::new();
        for which in uniques.chain(self.checks.iter().map(|it| which_check(it))) {
            if !all.contains(&which) {
                all.push(which);
            }
        }
        all
    }

    /// Whether `unique` is found as one of them.
    fn take_along(&self, unique: &Unique) -> bool {
        let alike = |gone: &&Unique| gone.name.is_none() && columns(gone) == columns(unique);
        self.have_name(unique.name.as_ref()) || self.uniques.iter().any(alike)
    }

    /// Whether `check` is found as one of them.
    fn take_check_along(&self, check: &Check) -> bool {
        let alike = |gone: &&Check| gone.name.is_none() && gone.expression == check.expression;
        self.have_name(check.name.as_ref()) || self.checks.iter().any(alike)
    }

    fn have_name(&self, name: Option<&Name>) -> bool {
        let uniques = self.uniques.iter().map(|it| it.name.as_ref());
        let mut names = uniques.chain(self.checks.iter().map(|it| it.name.as_ref()));
        name.is_some() && names.any(|gone| gone == name)
    }
}

impl<'s> Constraints<'s> {
    /// Those of `pair`; what is about `regenerated` columns is dropped and made again.
    pub(super) fn of(pair: &Pair<'s>, regenerated: &[Name]) -> Self {
        let (old, new) = (pair.old, pair.new);
        let leaving = Leaving::of(pair, regenerated);
        let stays = |unique: &Unique| old.uniques.contains(unique) && !leaving.take_along(unique);
        let holds = |check: &Check| old.checks.contains(check) && !leaving.take_check_along(check);
        let uniques: Vec<_> = new.uniques.iter().filter(|it| !stays(it)).collect();
        let checks: Vec<_> = new.checks.iter().filter(|it| !holds(it)).collect();
        let new_rules = (
            uniques.iter().copied().filter(|it| !old.uniques.contains(it)).collect(),
            checks.iter().copied().filter(|it| !old.checks.contains(it)).collect(),
        );
        Self { table: new, dropped: leaving.selectors(), uniques, checks, new_rules }
    }

    /// Takes out the UNIQUE of a new column that a clause of the column can express.
    pub(super) fn take_unique(&mut self, column: &Name) -> bool {
        let at =
            self.uniques.iter().position(|it| to_operations::unique_column(it) == Some(column));
        at.map(|at| self.uniques.remove(at)).is_some()
    }

    pub(super) fn drop(&self) -> Vec<Change> {
        let drop = |which: &WhichConstraint| {
            Change::new(Operation::drop_constraint(&self.table.name, which.clone()))
        };
        self.dropped.iter().map(drop).collect()
    }

    pub(super) fn add(&self) -> Vec<Change> {
        let table = self.table;
        let mut changes = Vec::new();
        for unique in &self.uniques {
            let Some(said) = to_operations::unique(unique) else { continue };
            let rule = Loss::rule(table, &said);
            let loss = self.new_rules.0.contains(unique).then_some(rule);
            changes.push(Change::new(Operation::add_unique(&table.name, said)).losing(loss));
        }
        for check in &self.checks {
            let said = to_operations::check(check);
            let rule = Loss::rule(table, &said);
            let loss = self.new_rules.1.contains(check).then_some(rule);
            changes.push(Change::new(Operation::add_check(&table.name, said)).losing(loss));
        }
        changes
    }
}

fn columns(unique: &Unique) -> Vec<&Name> {
    unique.columns.iter().map(|column| &column.name).collect()
}

fn which_unique(unique: &Unique) -> WhichConstraint {
    match &unique.name {
        Some(name) => WhichConstraint::Named(String::from(name)),
        None => WhichConstraint::unique(columns(unique)),
    }
}

fn which_check(check: &Check) -> WhichConstraint {
    match &check.name {
        Some(name) => WhichConstraint::Named(String::from(name)),
        None => WhichConstraint::check(check.expression.source()),
    }
}
