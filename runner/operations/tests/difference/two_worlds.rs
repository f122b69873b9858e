//! Two databases that have some names in common, and some renames between them.

use std::fmt;

use migration_api::difference::{Options, Rename};
use migration_api::schema::normal::ColumnOrder;
use proptest::collection::vec;
use proptest::prelude::*;

use crate::draft::{Draft, TableDraft, drafts};
use crate::world::World;

#[derive(Clone)]
pub(crate) struct TwoWorlds {
    pub(crate) one: World,
    pub(crate) other: World,
    pub(crate) options: Options,
}

/// What is shown of a failure: both scripts.
impl fmt::Debug for TwoWorlds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}\n--- to ---\n{}\n{:?}", self.one.script(), self.other.script(), self.options)
    }
}

/// What chance decides about what two worlds have in common.
#[derive(Debug, Clone)]
struct Common {
    tables: Vec<u8>,
    columns: Vec<bool>,
    renames: Vec<bool>,
    in_order: bool,
}

pub(crate) fn two_worlds() -> impl Strategy<Value = TwoWorlds> {
    let common =
        (vec(0..4_u8, 4), vec(any::<bool>(), 12), vec(any::<bool>(), 6), any::<bool>()).prop_map(
            |(tables, columns, renames, in_order)| Common { tables, columns, renames, in_order },
        );
    (drafts(), drafts(), common).prop_map(|(one, other, common)| {
        let other = other_like(&one, other, &common);
        let (one, other) = (World::of(&one), World::of(&other));
        let column_order = if common.in_order { ColumnOrder::Same } else { ColumnOrder::Any };
        let renames = renames(&one, &other, &common.renames);
        TwoWorlds { one, other, options: Options { renames, column_order, ..Options::default() } }
    })
}

/// `other` with names, columns and whole tables of `one`.
fn other_like(one: &Draft, mut other: Draft, common: &Common) -> Draft {
    for ((table, like), mode) in other.tables.iter_mut().zip(&one.tables).zip(&common.tables) {
        match mode {
            0 => {}
            1 => table.name = like.name,
            2 => *table = mixed(like, table, &common.columns),
            _ => {
                table.name = like.name;
                table.columns = mixed(like, table, &common.columns).columns;
            }
        }
    }
    other
}

/// `like` with some columns of `table` in the place of its own.
fn mixed(like: &TableDraft, table: &TableDraft, choice: &[bool]) -> TableDraft {
    let mut mixed = like.clone();
    for ((column, other), change) in mixed.columns.iter_mut().zip(&table.columns).zip(choice) {
        if *change {
            let name = column.name;
            *column = other.clone();
            column.name = name;
        }
    }
    mixed.rows = table.rows;
    mixed
}

/// Renames of what goes to what comes, where chance wants them.
fn renames(one: &World, other: &World, choice: &[bool]) -> Vec<Rename> {
    let same = |a: &str, b: &str| a.eq_ignore_ascii_case(b);
    let mut renames = Vec::new();
    let mut wanted = choice.iter().copied();
    let has = |world: &World, name: &str| world.tables.iter().any(|it| same(&it.name, name));
    let gone = one.tables.iter().filter(|table| !has(other, &table.name));
    let new = other.tables.iter().filter(|table| !has(one, &table.name));
    let mut pairs: Vec<_> = one
        .tables
        .iter()
        .filter_map(|table| {
            Some((table, other.tables.iter().find(|it| same(&it.name, &table.name))?))
        })
        .collect();
    for (from, to) in gone.zip(new) {
        if wanted.next() == Some(true) {
            renames.push(Rename::Table { from: from.name.clone(), to: to.name.clone() });
            pairs.push((from, to));
        }
    }
    for (before, after) in pairs {
        let gone = before
            .columns
            .iter()
            .filter(|column| !after.columns.iter().any(|it| same(&it.name, &column.name)));
        let new = after
            .columns
            .iter()
            .filter(|column| !before.columns.iter().any(|it| same(&it.name, &column.name)));
        for (from, to) in gone.zip(new) {
            if wanted.next() == Some(true) {
                let (table, from, to) = (after.name.clone(), from.name.clone(), to.name.clone());
                renames.push(Rename::Column { table, from, to });
            }
        }
    }
    renames
}
