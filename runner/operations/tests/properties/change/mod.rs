//! A random operation on a world, and what is known about it beforehand: whether it has to succeed,
//! what it may touch, and what SQLite must say about each table afterwards.

mod clauses;
mod columns;
mod constraints;
mod indexes;
mod tables;

use migration_api::operation::Operation;

use crate::case::Exceptions;
use crate::draft::ChangeDraft;
use crate::shape::{ColumnShape, IndexShape, Shape, Shapes};
use crate::world::{Key, World};

/// What must become of an operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Outcome {
    Succeeds,
    IsRefused,
    /// Either is right; whatever it is, it is whole.
    Either,
}

pub(crate) struct Change {
    pub(crate) operation: Operation,
    pub(crate) outcome: Outcome,
    pub(crate) exceptions: Exceptions,
    /// What the shapes become, where that is known.
    pub(crate) shapes: Option<Shapes>,
    /// The table it is about, before and after.
    pub(crate) table: Option<(String, String)>,
    /// Columns whose values may change, and names that columns had and have.
    pub(crate) changed_values: Vec<String>,
    pub(crate) renamed_column: Option<(String, String)>,
}

pub(crate) const KINDS: u8 = 23;

impl Change {
    fn new(operation: Operation, outcome: Outcome) -> Self {
        Self {
            operation,
            outcome,
            exceptions: Exceptions::default(),
            shapes: None,
            table: None,
            changed_values: Vec::new(),
            renamed_column: None,
        }
    }
}

/// A world, what SQLite says of it, and the table and columns that an operation is about.
struct About<'w> {
    world: &'w World,
    shapes: &'w Shapes,
    draft: ChangeDraft,
    position: usize,
    column: usize,
}

/// The operation that a draft asks for.
pub(crate) fn change(world: &World, shapes: &Shapes, draft: ChangeDraft) -> Change {
    let position = usize::from(draft.table) % world.tables.len();
    let column = usize::from(draft.column) % world.tables[position].columns.len();
    let about = About { world, shapes, draft, position, column };
    let mut change = match draft.kind % KINDS {
        0 => about.create_table(),
        1 => about.drop_table(),
        2 => about.rename_table(),
        3 => about.add_column(),
        4 => about.drop_column(),
        5 => about.rename_column(),
        6 => about.alter_column_type(),
        7 => about.set_not_null(),
        8 => about.drop_not_null(),
        9 => about.set_default(),
        10 => about.drop_default(),
        11 => about.set_collate(),
        12 => about.add_index(),
        13 => about.drop_index(),
        14 => about.rename_index(),
        15 => about.add_unique(),
        16 => about.add_check(),
        17 => about.add_foreign_key(),
        18 => about.drop_constraint(),
        19 => about.drop_foreign_key(),
        20 => about.set_primary_key(),
        21 => about.reorder_columns(),
        _ => about.set_table_options(),
    };
    if change.table.is_none() {
        let table = about.table().name.clone();
        change.table = Some((table.clone(), table));
    }
    change
}

impl About<'_> {
    fn table(&self) -> &crate::world::Table {
        &self.world.tables[self.position]
    }

    fn name(&self) -> String {
        self.table().name.clone()
    }

    fn drawn(&self) -> &crate::world::Column {
        &self.table().columns[self.column]
    }

    fn other(&self) -> usize {
        usize::from(self.draft.other) % self.table().columns.len()
    }

    /// The shapes with this table's changed.
    fn reshaped(&self, change: impl FnOnce(&mut Shape)) -> Option<Shapes> {
        let mut shapes = self.shapes.clone();
        change(shapes.get_mut(&self.table().name)?);
        Some(shapes)
    }

    fn reshaped_column(&self, change: impl FnOnce(&mut ColumnShape)) -> Option<Shapes> {
        self.reshaped(|shape| change(shape.column(&self.drawn().name)))
    }

    /// Whether a key, a constraint, or anything else but a CHECK of its own is about a column.
    fn is_needed(&self, column: usize) -> bool {
        let table = self.table();
        column == 0
            || (table.key == Key::Pair && column == 1)
            || table.constraints.iter().any(|constraint| constraint.columns().contains(&column))
            || table
                .columns
                .iter()
                .any(|other| other.generated.as_ref().is_some_and(|(_, over)| *over == column))
            || self.world.objects().any(|it| it.columns.contains(&(self.position, column)))
    }
}

impl IndexShape {
    fn is_on(&self, column: &str) -> bool {
        self.terms.iter().any(|(name, ..)| name.as_deref() == Some(column))
    }
}

/// What SQLite makes of a UNIQUE on these columns, each with its collation.
fn unique_shape(columns: Vec<(String, String)>) -> IndexShape {
    IndexShape {
        name: String::new(),
        unique: true,
        origin: "u".to_owned(),
        partial: false,
        terms: columns.into_iter().map(|(name, its)| (Some(name), false, its)).collect(),
    }
}
