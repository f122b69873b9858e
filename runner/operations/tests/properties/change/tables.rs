//! Operations on whole tables.

use migration_api::operation::{Check, Column, ForeignKey, Operation, Table, TableOptions};

use super::{About, Change, Outcome};
use crate::shape::ColumnShape;
use crate::world::Key;

impl About<'_> {
    pub(super) fn create_table(&self) -> Change {
        let name = format!("fresh \"{}", self.draft.variant);
        let parent = self.table();
        let mut table = Table::new(&name)
            .column(Column::integer("id").primary_key())
            .column(Column::text("a b").not_null().default("it's").unique())
            .check(Check::new("length(\"a b\") < 9").named("short"));
        if !matches!(parent.key, Key::None | Key::Pair) {
            let key = ForeignKey::new(["parent"]).references(&parent.name, ["id"]);
            table = table.column(Column::integer("parent")).foreign_key(key);
        }
        if self.draft.other.is_multiple_of(2) {
            table = table.strict();
        }
        let mut change = Change::new(Operation::create_table(table), Outcome::Succeeds);
        change.exceptions.added = vec![format!("table:{name}")];
        change.table = Some((name.clone(), name));
        change
    }

    pub(super) fn drop_table(&self) -> Change {
        let table = self.table();
        let name = self.name();
        // Its own views need it too: a view is no part of a table.
        let is_needed = self.world.objects().any(|object| {
            let is_its_own =
                table.indexes.iter().chain(&table.triggers).any(|it| it.name == object.name);
            object.tables.contains(&self.position) && !is_its_own
        });
        let has_children = self.world.children(self.position).iter().any(|(child, column)| {
            *child != self.position
                && (0..self.world.tables[*child].rows).any(|row| {
                    self.world.tables[*child].value(*column, row, &self.world.tables) != "NULL"
                })
        });
        let is_parent =
            self.world.children(self.position).iter().any(|(child, _)| *child != self.position);
        let outcome = match (is_needed || has_children, is_parent) {
            (true, _) => Outcome::IsRefused,
            // A child without rows keeps a key to nothing, and its triggers may not stand that.
            (false, true) => Outcome::Either,
            (false, false) => Outcome::Succeeds,
        };
        let mut change = Change::new(Operation::drop_table(&name), outcome);
        change.exceptions.removed = vec![format!("table:{name}")];
        let indexes = table.indexes.iter().map(|index| format!("index:{}", index.name));
        let triggers = table.triggers.iter().map(|trigger| format!("trigger:{}", trigger.name));
        change.exceptions.removed.extend(indexes.chain(triggers));
        if table.key == Key::Autoincrement && table.rows > 0 {
            change.exceptions.sequence = Some(self.sequence_without(&name));
        }
        let mut shapes = self.shapes.clone();
        shapes.remove(&name);
        change.shapes = Some(shapes);
        change
    }

    pub(super) fn sequence_without(&self, gone: &str) -> Vec<(String, i64)> {
        let marked = self.world.tables.iter().filter(|table| {
            table.key == Key::Autoincrement && table.rows > 0 && table.name != gone
        });
        marked.map(|table| (table.name.clone(), 99)).collect()
    }

    pub(super) fn rename_table(&self) -> Change {
        let (name, to) = (self.name(), format!("renamed 'to' {}", self.draft.variant));
        let mut change = Change::new(Operation::rename_table(&name, &to), Outcome::Succeeds);
        change.exceptions.added = vec![format!("table:{to}")];
        change.exceptions.removed = vec![format!("table:{name}")];
        let mentioning =
            self.world.objects().filter(|object| object.tables.contains(&self.position));
        change.exceptions.touched.extend(mentioning.map(|object| object.name.clone()));
        let children = self.world.children(self.position);
        let children = children.iter().map(|(child, _)| self.world.tables[*child].name.clone());
        change.exceptions.touched.extend(children);
        if self.table().key == Key::Autoincrement && self.table().rows > 0 {
            let mut sequence = self.sequence_without(&name);
            sequence.push((to.clone(), 99));
            change.exceptions.sequence = Some(sequence);
        }
        let mut shapes = self.shapes.clone();
        if let Some(shape) = shapes.remove(&name) {
            shapes.insert(to.clone(), shape);
        }
        for key in shapes.values_mut().flat_map(|shape| &mut shape.foreign_keys) {
            if key.parent == name {
                key.parent.clone_from(&to);
            }
        }
        change.shapes = Some(shapes);
        change.table = Some((name, to));
        change
    }

    pub(super) fn reorder_columns(&self) -> Change {
        let first = [&self.drawn().name, &self.table().columns[self.other()].name];
        let first = if first[0] == first[1] { &first[..1] } else { &first[..] };
        let operation = Operation::reorder_columns(self.name(), first.iter().copied());
        let mut change = Change::new(operation, Outcome::Succeeds);
        change.shapes = self.reshaped(|shape| {
            let place = |column: &ColumnShape| first.iter().position(|name| **name == column.name);
            shape.columns.sort_by_key(|column| place(column).unwrap_or(usize::MAX));
        });
        change
    }

    pub(super) fn set_table_options(&self) -> Change {
        let table = self.table();
        let has_key = !matches!(table.key, Key::None | Key::Unique);
        let is_without = table.key == Key::WithoutRowid;
        let (options, outcome) = match self.draft.variant % 4 {
            0 => (TableOptions::new().strict(false), Outcome::Succeeds),
            1 => (TableOptions::new().strict(true), Outcome::Either),
            2 => (TableOptions::new().without_rowid(false), Outcome::Succeeds),
            _ if has_key => (TableOptions::new().without_rowid(true), Outcome::Either),
            _ => (TableOptions::new().without_rowid(true), Outcome::IsRefused),
        };
        let mut change = Change::new(Operation::set_table_options(self.name(), options), outcome);
        // What has no rowids for a while gets other ones.
        change.exceptions.rowids = options.without_rowid != Some(true);
        let is_plain = self.draft.variant % 4 != 3 && !(self.draft.variant % 4 == 2 && is_without);
        if is_plain {
            change.shapes = self.reshaped(|shape| {
                // In STRICT a key forbids NULL by itself.
                if let (Key::Pair, Some(strict)) = (table.key, options.strict) {
                    shape.column("id").not_null = strict;
                }
                // What keeps any value is ANY in a STRICT table, and has no type in another.
                let (any, none) = ("ANY".to_owned(), String::new());
                for column in &mut shape.columns {
                    match (shape.is_strict, options.strict) {
                        (true, Some(false)) if column.declared_type == any => {
                            column.declared_type.clone_from(&none);
                        }
                        (false, Some(true)) if column.declared_type == none => {
                            column.declared_type.clone_from(&any);
                        }
                        _ => {}
                    }
                }
                shape.is_strict = options.strict.unwrap_or(shape.is_strict);
            });
        }
        if table.key == Key::Autoincrement && options.without_rowid == Some(true) {
            change.exceptions.sequence = Some(self.sequence_without(&self.name()));
        }
        change
    }
}
