//! Operations on a clause of a column.

use migration_api::operation::Operation;

use super::{About, Change, Outcome};
use crate::world::Key;

impl About<'_> {
    pub(super) fn alter_column_type(&self) -> Change {
        let drawn = self.drawn();
        let types = ["TEXT", "INTEGER", "VARCHAR(33)", "REAL", "", "ANY"];
        let to = types[usize::from(self.draft.variant) % types.len()];
        let is_plain = self.column != 0
            && !self.table().is_strict
            && drawn.generated.is_none()
            && !self.table().refers(self.column)
            && !(self.table().key == Key::Pair && self.column == 1);
        // Numbers in text may meet as numbers; to TEXT nothing meets.
        let outcome = if is_plain && matches!(to, "TEXT" | "VARCHAR(33)" | "") {
            Outcome::Succeeds
        } else {
            Outcome::Either
        };
        let operation = Operation::alter_column_type(self.name(), &drawn.name, to);
        let mut change = Change::new(operation, outcome);
        if self.column == 0 {
            change.exceptions.rowids = false;
        } else {
            change.shapes = self.reshaped_column(|column| column.declared_type = to.to_owned());
        }
        change.changed_values = vec![drawn.name.clone()];
        change.changed_values.extend(self.generated_columns());
        change
    }

    pub(super) fn generated_columns(&self) -> impl Iterator<Item = String> {
        let columns = self.table().columns.iter();
        columns.filter(|column| column.generated.is_some()).map(|column| column.name.clone())
    }

    pub(super) fn set_not_null(&self) -> Change {
        let drawn = self.drawn();
        let has_null = self.table().has_null(self.column, &self.world.tables);
        let is_generated = drawn.generated.is_some();
        let fills = self.draft.variant.is_multiple_of(2) && !is_generated;
        let operation = if fills {
            Operation::set_not_null_filling(self.name(), &drawn.name, "42")
        } else {
            Operation::set_not_null(self.name(), &drawn.name)
        };
        let outcome = match (has_null, fills) {
            _ if is_generated || self.column == 0 => Outcome::Either,
            (false, _) => Outcome::Succeeds,
            (true, false) => Outcome::IsRefused,
            // 42 may be no key of the parent, no value of the type, or there twice.
            (true, true) => Outcome::Either,
        };
        let mut change = Change::new(operation, outcome);
        change.shapes = self.reshaped_column(|column| column.not_null = true);
        if fills && has_null {
            change.changed_values = vec![drawn.name.clone()];
            change.changed_values.extend(self.generated_columns());
        }
        change
    }

    pub(super) fn drop_not_null(&self) -> Change {
        let is_key = self.column == 0 || (self.table().key == Key::Pair && self.column == 1);
        let outcome = if is_key { Outcome::Either } else { Outcome::Succeeds };
        let operation = Operation::drop_not_null(self.name(), &self.drawn().name);
        let mut change = Change::new(operation, outcome);
        if !is_key {
            change.shapes = self.reshaped_column(|column| column.not_null = false);
        }
        change
    }

    pub(super) fn set_default(&self) -> Change {
        let drawn = self.drawn();
        let defaults = ["5", "'it''s, (x)'", "1 + 1", "CURRENT_DATE", "NULL", "x'00'"];
        let default = defaults[usize::from(self.draft.variant) % defaults.len()];
        let is_doubtful = drawn.generated.is_some() || self.column == 0;
        let outcome = if is_doubtful { Outcome::Either } else { Outcome::Succeeds };
        let operation = Operation::set_default_sql(self.name(), &drawn.name, default);
        let mut change = Change::new(operation, outcome);
        change.shapes = self.reshaped_column(|column| column.default = Some(default.to_owned()));
        change
    }

    pub(super) fn drop_default(&self) -> Change {
        let operation = Operation::drop_default(self.name(), &self.drawn().name);
        let mut change = Change::new(operation, Outcome::Succeeds);
        change.shapes = self.reshaped_column(|column| column.default = None);
        change
    }

    pub(super) fn set_collate(&self) -> Change {
        let name = &self.drawn().name;
        let operation = match self.draft.variant % 3 {
            0 => Operation::set_collate(self.name(), name, "NOCASE"),
            1 => Operation::set_collate(self.name(), name, "RTRIM"),
            _ => Operation::drop_collate(self.name(), name),
        };
        let outcome = if self.column == 0 { Outcome::Either } else { Outcome::Succeeds };
        let mut change = Change::new(operation, outcome);
        let collation = ["NOCASE", "RTRIM", "BINARY"][usize::from(self.draft.variant) % 3];
        change.shapes = self.reshaped(|shape| {
            for index in &mut shape.indexes {
                // An index may say its own; the worlds' do so with NOCASE and nothing else.
                let is_said = self
                    .table()
                    .indexes
                    .iter()
                    .any(|it| it.name == index.name && it.sql.contains("COLLATE NOCASE"));
                for (column, _, its) in &mut index.terms {
                    if column.as_ref() == Some(name) && !is_said {
                        *its = collation.to_owned();
                    }
                }
            }
        });
        change
    }
}
