//! What the tables and columns before a step were called where the way back is to lead.

use std::collections::BTreeMap;

use runner_engine::LossName;

use super::record::{ColumnFate, TableDifference};

/// Tables and columns that have other names than they had at the beginning, or were not there. Names are in lower case.
#[derive(Debug, Clone, Default)]
pub(super) struct Origins {
    /// By the name that it has now, that which it had; `None`: it was not there.
    tables: BTreeMap<String, Option<String>>,
    /// The same of columns, each with the name that its table has now.
    columns: BTreeMap<(String, String), Option<String>>,
}

impl Origins {
    /// What `name` was at the beginning; `None`: it was not there.
    pub(super) fn of(&self, name: &LossName) -> Option<LossName> {
        let now = name.table().to_ascii_lowercase();
        let table = self.table(&now)?;
        let Some(column) = name.column() else { return Some(LossName::of_table(table)) };
        let column = column.to_ascii_lowercase();
        match self.columns.get(&(now, column.clone())) {
            Some(column) => Some(LossName::of_column(table, column.clone()?)),
            None => Some(LossName::of_column(table, column)),
        }
    }

    fn table(&self, now: &str) -> Option<String> {
        self.tables.get(now).map_or_else(|| Some(now.to_owned()), Clone::clone)
    }

    /// Follows a step that changed these tables.
    pub(super) fn follow(&mut self, tables: &[TableDifference]) {
        let before = self.clone();
        let lower = |name: &Option<String>| name.as_ref().map(|it| it.to_ascii_lowercase());
        for table in tables {
            let Some(after) = lower(&table.after) else { continue };
            self.columns.retain(|(of, _), _| *of != after);
            let Some(was) = lower(&table.before) else {
                self.tables.insert(after, None);
                continue;
            };
            self.tables.insert(after.clone(), before.table(&was));
            for ((of, column), origin) in &before.columns {
                if *of == was {
                    self.columns.insert((after.clone(), column.clone()), origin.clone());
                }
            }
            for column in &table.columns {
                let name = column.name.to_ascii_lowercase();
                let key = |name: String| (after.clone(), name);
                match &column.fate {
                    ColumnFate::Renamed { to } => {
                        let origin = before.columns.get(&(was.clone(), name.clone()));
                        let origin = origin.cloned().unwrap_or(Some(name.clone()));
                        self.columns.insert(key(to.to_ascii_lowercase()), origin);
                    }
                    ColumnFate::Added => _ = self.columns.insert(key(name), None),
                    ColumnFate::Changed(_) | ColumnFate::Dropped { .. } => {}
                }
            }
        }
    }
}
