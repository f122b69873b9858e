//! The views and triggers that operations can affect, and the names that columns have afterwards.
//!
//! Under the runner each statement that is compiled counts as a touch of its table, and a touched
//! table has its foreign keys checked. So what cannot be concerned is left alone.

use std::collections::{BTreeSet, HashMap};

use crate::operation::{Kind, Operation};
use crate::perform::verify::object_script::ObjectScript;
use crate::schema::{Schema, sql};

/// Views and triggers, by their names in lower case.
pub(in crate::perform) enum Concern {
    Everything,
    These { views: BTreeSet<String>, triggers: BTreeSet<String> },
}

impl Concern {
    /// Those whose texts contain the name of something that `operations` change, or of a view that is
    /// affected itself. A word that only looks like a name costs one check and nothing else.
    pub(in crate::perform) fn of(operations: &[Operation], schema: &Schema) -> Self {
        let (mut views, mut triggers) = (BTreeSet::new(), BTreeSet::new());
        let mut names = match ObjectScript::of(operations, schema) {
            Some(ObjectScript { kind, name, changed }) => {
                let made = if kind == Kind::View { &mut views } else { &mut triggers };
                made.insert(name.to_ascii_lowercase());
                changed
            }
            None => match changed(operations, schema) {
                Some(names) => names,
                None => return Self::Everything,
            },
        };
        let readers = Readers::of(schema);
        let mut next: Vec<String> = names.iter().cloned().collect();
        while let Some(name) = next.pop() {
            for view in readers.of_name(&name) {
                views.insert(view.clone());
                if names.insert(view.clone()) {
                    next.push(view.clone());
                }
            }
        }
        if schema.triggers.is_empty() {
            return Self::These { views, triggers };
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

    pub(in crate::perform) fn includes(&self, kind: Kind, name: &str) -> bool {
        match (self, kind) {
            (Self::Everything, _) => true,
            (Self::These { views, .. }, Kind::View) => views.contains(&name.to_ascii_lowercase()),
            (Self::These { triggers, .. }, _) => triggers.contains(&name.to_ascii_lowercase()),
        }
    }
}

/// Views, by each word of their texts: each text is looked at once, however long the way from view to
/// view is.
struct Readers(HashMap<String, Vec<String>>);

impl Readers {
    fn of(schema: &Schema) -> Self {
        let mut readers: HashMap<String, Vec<String>> = HashMap::new();
        for view in &schema.views {
            for word in sql::words(&view.sql) {
                readers.entry(word).or_default().push(view.name.to_ascii_lowercase());
            }
        }
        Self(readers)
    }

    fn of_name(&self, name: &str) -> &[String] {
        self.0.get(name).map_or(&[], Vec::as_slice)
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
            other => names.insert(other.table()?.to_ascii_lowercase()),
        };
    }
    Some(names)
}

/// A table and a column of it, both in lower case.
pub(in crate::perform) type ColumnPath = (String, String);

/// What a reference to `place` refers to after `operations`: references stay where a table is renamed
/// alone.
pub(in crate::perform) fn follow(operations: &[Operation], place: &ColumnPath) -> ColumnPath {
    after(operations, place, |only| !only)
}

/// The name that the column itself has after `operations`.
pub(in crate::perform) fn carried(operations: &[Operation], place: &ColumnPath) -> ColumnPath {
    after(operations, place, |_| true)
}

fn after(
    operations: &[Operation],
    place: &ColumnPath,
    goes_along: impl Fn(bool) -> bool,
) -> ColumnPath {
    let (mut table, mut column) = place.clone();
    for operation in operations {
        match operation {
            Operation::RenameTable { table: from, to, only }
                if goes_along(*only) && from.eq_ignore_ascii_case(&table) =>
            {
                table = to.to_ascii_lowercase();
            }
            Operation::RenameColumn { table: of, column: from, to }
                if of.eq_ignore_ascii_case(&table) && from.eq_ignore_ascii_case(&column) =>
            {
                column = to.to_ascii_lowercase();
            }
            _ => {}
        }
    }
    (table, column)
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

    /// How many columns of tables SQLite has compiled the reading of, to make and drop a view and a
    /// trigger `on` a table, where there are `many` views, each on the one before, and as many triggers
    /// on `t`.
    fn columns_compiled(many: usize, on: &str) -> usize {
        use std::sync::Arc;
        use std::sync::atomic::{AtomicUsize, Ordering};

        use rusqlite::hooks::{AuthAction, AuthContext, Authorization};

        let mut connection = rusqlite::Connection::open_in_memory().unwrap();
        connection
            .execute_batch(
                "CREATE TABLE t (a); CREATE TABLE u (a); CREATE VIEW v0 AS SELECT a FROM t",
            )
            .unwrap();
        for at in 1..=many {
            let before = at - 1;
            connection
                .execute_batch(&format!(
                    "CREATE VIEW v{at} AS SELECT a FROM v{before};
                     CREATE TRIGGER r{at} AFTER INSERT ON t BEGIN SELECT a FROM t; END"
                ))
                .unwrap();
        }
        let compiled = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&compiled);
        connection
            .authorizer(Some(move |context: AuthContext<'_>| {
                if let AuthAction::Read { table_name: "t" | "u", .. } = context.action {
                    counted.fetch_add(1, Ordering::Relaxed);
                }
                Authorization::Allow
            }))
            .unwrap();
        for sql in [
            "CREATE VIEW w AS SELECT a FROM u",
            &format!("CREATE TRIGGER s AFTER INSERT ON {on} BEGIN SELECT a FROM u; END"),
            "DROP TRIGGER s",
            "DROP VIEW w",
        ] {
            migration_api::Migrator::new(&connection).run([Operation::execute(sql)]).unwrap();
        }
        compiled.load(Ordering::Relaxed)
    }

    #[test]
    fn to_make_a_view_or_a_trigger_compiles_no_other_that_it_is_not_about() {
        assert_eq!(columns_compiled(5, "u"), columns_compiled(50, "u"));
    }

    #[test]
    fn what_fires_many_triggers_is_compiled_once_and_not_for_each() {
        let [few, many] = [10, 40].map(|count| columns_compiled(count, "t"));
        assert!(many <= 4 * few, "{few} {many}");
    }
}
