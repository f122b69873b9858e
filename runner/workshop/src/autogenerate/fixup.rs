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
use migration_api::schema::normal::Normal;
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

/// What else goes before a fixup runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Early {
    /// Constraints that end, so that new values need not keep them.
    Constraints,
    /// What is in the way of the new shape and made again behind it: indexes, keys, views, triggers. A constraint
    /// may be what a key needs, so it stays.
    Obstacles,
    /// Nothing, nor are new tables made, whose keys may need what is not there yet.
    Nothing,
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
/// Operations that cannot be put around a fixup, as those of a table that is made anew by SQL.
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
    let (mut whole, split) = task
        .forward(forward, &tables, Early::Constraints)
        .or_else(|_| task.forward(forward, &tables, Early::Obstacles))
        .or_else(|_| task.forward(forward, &tables, Early::Nothing))?;
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

/// The fixups of a way.
struct Fixups<'f> {
    /// The tables that they go over, with the columns that they read and write.
    needs: Vec<(&'f str, Vec<&'f str>)>,
    /// Whether they fill a column of a table, by the names that these have in the end.
    fills: &'f dyn Fn(&str, &str) -> bool,
}

impl Fixups<'_> {
    /// Refuses a schema that lacks what they need.
    fn require(&self, schema: &Normal, direction: Direction) -> Result<(), AutogenerateError> {
        let missing = |(table, columns): &(&str, Vec<&str>)| {
            let found = schema.table(table);
            let lacks = |column: &&&str| found.is_none_or(|found| found.column(column).is_none());
            let column = columns.iter().find(lacks)?;
            Some(format!("table `{table}` has no column `{column}` while its rows are to change"))
        };
        match self.needs.iter().find_map(missing) {
            Some(reason) => Err(AutogenerateError::Refused { direction, reasons: vec![reason] }),
            None => Ok(()),
        }
    }
}

impl Task<'_> {
    /// The way forward, and the number of changes before the fixups.
    fn forward(
        self,
        forward: &Difference,
        tables: &[TypedTable],
        early: Early,
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
        first.extend(rest.iter().filter_map(|change| match &change.operation {
            Operation::CreateTable(_) => (early != Early::Nothing).then(|| change.clone()),
            operation if is_obstacle(operation) => {
                (early == Early::Obstacles).then(|| change.clone())
            }
            Operation::DropConstraint { .. } if early != Early::Constraints => None,
            operation => {
                let table = operation.table()?;
                let own = tables.iter().find(|own| own.called().eq_ignore_ascii_case(table))?;
                first_of(change, |column| own.writes(column))
            }
        }));
        for table in tables {
            let columns = table.retyped().into_iter();
            first.extend(columns.map(|column| kept_as_it_is(table, column)));
        }
        let options = Options { column_order: self.options.column_order, ..Options::default() };
        self.whole(
            Direction::Forward,
            (self.from, self.to),
            forward,
            first,
            &options,
            &Fixups {
                needs: tables.iter().map(|own| (own.called(), own.needs())).collect(),
                fills: &|table, column| {
                    let own = tables.iter().find(|own| own.called().eq_ignore_ascii_case(table));
                    own.is_some_and(|own| own.writes(column))
                },
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
            first.extend(own.and_then(|own| {
                renamed(first_of(change, |column| own.writes_on_the_way_back(column))?, own)
            }));
        }
        for table in &tables {
            let columns = table.retyped_back().into_iter();
            first.extend(columns.map(|column| kept_as_it_is(table, column)));
        }
        let options = self.options.back(forward);
        let whole = self.whole(
            Direction::Backward,
            (self.to, self.from),
            back,
            first,
            &options,
            &Fixups {
                needs: tables
                    .iter()
                    .map(|own| (own.called(), own.needs_on_the_way_back()))
                    .collect(),
                fills: &|table, column| {
                    let own = tables.iter().find(|own| own.name().eq_ignore_ascii_case(table));
                    own.is_some_and(|own| own.writes_on_the_way_back(column))
                },
            },
        );
        whole.ok()
    }

    /// The changes of a way, of which the `first` come before the fixups; proven.
    fn whole(
        self,
        direction: Direction,
        (from, to): (&Blueprint, &Blueprint),
        difference: &Difference,
        first: Vec<Change>,
        options: &Options,
        fixups: &Fixups<'_>,
    ) -> Result<(Difference, usize), Error> {
        let middle = from.copy_to_try(to, "what the fixup meets")?;
        let operations = first.iter().map(|change| change.operation.clone());
        Migrator::new(middle.connection()).run(operations).map_err(|error| {
            AutogenerateError::Refused { direction, reasons: chain(error.source()) }
        })?;
        fixups.require(&middle.schema()?.normal(), direction)?;
        let mut rest = compare(&middle, to, options)?;
        refuse_beyond(&rest, direction)?;
        for change in &mut rest.changes {
            if let Some(fill) = self.fills.iter().find(|fill| fill.decides(change)) {
                change.fill(fill.expression.as_str());
            }
            // The fixup decides what is in the column, and what there was goes with the column that it reads.
            if let Operation::SetNotNull { table, column, .. }
            | Operation::AlterColumnType { table, column, .. } = &change.operation
                && (fixups.fills)(table, column)
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

fn is_obstacle(operation: &Operation) -> bool {
    match operation {
        Operation::DropIndex { .. } | Operation::DropForeignKey { .. } => true,
        Operation::Execute { sql } => sql.starts_with("DROP "),
        _ => false,
    }
}

/// What comes of a change before the fixup of its table: columns are added, NULL where nobody knows what else, and rules
/// that end let the new values in. A generated column may be from what comes later.
fn first_of(change: &Change, is_written: impl Fn(&str) -> bool) -> Option<Change> {
    let mut change = change.clone();
    let is_undecided = change.undecided.take().is_some();
    let is_early = match &mut change.operation {
        Operation::AddColumn { column, .. } => {
            column.column.not_null &= !is_undecided;
            column.column.generated.is_none()
        }
        Operation::DropNotNull { column, .. } => is_written(column),
        Operation::DropConstraint { .. } => true,
        Operation::SetTableOptions { options, .. } => {
            options.strict != Some(true) && options.without_rowid != Some(true)
        }
        _ => false,
    };
    is_early.then_some(change)
}

/// A change of the way back under the names that `own` has while rows change; none where a text may have the others.
fn renamed(mut change: Change, own: &TypedTable) -> Option<Change> {
    match &mut change.operation {
        Operation::AddColumn { table, .. } | Operation::SetTableOptions { table, .. } => {
            own.called().clone_into(table);
        }
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

/// Has a column keep each value as it is. A table is STRICT meanwhile if it is so on both sides.
fn kept_as_it_is(table: &TypedTable, column: &str) -> Change {
    let kept = if table.stays_strict() { "ANY" } else { "BLOB" };
    Change::from(Operation::alter_column_type(table.called(), column, kept))
}
