//! The schemas that are compared.

use crate::difference::obstacles::Obstacles;
use crate::schema::Schema;
use crate::schema::normal::{ColumnOrder, Name, Normal, Table};

/// Both schemas, and the obstacles that were found so far.
#[derive(Clone, Copy)]
pub(super) struct Context<'s> {
    pub(super) schema: &'s Schema,
    pub(super) current: &'s Normal,
    pub(super) target: &'s Normal,
    pub(super) order: ColumnOrder,
    pub(super) obstacles: &'s Obstacles,
}

/// A table that is in both.
#[derive(Clone, Copy)]
pub(super) struct Pair<'s> {
    pub(super) old: &'s Table,
    pub(super) new: &'s Table,
}

impl<'s> Context<'s> {
    /// The tables that are in both, in the order of the new ones.
    pub(super) fn pairs(self) -> impl Iterator<Item = Pair<'s>> {
        let new = self.target.tables_in_order().into_iter();
        new.filter_map(move |new| Some(Pair { old: self.current.table(new.name.as_str())?, new }))
    }

    /// The tables that are dropped.
    pub(super) fn gone(self) -> impl Iterator<Item = &'s Table> {
        let is_gone = move |table: &&Table| self.target.table(table.name.as_str()).is_none();
        self.current.tables.iter().filter(is_gone)
    }

    /// Whether a name is in use now or later.
    pub(super) fn is_taken(self, name: &str) -> bool {
        [self.current, self.target].into_iter().any(|schema| {
            schema.tables.iter().any(|table| {
                table.name.is(name) || table.indexes.iter().any(|index| index.name.is(name))
            }) || schema.views.iter().any(|view| view.name.is(name))
                || schema.virtual_tables.iter().any(|table| table.name.is(name))
        })
    }
}

impl Pair<'_> {
    pub(super) fn name(&self) -> &str {
        self.old.name.as_str()
    }

    /// The type that a column of `declared` type must have for as long as the table is not STRICT. What
    /// is ANY in a STRICT table has no type outside of it: there, ANY is NUMERIC.
    pub(super) fn before_strict<'t>(&self, declared: &'t str) -> &'t str {
        if !self.old.strict && self.new.strict && declared == "ANY" { "" } else { declared }
    }

    /// The type that a column of `declared` type has once the table is not STRICT any more.
    pub(super) fn after_strict<'t>(&self, declared: &'t str) -> &'t str {
        if self.old.strict && !self.new.strict && declared == "ANY" { "" } else { declared }
    }

    /// The columns that are dropped and added again under the same name, because their generating expression
    /// changes, and those that are generated from such columns.
    pub(super) fn regenerated(&self) -> Vec<Name> {
        let both = || {
            self.old
                .columns
                .iter()
                .filter_map(|old| Some((old, self.new.column(old.name.as_str())?)))
        };
        let mut names: Vec<Name> = both()
            .filter(|(old, new)| new.generated.is_some() && old.generated != new.generated)
            .map(|(old, _)| old.name.clone())
            .collect();
        loop {
            let before = names.len();
            for (old, _) in both() {
                let from_one = old.generated.as_ref().is_some_and(|generated| {
                    names.iter().any(|name| generated.expression.mentions(name.as_str()))
                });
                if from_one && !names.contains(&old.name) {
                    names.push(old.name.clone());
                }
            }
            if names.len() == before {
                return names;
            }
        }
    }
}
