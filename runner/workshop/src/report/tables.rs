//! The tables in each state of a schema. What did not change is read once.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use migration_api::schema::Table;
use runner_engine::record::SchemaText;

use crate::config::Config;
use crate::schema::{Blueprint, Kind, ObjectText};

/// The tables of a schema, which becomes another step by step.
pub(super) struct Tables<'c> {
    config: &'c Config,
    schema: SchemaText,
    /// By their names, in lower case; without virtual tables, and without those that these keep their rows in.
    tables: BTreeMap<String, Arc<Table>>,
    /// The names of those that could not be read.
    unread: BTreeSet<String>,
}

impl<'c> Tables<'c> {
    /// Of an empty schema.
    pub(super) fn none(config: &'c Config) -> Self {
        Self {
            config,
            schema: SchemaText::default(),
            tables: BTreeMap::new(),
            unread: BTreeSet::new(),
        }
    }

    /// The schema as it is.
    pub(super) fn schema(&self) -> &SchemaText {
        &self.schema
    }

    /// The tables as they are.
    pub(super) fn all(&self) -> Vec<Arc<Table>> {
        self.tables.values().cloned().collect()
    }

    /// The names of tables that could not be read in one of the states.
    pub(super) fn unread(&self) -> impl Iterator<Item = &str> {
        self.unread.iter().map(String::as_str)
    }

    /// Makes the schema this one. Gives the tables that became others: the texts that made them and their indexes,
    /// as they were and as they are.
    pub(super) fn become_as(&mut self, schema: SchemaText) -> Rewritten {
        let texts = self.schema.texts_beside(&schema).chain(schema.texts_beside(&self.schema));
        let objects: Vec<ObjectText> = texts.filter_map(ObjectText::logged).collect();
        let virtual_tables: Vec<&str> = objects
            .iter()
            .filter(|object| object.is_virtual_table())
            .map(|object| object.name.as_str())
            .collect();
        let is_of_a_table = |object: &&ObjectText| matches!(object.kind, Kind::Table | Kind::Index);
        let mut names: BTreeSet<String> =
            objects.iter().filter(is_of_a_table).map(|object| lower(&object.table)).collect();
        // A virtual table that comes or goes says of others whether they are its own.
        for name in self.tables.keys() {
            if virtual_tables.iter().any(|it| is_perhaps_of(name, it)) {
                names.insert(name.clone());
            }
        }
        let (before, after) = (made_of(&self.schema), made_of(&schema));
        let mut rewritten = Rewritten::default();
        for name in names.into_iter().filter(|name| !self.config.exclude_tables.contain(name)) {
            let was = self.tables.remove(&name);
            let is = self.read(&name, &after);
            if was.is_some() {
                rewritten.before.extend(of_table(&before, &name).cloned());
            }
            if let Some(table) = is {
                rewritten.after.extend(of_table(&after, &name).cloned());
                self.tables.insert(name, table);
            }
        }
        self.schema = schema;
        rewritten
    }

    /// The table of this name among `objects`.
    fn read(&mut self, name: &str, objects: &[ObjectText]) -> Option<Arc<Table>> {
        let own: Vec<ObjectText> = of_table(objects, name).cloned().collect();
        if own.is_empty() {
            return None;
        }
        let around = objects.iter().filter(|object| {
            object.is_virtual_table() && is_perhaps_of(name, &lower(&object.name))
        });
        let objects = around.cloned().chain(own).collect();
        let Config { application, exclude_tables, .. } = self.config;
        let read = Blueprint::logged_objects(objects, name, application, exclude_tables)
            .and_then(|blueprint| blueprint.schema());
        match read {
            Ok(schema) => {
                let is_it = |table: &&Arc<Table>| lower(&table.name) == name && !table.shadow;
                schema.tables.iter().find(is_it).cloned()
            }
            Err(_) => {
                self.unread.insert(name.to_owned());
                None
            }
        }
    }
}

/// Tables that became others, and their indexes.
#[derive(Default)]
pub(super) struct Rewritten {
    /// As they were.
    pub(super) before: Vec<ObjectText>,
    /// As they are.
    pub(super) after: Vec<ObjectText>,
}

fn lower(name: &str) -> String {
    name.to_ascii_lowercase()
}

/// What a schema is made of.
fn made_of(schema: &SchemaText) -> Vec<ObjectText> {
    schema.texts().filter_map(ObjectText::logged).collect()
}

/// The table of this name, and its indexes.
fn of_table<'o>(objects: &'o [ObjectText], name: &'o str) -> impl Iterator<Item = &'o ObjectText> {
    objects.iter().filter(move |object| {
        matches!(object.kind, Kind::Table | Kind::Index) && object.table.eq_ignore_ascii_case(name)
    })
}

/// Whether a table of this name may be one that a virtual table keeps its rows in
/// (<https://sqlite.org/vtab.html#the_xshadowname_method>).
fn is_perhaps_of(name: &str, virtual_table: &str) -> bool {
    let rest = name.get(virtual_table.len()..).filter(|rest| rest.starts_with('_'));
    rest.is_some() && name[..virtual_table.len()].eq_ignore_ascii_case(virtual_table)
}

#[cfg(test)]
mod tests {
    use runner_engine::Database;
    use runner_engine::schema_objects::Objects;
    use rusqlite::Connection;

    use super::*;

    #[test]
    fn only_what_changed_is_read_again_and_tables_of_virtual_ones_are_none() {
        let mut config = Config::of(Database::at("app.db"));
        config.exclude_tables = vec!["other".to_owned()].into();
        let connection = Connection::open_in_memory().unwrap();
        let mut tables = Tables::none(&config);
        let mut after = |script: &str| {
            connection.execute_batch(script).unwrap();
            tables.become_as(SchemaText::of(Objects::read(&connection).unwrap().texts()));
            tables.all()
        };
        let one = after("CREATE TABLE a (x); CREATE TABLE other (x); CREATE TABLE docs_more (x);");
        let two = after("CREATE VIRTUAL TABLE docs USING fts5(word); ALTER TABLE a ADD COLUMN y;");
        let three = after("CREATE UNIQUE INDEX i ON a (x); DROP TABLE docs;");
        let names = |tables: &[Arc<Table>]| -> Vec<String> {
            tables.iter().map(|table| table.name.clone()).collect()
        };
        for state in [&one, &two, &three] {
            assert_eq!(names(state), ["a", "docs_more"]);
        }
        assert!(!Arc::ptr_eq(&one[0], &two[0]) && two[0].columns.len() == 2);
        assert_eq!(three[0].indexes.len(), 1);
        let four = after("CREATE VIEW v AS SELECT 1");
        assert!(Arc::ptr_eq(&three[0], &four[0]) && Arc::ptr_eq(&three[1], &four[1]));
        assert_eq!(tables.unread().count(), 0);
    }
}
