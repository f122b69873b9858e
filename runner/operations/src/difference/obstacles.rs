//! Obstacles to a change: they are dropped before it and made again after it.

use std::collections::BTreeSet;

use super::trial::Lesson;
use crate::operation::Operation;
use crate::perform::{Kind, Need, Refusal};
use crate::schema::normal::{Name, Normal};

/// What is dropped for a while although both schemas have it, since the trial failed with it.
#[derive(Debug, Default)]
pub(super) struct Obstacles {
    pub(super) views: BTreeSet<Name>,
    pub(super) triggers: BTreeSet<Name>,
    pub(super) indexes: BTreeSet<Name>,
    /// Full-text indexes over tables.
    pub(super) virtual_tables: BTreeSet<Name>,
    /// Tables whose foreign keys are dropped first, or added last.
    pub(super) keys: BTreeSet<Name>,
    /// Tables that are made anew by SQL.
    pub(super) rebuilt_by_sql: BTreeSet<Name>,
    /// New tables that an operation refuses and SQLite allows: they are made by SQL.
    pub(super) in_sql: BTreeSet<Name>,
}

impl Obstacles {
    /// Learns from a refusal.
    pub(super) fn learn(
        &mut self,
        current: &Normal,
        operation: &Operation,
        refusal: &Refusal,
    ) -> Lesson {
        let learned = match refusal {
            Refusal::Breaks { kind, name, .. } | Refusal::ByPlace { kind, name, .. } => {
                if let Some(sql) = self.object(current, *kind, &Name::new(name)) {
                    return Lesson::Drop(sql);
                }
                false
            }
            Refusal::ParentNotUnique { child, .. } => self.keys.insert(Name::new(child)),
            Refusal::Needed { by, .. } => self.needing(current, by),
            _ => false,
        };
        // Only where nothing smaller was learned: SQL in the place of an operation gives up what the operation
        // checks. Each name is learned once, so that a plan that fails the same way again ends the search.
        let learned = learned
            || match operation {
                Operation::CreateTable(table) => self.in_sql.insert(Name::new(&table.name)),
                _ => operation.table().is_some_and(|table| self.by_sql(current, Name::new(table))),
            };
        if learned { Lesson::Again } else { Lesson::None }
    }

    /// Has the table made by SQL. Returns whether that is new.
    fn by_sql(&mut self, current: &Normal, table: Name) -> bool {
        match current.table(table.as_str()) {
            Some(_) => self.rebuilt_by_sql.insert(table),
            None => self.in_sql.insert(table),
        }
    }

    /// The statement that drops the view or trigger, if that is new.
    fn object(&mut self, current: &Normal, kind: Kind, name: &Name) -> Option<String> {
        let (known, is_there, word) = match kind {
            Kind::View => {
                (&mut self.views, current.views.iter().any(|it| it.name == *name), "VIEW")
            }
            Kind::Trigger => {
                (&mut self.triggers, current.triggers.iter().any(|it| it.name == *name), "TRIGGER")
            }
            _ => return None,
        };
        (is_there && known.insert(name.clone())).then(|| format!("DROP {word} {name}"))
    }

    /// Has the dependents dropped that both schemas have. Returns whether one is new.
    fn needing(&mut self, current: &Normal, by: &[Need]) -> bool {
        let mut learned = false;
        for need in by {
            let (Need::Object { name, .. } | Need::ForeignKey { child: name }) = need else {
                continue;
            };
            let name = Name::new(name);
            let (known, is_there) = match need {
                Need::Object { kind: Kind::Trigger, .. } => {
                    (&mut self.triggers, current.triggers.iter().any(|it| it.name == name))
                }
                Need::Object { kind: Kind::View, .. } => {
                    (&mut self.views, current.views.iter().any(|it| it.name == name))
                }
                Need::Object { kind: Kind::VirtualTable, .. } => {
                    let all = &current.virtual_tables;
                    (&mut self.virtual_tables, all.iter().any(|it| it.name == name))
                }
                Need::Object { kind: Kind::Index, .. } => {
                    let mut all = current.tables.iter().flat_map(|table| &table.indexes);
                    (&mut self.indexes, all.any(|it| it.name == name))
                }
                _ => (&mut self.keys, current.table(name.as_str()).is_some()),
            };
            learned |= is_there && known.insert(name);
        }
        learned
    }
}
