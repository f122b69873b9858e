//! What a script changes that only makes or drops one view or trigger.
//!
//! Any other script may change anything, and all views and triggers are checked after it. Doing that
//! here too would check a hundred views for each of a hundred that are made.

use std::collections::BTreeSet;

use sqlite3_parser::ast::{QualifiedName, Stmt};

use crate::operation::Kind;
use crate::operation::Operation;
use crate::schema::name::{same, unquote};
use crate::schema::{Schema, Table, sql};

/// What such a script is about.
pub(in crate::perform) struct ObjectScript {
    pub(in crate::perform) kind: Kind,
    /// The view or trigger.
    pub(in crate::perform) name: String,
    /// What another object names that may mean something else now, in lower case.
    pub(in crate::perform) changed: BTreeSet<String>,
}

impl ObjectScript {
    /// What `operations` are about, if they are such a script alone: what another operation did before
    /// it is not in `schema`.
    pub(in crate::perform) fn of(operations: &[Operation], schema: &Schema) -> Option<Self> {
        let [Operation::Execute { sql: text }] = operations else { return None };
        sql::statement(text, |statement| match statement {
            Stmt::CreateView { temporary: false, view_name: name, .. }
            | Stmt::DropView { view_name: name, .. } => {
                let name = in_main(name)?;
                let changed = BTreeSet::from([name.to_ascii_lowercase()]);
                Some(Self { kind: Kind::View, name, changed })
            }
            Stmt::CreateTrigger { temporary: false, trigger_name: name, tbl_name, .. } => {
                let table = unquote(tbl_name.name.0);
                Self::of_trigger(in_main(name)?, &table, schema)
            }
            Stmt::DropTrigger { trigger_name: name, .. } => {
                let name = in_main(name)?;
                let dropped = schema.triggers.iter().find(|trigger| same(&trigger.name, &name))?;
                Self::of_trigger(name, &dropped.table, schema)
            }
            _ => None,
        })
        .ok()
        .flatten()
    }

    /// A trigger is part of each statement that changes its table, and so of each that changes a parent
    /// of it, as a foreign key may change the child with it.
    fn of_trigger(name: String, table: &str, schema: &Schema) -> Option<Self> {
        schema.table(table).map(drop).or_else(|| schema.view(table).map(drop))?;
        let mut changed = BTreeSet::new();
        let mut next = vec![table.to_ascii_lowercase()];
        while let Some(table) = next.pop() {
            let keys = schema.table(&table).into_iter().flat_map(Table::foreign_keys);
            let parents: Vec<_> = keys.map(|key| key.parent.to_ascii_lowercase()).collect();
            if changed.insert(table) {
                next.extend(parents);
            }
        }
        Some(Self { kind: Kind::Trigger, name, changed })
    }
}

/// The name of an object of the main schema.
fn in_main(name: &QualifiedName<'_>) -> Option<String> {
    let is_main = name.db_name.as_ref().is_none_or(|schema| same(&unquote(schema.0), "main"));
    is_main.then(|| unquote(name.name.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_one_statement_about_one_object_of_the_main_schema_is_such_a_script() {
        let connection = rusqlite::Connection::open_in_memory().unwrap();
        connection
            .execute_batch(
                "CREATE TABLE p (a PRIMARY KEY); CREATE TABLE c (a PRIMARY KEY REFERENCES P);
                 CREATE TABLE d (a REFERENCES c ON DELETE CASCADE);
                 CREATE TRIGGER r AFTER DELETE ON c BEGIN SELECT 1; END",
            )
            .unwrap();
        let schema = Schema::read(&connection).unwrap();
        let changed = |sql: &str| {
            let script = ObjectScript::of(&[Operation::execute(sql)], &schema)?;
            Some(script.changed.into_iter().collect::<Vec<_>>().join(" "))
        };
        for (sql, expected) in [
            ("CREATE VIEW \"V\" AS SELECT 1;", Some("v")),
            ("DROP VIEW IF EXISTS main.v", Some("v")),
            ("CREATE TRIGGER s AFTER DELETE ON D BEGIN SELECT 1; END", Some("c d p")),
            ("DROP TRIGGER R", Some("c p")),
            ("CREATE TEMP VIEW v AS SELECT 1", None),
            ("DROP VIEW temp.v", None),
            ("DROP TRIGGER unknown", None),
            ("DROP VIEW v; CREATE VIEW v AS SELECT 1", None),
            ("CREATE TRIGGER s AFTER DELETE ON e BEGIN SELECT 1; END", None),
            ("CREATE TABLE e (a)", None),
        ] {
            assert_eq!(changed(sql).as_deref(), expected, "{sql}");
        }
        let two = [Operation::execute("DROP VIEW v"), Operation::execute("DROP VIEW w")];
        assert!(ObjectScript::of(&two, &schema).is_none());
    }
}
