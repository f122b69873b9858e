//! Which views and triggers operations can concern at all.
//!
//! Under the runner each statement that is compiled counts as a touch of its table, and a touched
//! table has its foreign keys checked. So what cannot be concerned is left alone.

use std::collections::BTreeSet;

use super::refusal::Kind;
use crate::operation::Operation;
use crate::schema::{Schema, sql};

/// Views and triggers, by their names in lower case.
pub(super) enum Concern {
    Everything,
    These { views: BTreeSet<String>, triggers: BTreeSet<String> },
}

impl Concern {
    /// Those whose texts hold the name of something that `operations` change, or of a view that is
    /// concerned itself. A word that only looks like a name costs a look and nothing else.
    pub(super) fn of(operations: &[Operation], schema: &Schema) -> Self {
        let Some(mut names) = changed(operations, schema) else { return Self::Everything };
        let (mut views, mut triggers) = (BTreeSet::new(), BTreeSet::new());
        loop {
            let before = names.len();
            for view in &schema.views {
                if sql::names_any(&view.sql, &names) {
                    views.insert(view.name.to_ascii_lowercase());
                    names.insert(view.name.to_ascii_lowercase());
                }
            }
            if names.len() == before {
                break;
            }
        }
        // A change of a child looks at its parents.
        let children: Vec<_> = schema
            .tables
            .iter()
            .filter(|child| {
                child.foreign_keys().any(|key| names.contains(&key.parent.to_ascii_lowercase()))
            })
            .map(|child| child.name.to_ascii_lowercase())
            .collect();
        names.extend(children);
        for trigger in &schema.triggers {
            if sql::names_any(&trigger.sql, &names) {
                triggers.insert(trigger.name.to_ascii_lowercase());
            }
        }
        Self::These { views, triggers }
    }

    pub(super) fn includes(&self, kind: Kind, name: &str) -> bool {
        match (self, kind) {
            (Self::Everything, _) => true,
            (Self::These { views, .. }, Kind::View) => views.contains(&name.to_ascii_lowercase()),
            (Self::These { triggers, .. }, _) => triggers.contains(&name.to_ascii_lowercase()),
        }
    }
}

/// The names of what `operations` change, in lower case; `None`: it may be anything.
fn changed(operations: &[Operation], schema: &Schema) -> Option<BTreeSet<String>> {
    let mut names = BTreeSet::new();
    for operation in operations {
        match operation {
            Operation::Execute { .. } => return None,
            Operation::CreateTable(table) => names.insert(table.name.to_ascii_lowercase()),
            Operation::AddIndex(index) => names.insert(index.table.to_ascii_lowercase()),
            Operation::DropIndex { name, .. } | Operation::RenameIndex { name, .. } => {
                // ON CONFLICT in a trigger needs an index without naming it.
                names.extend(schema.index(name).map(|index| index.table.to_ascii_lowercase()));
                names.insert(name.to_ascii_lowercase())
            }
            Operation::RenameTable { table, to, .. } => {
                names.insert(to.to_ascii_lowercase());
                names.insert(table.to_ascii_lowercase())
            }
            Operation::DropTable { table, .. }
            | Operation::AddColumn { table, .. }
            | Operation::DropColumn { table, .. }
            | Operation::RenameColumn { table, .. }
            | Operation::AlterColumnType { table, .. }
            | Operation::SetNotNull { table, .. }
            | Operation::DropNotNull { table, .. }
            | Operation::SetDefault { table, .. }
            | Operation::DropDefault { table, .. }
            | Operation::SetCollate { table, .. }
            | Operation::AddUnique { table, .. }
            | Operation::AddCheck { table, .. }
            | Operation::AddForeignKey { table, .. }
            | Operation::DropConstraint { table, .. }
            | Operation::DropForeignKey { table, .. }
            | Operation::SetPrimaryKey { table, .. }
            | Operation::ReorderColumns { table, .. }
            | Operation::SetTableOptions { table, .. } => names.insert(table.to_ascii_lowercase()),
        };
    }
    Some(names)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn views_on_views_are_concerned_and_strangers_are_not() {
        let connection = rusqlite::Connection::open_in_memory().unwrap();
        connection
            .execute_batch(
                "CREATE TABLE t (a); CREATE TABLE u (a); CREATE VIEW w AS SELECT a FROM \"T\";
                 CREATE VIEW v AS SELECT a FROM w; CREATE VIEW x AS SELECT a FROM u;
                 CREATE TRIGGER r AFTER INSERT ON u BEGIN INSERT INTO t VALUES (1); END;
                 CREATE TRIGGER s AFTER INSERT ON u BEGIN DELETE FROM u; END;",
            )
            .unwrap();
        let schema = Schema::read(&connection).unwrap();
        let concern = Concern::of(&[Operation::drop_column("t", "a")], &schema);
        assert!(concern.includes(Kind::View, "w") && concern.includes(Kind::View, "V"));
        assert!(!concern.includes(Kind::View, "x") && concern.includes(Kind::Trigger, "r"));
        assert!(!concern.includes(Kind::Trigger, "s"));
        let anything = Concern::of(&[Operation::execute("SELECT 1")], &schema);
        assert!(anything.includes(Kind::Trigger, "s"));
    }
}
