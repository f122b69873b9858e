//! What the operations of a way forward take away, by the names before it: the constant `LOSES` of a new migration.

use migration_api::operation::Operation;
use runner_engine::LossName;

use super::operations::Written;

/// What `forward` takes away, in the order in which it does. Tables and columns that it has made itself are no loss.
pub(super) fn loses<'w>(forward: impl IntoIterator<Item = &'w Written>) -> Vec<LossName> {
    let mut names = Names::default();
    let mut lost = Vec::new();
    for Written { operation, loses_values, .. } in forward {
        let found = match operation {
            Operation::DropTable { table, .. } => names.table(table).map(LossName::of_table),
            Operation::DropColumn { table, column, .. } => names.column(table, column),
            Operation::AlterColumnType { table, column, .. } if *loses_values => {
                names.column(table, column)
            }
            _ => None,
        };
        lost.extend(found.filter(|name| !lost.contains(name)));
        names.follow(operation);
    }
    lost
}

/// The list as a constant has it; `None`: it is empty.
pub(crate) fn constant(loses: &[LossName]) -> Option<String> {
    let texts: Vec<_> = loses.iter().map(|name| format!("{:?}", name.to_string())).collect();
    (!texts.is_empty()).then(|| format!("&[{}]", texts.join(", ")))
}

/// Names that there are now, with what they were before; `None`: there was none.
#[derive(Default)]
struct Names {
    tables: Vec<(String, Option<String>)>,
    /// Of tables by the names that they have now.
    columns: Vec<((String, String), Option<String>)>,
}

impl Names {
    /// What the `table` of today was called; `None`: there was none.
    fn table(&self, table: &str) -> Option<String> {
        let known = self.tables.iter().rev().find(|(now, _)| now.eq_ignore_ascii_case(table));
        known.map_or_else(|| Some(table.to_owned()), |(_, before)| before.clone())
    }

    /// What the `column` of today was called, with its table.
    fn column(&self, table: &str, column: &str) -> Option<LossName> {
        let before = self.column_before(table, column)?;
        Some(LossName::of_column(self.table(table)?, before))
    }

    fn column_before(&self, table: &str, column: &str) -> Option<String> {
        let is_it = |(own, name): &(String, String)| {
            own.eq_ignore_ascii_case(table) && name.eq_ignore_ascii_case(column)
        };
        let known = self.columns.iter().rev().find(|(now, _)| is_it(now));
        known.map_or_else(|| Some(column.to_owned()), |(_, before)| before.clone())
    }

    fn follow(&mut self, operation: &Operation) {
        match operation {
            Operation::CreateTable(table) => self.tables.push((table.name.clone(), None)),
            Operation::RenameTable { table, to, .. } => {
                self.tables.push((to.clone(), self.table(table)));
                let moved: Vec<_> = self
                    .columns
                    .iter()
                    .filter(|((own, _), _)| own.eq_ignore_ascii_case(table))
                    .map(|((_, name), before)| ((to.clone(), name.clone()), before.clone()))
                    .collect();
                self.columns.extend(moved);
            }
            Operation::AddColumn { table, column } => {
                self.columns.push(((table.clone(), column.column.name.clone()), None));
            }
            Operation::RenameColumn { table, column, to } => {
                let before = self.column_before(table, column);
                self.columns.push(((table.clone(), to.clone()), before));
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use migration_api::operation::{Column, Table};

    use super::*;

    fn lost(forward: impl IntoIterator<Item = Operation>) -> Vec<String> {
        let forward: Vec<Written> = forward.into_iter().map(Written::from).collect();
        loses(&forward).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn what_is_dropped_is_named_as_it_was_before_renames() {
        let operations = [
            Operation::rename_table("player", "hero"),
            Operation::rename_column("hero", "note", "remark"),
            Operation::drop_column("hero", "remark"),
            Operation::drop_column("HERO", "level"),
            Operation::rename_table("hero", "heroine"),
            Operation::drop_column("heroine", "name"),
            Operation::drop_table("old.log"),
        ];
        assert_eq!(lost(operations), ["player.note", "player.level", "player.name", "\"old.log\""]);
    }

    #[test]
    fn what_the_migration_has_made_itself_is_no_loss() {
        let operations = [
            Operation::create_table(Table::new("new")),
            Operation::drop_column("new", "a"),
            Operation::drop_table("new"),
            Operation::add_column("player", Column::text("b")),
            Operation::drop_column("player", "b"),
        ];
        assert!(lost(operations).is_empty());
    }

    #[test]
    fn a_type_that_changes_loses_values_only_where_that_is_said() {
        let change = || Written::from(Operation::alter_column_type("player", "score", "INTEGER"));
        assert!(loses(&[change()]).is_empty());
        let lossy = Written { loses_values: true, ..change() };
        assert_eq!(loses(&[lossy]), [LossName::of_column("player", "score")]);
    }
}
