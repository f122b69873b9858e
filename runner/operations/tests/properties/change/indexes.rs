//! Operations on indexes.

use migration_api::operation::{Index, IndexColumn, Operation};

use super::{About, Change, Outcome};
use crate::database::quoted;

impl About<'_> {
    pub(super) fn add_index(&self) -> Change {
        let (table, named) = (self.name(), &self.drawn().name);
        let quoted = quoted(named);
        let name = format!("added {}", self.draft.other);
        let index = match self.draft.variant % 4 {
            0 => Index::on(&table, [named.as_str()]),
            1 => Index::on(&table, [IndexColumn::new(named).desc().collate("NOCASE")]).named(&name),
            2 => Index::on(&table, [IndexColumn::expression(format!("{quoted} || 'x'"))])
                .named(&name),
            _ => Index::on(&table, ["id"]).unique().where_(format!("{quoted} > 0")).named(&name),
        };
        let is_named = index.name.is_some();
        let mut change = Change::new(Operation::add_index(index), Outcome::Succeeds);
        change.exceptions.added =
            vec![if is_named { format!("index:{name}") } else { "index:*".to_owned() }];
        change
    }

    pub(super) fn drop_index(&self) -> Change {
        match self.table().indexes.first() {
            None => Change::new(Operation::drop_index("nowhere"), Outcome::IsRefused),
            Some(index) => {
                let operation = Operation::drop_index(&index.name);
                let mut change = Change::new(operation, Outcome::Succeeds);
                change.exceptions.removed = vec![format!("index:{}", index.name)];
                change.shapes =
                    self.reshaped(|shape| shape.indexes.retain(|it| it.name != index.name));
                change
            }
        }
    }

    pub(super) fn rename_index(&self) -> Change {
        match self.table().indexes.last() {
            None => Change::new(Operation::rename_index("nowhere", "x"), Outcome::IsRefused),
            Some(index) => {
                let to = "new \"index\"";
                let operation = Operation::rename_index(&index.name, to);
                let mut change = Change::new(operation, Outcome::Succeeds);
                change.exceptions.removed = vec![format!("index:{}", index.name)];
                change.exceptions.added = vec![format!("index:{to}")];
                change.shapes = self.reshaped(|shape| {
                    for it in shape.indexes.iter_mut().filter(|it| it.name == index.name) {
                        it.name = to.to_owned();
                    }
                });
                change
            }
        }
    }
}
