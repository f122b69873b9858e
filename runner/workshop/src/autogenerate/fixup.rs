//! Derived operations around the data fixups of a migration. What a fixup writes must be there before it runs, and what
//! it reads must be there until then:
//!
//! 1. Renames come first, so that everything has its new name while rows change, on both ways.
//! 2. New tables and columns, NULL where nobody knows what else; and columns of another type as columns that keep each
//!    value as it is: the old one would make 7 of a new `007`.
//! 3. The fixups.
//! 4. What else leads to the new schema: derived anew from the one that the fixups leave behind.

use migration_api::Migrator;
use migration_api::difference::{Change, Difference, Options, Rename};
use migration_api::operation::Operation;
use migration_api::schema::normal::{Normal, Table};
use runner_engine::plan::Direction;

use super::derive::{Derived, Proof, WayBack, compare, refuse_beyond, written};
use super::fill::Fill;
use crate::error::{AutogenerateError, Error, chain};
use crate::scaffold::{Around, Becomes, Transactions, TypedBackward, TypedMigration, TypedTable};
use crate::schema::Blueprint;

/// A migration with fixups, and the same as operations alone.
#[derive(Debug, Clone)]
pub struct DerivedFixup {
    /// What is written.
    pub migration: TypedMigration,
    /// What it does to the schema.
    pub derived: Derived,
}

/// The schemas that a migration leads from and to, and what a person said of it.
#[derive(Clone, Copy)]
struct Task<'t> {
    from: &'t Blueprint,
    to: &'t Blueprint,
    options: &'t Options,
    fills: &'t [Fill],
}

/// Puts the operations of `derived`, which lead from one schema to another, around fixups over the rows of `tables`.
///
/// # Errors
/// A table that is made by the migration itself; operations that cannot be put around a fixup.
pub fn around_fixups(
    (from, to): (&Blueprint, &Blueprint),
    options: &Options,
    fills: &[Fill],
    derived: &Derived,
    tables: Vec<TypedTable>,
) -> Result<DerivedFixup, Error> {
    let task = Task { from, to, options, fills };
    let forward = &derived.forward;
    let normal = to.schema()?.normal();
    let tables: Vec<_> =
        tables.into_iter().map(|table| becoming(table, &normal, forward, fills)).collect();
    let (mut whole, split) = task.forward(forward, &tables)?;
    let around_forward = around(&whole, split, Direction::Forward);
    let ways = derived.ways();
    let mut backward = TypedBackward::Operations(ways.backward);
    let mut way_back = derived.backward.clone();
    if let WayBack::Operations(back) = &derived.backward
        && let Some((back, split)) = task.backward(forward, back, &tables)
    {
        backward = TypedBackward::Around(around(&back, split, Direction::Backward));
        way_back = WayBack::Operations(back);
    }
    whole.perhaps_renamed.clone_from(&forward.perhaps_renamed);
    let migration = TypedMigration {
        tables,
        transactions: Transactions::One,
        forward: around_forward,
        backward,
    };
    Ok(DerivedFixup { migration, derived: Derived { forward: whole, backward: way_back } })
}

/// What the difference makes of a table.
fn becoming(table: TypedTable, to: &Normal, forward: &Difference, fills: &[Fill]) -> TypedTable {
    let renamed: Vec<Rename> = forward.renamed.clone();
    let own = table.name();
    let new_name = renamed.iter().find_map(|rename| match rename {
        Rename::Table { from, to } if from.eq_ignore_ascii_case(own) => Some(to.as_str()),
        _ => None,
    });
    let Some(new) = to.table(new_name.unwrap_or(own)).cloned() else {
        return table.becoming(Becomes::Gone);
    };
    if new == *table.before() {
        return table;
    }
    let filled = fills.iter().filter(|fill| new.name.is(&fill.table));
    let filled = filled.map(|fill| fill.column.clone()).collect();
    table.becoming(Becomes::Other { table: Box::new(new), renamed, filled })
}

impl Task<'_> {
    /// The way forward, and the number of changes before the fixups.
    fn forward(
        self,
        forward: &Difference,
        tables: &[TypedTable],
    ) -> Result<(Difference, usize), Error> {
        let is_rename = |change: &Change| {
            matches!(
                change.operation,
                Operation::RenameTable { .. } | Operation::RenameColumn { .. }
            )
        };
        // What is in the way of a rename is dropped before it.
        let renames = forward.changes.iter().rposition(is_rename).map_or(0, |last| last + 1);
        let (head, rest) = forward.changes.split_at(renames);
        let mut first = head.to_vec();
        let has_fixup =
            |table: &str| tables.iter().any(|own| own.called().eq_ignore_ascii_case(table));
        first.extend(rest.iter().filter_map(|change| match &change.operation {
            Operation::CreateTable(_) => Some(change.clone()),
            operation => {
                operation.table().filter(|table| has_fixup(table)).and_then(|_| early(change))
            }
        }));
        first.extend(tables.iter().flat_map(|table| {
            let columns = table.retyped().into_iter();
            columns.map(|column| kept_as_it_is(table.called(), table.before(), column))
        }));
        let options = Options { column_order: self.options.column_order, ..Options::default() };
        self.whole(
            Direction::Forward,
            (self.from, self.to),
            forward,
            first,
            &options,
            |table, column| {
                let own = tables.iter().find(|own| own.called().eq_ignore_ascii_case(table));
                own.is_some_and(|own| own.writes(column))
            },
        )
    }

    /// The way back, if there is something to write on it. Where its operations cannot be put around a fixup, it has none.
    fn backward(
        self,
        forward: &Difference,
        back: &Difference,
        tables: &[TypedTable],
    ) -> Option<(Difference, usize)> {
        let tables: Vec<_> = tables.iter().filter(|table| table.writes_back()).collect();
        if tables.is_empty() {
            return None;
        }
        let mut first: Vec<Change> = Vec::new();
        for change in &back.changes {
            let table = change.operation.table().unwrap_or_default();
            let own = tables.iter().find(|own| own.name().eq_ignore_ascii_case(table));
            first.extend(own.and_then(|own| renamed(early(change)?, own)));
        }
        for table in &tables {
            let Becomes::Other { table: new, .. } = table.becomes() else { continue };
            let columns = table.retyped_back().into_iter();
            first.extend(columns.map(|column| kept_as_it_is(table.called(), new, column)));
        }
        let options = self.options.back(forward);
        let whole = self.whole(
            Direction::Backward,
            (self.to, self.from),
            back,
            first,
            &options,
            |table, column| {
                let own = tables.iter().find(|own| own.name().eq_ignore_ascii_case(table));
                own.is_some_and(|own| own.writes_on_the_way_back(column))
            },
        );
        whole.ok()
    }

    /// The changes of a way, of which the `first` come before the fixups; proven. `is_written` says which columns a fixup
    /// fills.
    fn whole(
        self,
        direction: Direction,
        (from, to): (&Blueprint, &Blueprint),
        difference: &Difference,
        first: Vec<Change>,
        options: &Options,
        is_written: impl Fn(&str, &str) -> bool,
    ) -> Result<(Difference, usize), Error> {
        let middle = from.copy_to_try(to, "what the fixup meets")?;
        let operations = first.iter().map(|change| change.operation.clone());
        Migrator::new(middle.connection()).run(operations).map_err(|error| {
            AutogenerateError::Refused { direction, reasons: chain(error.source()) }
        })?;
        let mut rest = compare(&middle, to, options)?;
        refuse_beyond(&rest, direction)?;
        for change in &mut rest.changes {
            if let Some(fill) = self.fills.iter().find(|fill| fill.decides(change)) {
                change.fill(fill.expression.as_str());
            }
            // The fixup decides what is in the column, and what there was goes with the column that it reads.
            if let Operation::SetNotNull { table, column, .. }
            | Operation::AlterColumnType { table, column, .. } = &change.operation
                && is_written(table, column)
            {
                change.undecided = None;
                change.losses.clear();
            }
        }
        let split = first.len();
        let mut whole = difference.clone();
        whole.changes = first;
        whole.changes.extend(rest.changes);
        let proof = Proof::of(from, to, self.options.column_order)?;
        proof.prove(direction, &whole, to)?;
        Ok((whole, split))
    }
}

fn around(whole: &Difference, split: usize, direction: Direction) -> Around {
    let (before, after) = whole.changes.split_at(split);
    let of = |change: &Change| written(change, direction);
    let first = |change: &Change| match change.operation {
        Operation::AlterColumnType { .. } => of(change).noted("Keeps each value as it is."),
        _ => of(change),
    };
    Around { before: before.iter().map(first).collect(), after: after.iter().map(of).collect() }
}

/// What comes of a change before the fixup of its table: columns are added, NULL where nobody knows what else, and rules
/// that end let the new values in. A generated column may be from what comes later.
fn early(change: &Change) -> Option<Change> {
    let mut change = change.clone();
    let is_undecided = change.undecided.take().is_some();
    let is_early = match &mut change.operation {
        Operation::AddColumn { column, .. } => {
            column.column.not_null &= !is_undecided;
            column.column.generated.is_none()
        }
        Operation::DropNotNull { .. } | Operation::DropConstraint { .. } => true,
        _ => false,
    };
    is_early.then_some(change)
}

/// A change of the way back under the names that `own` has while rows change; none where a text may have the others.
fn renamed(mut change: Change, own: &TypedTable) -> Option<Change> {
    match &mut change.operation {
        Operation::AddColumn { table, .. } => own.called().clone_into(table),
        Operation::DropNotNull { table, column } => {
            *column = own.column_called(column).to_owned();
            own.called().clone_into(table);
        }
        Operation::DropConstraint { table, .. } if !own.renames_columns() => {
            own.called().clone_into(table);
        }
        _ => return None,
    }
    Some(change)
}

/// Has a column keep each value as it is.
fn kept_as_it_is(called: &str, table: &Table, column: &str) -> Change {
    let kept = if table.strict { "ANY" } else { "BLOB" };
    Change::from(Operation::alter_column_type(called, column, kept))
}
