//! Operations on constraints and keys.

use migration_api::operation::{Check, ForeignKey, Operation, PrimaryKey, Unique, WhichConstraint};

use super::{About, Change, Outcome, unique_shape};
use crate::database::quoted;
use crate::shape::KeyShape;
use crate::world::{Constraint, Key};

impl About<'_> {
    pub(super) fn add_unique(&self) -> Change {
        let (one, other) = (self.drawn(), &self.table().columns[self.other()]);
        let is_pair = self.column != self.other();
        let columns: Vec<_> = if is_pair { vec![&one.name, &other.name] } else { vec![&one.name] };
        // `id` is never there twice; of the rest some are.
        let is_sure = self.column == 0 || (is_pair && self.other() == 0);
        let outcome = if is_sure { Outcome::Succeeds } else { Outcome::Either };
        let unique = Unique::new(columns.iter().copied());
        let mut change = Change::new(Operation::add_unique(self.name(), unique), outcome);
        // A second UNIQUE of the same columns makes no second index: the shape is left open there.
        if is_pair && self.table().constraints.is_empty() && self.table().key != Key::Pair {
            change.shapes = self.reshaped(|shape| {
                let terms = [one, other]
                    .map(|it| (it.name.clone(), it.collate.unwrap_or("BINARY").to_owned()));
                shape.indexes.push(unique_shape(terms.into()));
            });
        }
        change
    }

    pub(super) fn add_check(&self) -> Change {
        let quoted = quoted(&self.drawn().name);
        let rows = self.table().rows;
        let (check, outcome) = match self.draft.variant % 4 {
            0 => (Check::new(format!("{quoted} IS NOT 'nothing, )'")), Outcome::Succeeds),
            1 => {
                (Check::new(format!("{quoted} = 1 OR 1")).named("added \"check"), Outcome::Succeeds)
            }
            2 if rows > 0 => (Check::new("\"id\" < 0"), Outcome::IsRefused),
            2 => (Check::new("\"id\" < 0"), Outcome::Succeeds),
            _ => (Check::new("\"id\" >"), Outcome::IsRefused),
        };
        let mut change = Change::new(Operation::add_check(self.name(), check), outcome);
        change.shapes = self.reshaped(|shape| shape.checks += 1);
        change
    }

    pub(super) fn add_foreign_key(&self) -> Change {
        let parent = &self.world.tables[usize::from(self.draft.other) % self.world.tables.len()];
        let child = self.drawn();
        let is_unique = !matches!(parent.key, Key::None | Key::Pair);
        let is_unique_by_index =
            parent.indexes.iter().any(|it| it.sql.starts_with("CREATE UNIQUE"));
        let outcome = match (is_unique, self.table().rows) {
            (false, _) if is_unique_by_index => Outcome::Either,
            (false, _) => Outcome::IsRefused,
            (true, 0) if child.generated.is_none() => Outcome::Succeeds,
            _ => Outcome::Either,
        };
        let key = ForeignKey::new([&child.name]).references(&parent.name, ["id"]);
        let mut change = Change::new(Operation::add_foreign_key(self.name(), key), outcome);
        change.shapes = self.reshaped(|shape| {
            shape.foreign_keys.push(KeyShape {
                parent: parent.name.clone(),
                columns: vec![(child.name.clone(), "id".to_owned())],
                actions: ("NO ACTION".to_owned(), "NO ACTION".to_owned()),
            });
        });
        change
    }

    pub(super) fn drop_constraint(&self) -> Change {
        let table = self.table();
        let chosen = usize::from(self.draft.variant) % table.constraints.len().max(1);
        let named = |name: &Option<String>, which| {
            name.as_ref().map_or(which, |name| WhichConstraint::Named(name.clone()))
        };
        let names = |columns: &[usize]| -> Vec<_> {
            columns.iter().map(|column| table.columns[*column].name.clone()).collect()
        };
        let which = match table.constraints.get(chosen) {
            None => WhichConstraint::Named("nowhere".to_owned()),
            Some(Constraint::Unique { name, columns }) => {
                named(name, WhichConstraint::unique(names(columns)))
            }
            Some(Constraint::Check { name, expression, .. }) => {
                named(name, WhichConstraint::check(expression))
            }
            Some(Constraint::ForeignKey { column, .. }) => {
                WhichConstraint::foreign_key(names(&[*column]))
            }
        };
        // Two may say the same; which of them is meant is not said then.
        let outcome = match table.constraints.len() {
            0 => Outcome::IsRefused,
            1 => Outcome::Succeeds,
            _ => Outcome::Either,
        };
        Change::new(Operation::drop_constraint(self.name(), which), outcome)
    }

    pub(super) fn drop_foreign_key(&self) -> Change {
        let name = &self.drawn().name;
        let refers = self.table().refers(self.column);
        let outcome = if refers { Outcome::Succeeds } else { Outcome::IsRefused };
        let operation = Operation::drop_foreign_key(self.name(), [name]);
        let mut change = Change::new(operation, outcome);
        let is_deferred = self.drawn().reference.is_none();
        change.shapes = self.reshaped(|shape| {
            shape.foreign_keys.retain(|key| key.columns[0].0 != *name);
            shape.deferred = shape.deferred.saturating_sub(usize::from(is_deferred));
        });
        change
    }

    pub(super) fn set_primary_key(&self) -> Change {
        let name = &self.drawn().name;
        let key = match self.draft.variant % 3 {
            0 => PrimaryKey::new([name]),
            1 => PrimaryKey::new([name.as_str(), "id"]),
            _ => PrimaryKey::none(),
        };
        let mut change = Change::new(Operation::set_primary_key(self.name(), key), Outcome::Either);
        change.exceptions.rowids = false;
        if self.table().key == Key::Autoincrement
            && !(self.column == 0 && self.draft.variant.is_multiple_of(3))
        {
            change.exceptions.sequence = Some(self.sequence_without(&self.name()));
        }
        change
    }
}
