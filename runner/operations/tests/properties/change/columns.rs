//! Columns that come, go, and get other names.

use migration_api::operation::{AddedColumn, Column, Operation};

use super::{About, Change, Outcome, unique_shape};
use crate::shape::ColumnShape;
use crate::world::{Key, Object};

impl About<'_> {
    pub(super) fn add_column(&self) -> Change {
        let name = format!("new \"{}", self.draft.variant % 4);
        let at = self.drawn().name.clone();
        let (column, not_null, default) = match self.draft.variant % 6 {
            0 => (Column::integer(&name).into(), false, None),
            1 => (Column::integer(&name).not_null().default(7).into(), true, Some("7")),
            2 => (Column::integer(&name).default_sql("1 + 1").into(), false, Some("1 + 1")),
            3 => (Column::integer(&name).not_null().backfill("id * 2"), true, None),
            4 => (Column::integer(&name).unique().check("1").into(), false, None),
            _ => (Column::integer(&name).not_null().into(), true, None),
        };
        let (place, column): (usize, _) = match self.draft.other % 3 {
            0 => (self.table().columns.len(), column),
            1 => (self.column + 1, AddedColumn::after(column, &at)),
            _ => (self.column, column.before(&at)),
        };
        let variant = self.draft.variant % 6;
        let outcome = match variant {
            5 if self.table().rows > 0 => Outcome::IsRefused,
            _ => Outcome::Succeeds,
        };
        let mut change = Change::new(Operation::add_column(self.name(), column), outcome);
        change.shapes = self.reshaped(|shape| {
            let added = ColumnShape {
                name: name.clone(),
                declared_type: "INTEGER".to_owned(),
                not_null,
                default: default.map(str::to_owned),
                key: 0,
                hidden: 0,
            };
            shape.columns.insert(place, added);
            if variant == 4 {
                shape.checks += 1;
                shape.indexes.push(unique_shape(vec![(name.clone(), "BINARY".to_owned())]));
            }
        });
        change
    }

    pub(super) fn drop_column(&self) -> Change {
        let drawn = self.drawn();
        // A UNIQUE of its own goes with it, and so does its key.
        let outcome = if self.is_needed(self.column) { Outcome::Either } else { Outcome::Succeeds };
        let is_pinned = self.world.objects().any(|object| {
            object.columns.contains(&(self.position, self.column))
                && !self.table().indexes.iter().any(|index| index.name == object.name)
        });
        let outcome = if is_pinned { Outcome::IsRefused } else { outcome };
        let operation = if self.draft.variant.is_multiple_of(2) {
            Operation::drop_column(self.name(), &drawn.name)
        } else {
            Operation::drop_column_cascade(self.name(), &drawn.name)
        };
        let mut change = Change::new(operation, outcome);
        if self.draft.variant % 2 == 1 {
            let uses = |index: &&Object| index.columns.contains(&(self.position, self.column));
            let indexes = self.table().indexes.iter().filter(uses);
            change.exceptions.removed =
                indexes.map(|index| format!("index:{}", index.name)).collect();
        }
        if self.column == 0 {
            // Without its key a table may get other rowids and forgets the mark of AUTOINCREMENT.
            change.exceptions.rowids = false;
            if self.table().key == Key::Autoincrement {
                change.exceptions.sequence = Some(self.sequence_without(&self.name()));
            }
        }
        if outcome == Outcome::Succeeds {
            change.shapes = self.reshaped(|shape| {
                shape.columns.retain(|column| column.name != drawn.name);
                shape.checks -= usize::from(drawn.check.is_some());
                let replaces = drawn.is_unique && !drawn.comment.is_empty();
                shape.conflicts -= usize::from(replaces);
                shape.indexes.retain(|index| !(index.origin == "u" && index.is_on(&drawn.name)));
                shape.foreign_keys.retain(|key| key.columns[0].0 != drawn.name);
            });
        }
        change.changed_values = vec![drawn.name.clone()];
        change
    }

    pub(super) fn rename_column(&self) -> Change {
        let (table, from, to) = (self.name(), self.drawn().name.clone(), "re \"named\"".to_owned());
        let mut change =
            Change::new(Operation::rename_column(&table, &from, &to), Outcome::Succeeds);
        let mentioning =
            self.world.objects().filter(|object| object.tables.contains(&self.position));
        change.exceptions.touched.extend(mentioning.map(|object| object.name.clone()));
        let children = self.world.children(self.position);
        let children = children.iter().map(|(child, _)| self.world.tables[*child].name.clone());
        change.exceptions.touched.extend(children);
        let mut shapes = self.shapes.clone();
        for (name, shape) in &mut shapes {
            for key in &mut shape.foreign_keys {
                for (child, parent) in &mut key.columns {
                    if *name == table && *child == from {
                        child.clone_from(&to);
                    }
                    if key.parent == table && *parent == from {
                        parent.clone_from(&to);
                    }
                }
            }
        }
        if let Some(shape) = shapes.get_mut(&table) {
            shape.column(&from).name.clone_from(&to);
            for (column, ..) in shape.indexes.iter_mut().flat_map(|index| &mut index.terms) {
                if column.as_ref() == Some(&from) {
                    *column = Some(to.clone());
                }
            }
        }
        change.shapes = Some(shapes);
        change.renamed_column = Some((from, to));
        change
    }
}
