//! A copy of a schema in memory, without anything that a migration registered: statements compile there
//! as in any other program.

use std::collections::BTreeMap;

use rusqlite::Connection;

use crate::application::ApplicationNames;
use crate::schema_objects::{Object, Objects};

/// The copy. A second connection to the file would not do: it does not see what is not yet committed.
pub(super) struct SchemaCopy {
    pub(super) connection: Connection,
    /// Why a table, or an index on it, cannot be made, by the table's name in lower case.
    unmade: BTreeMap<String, String>,
}

impl SchemaCopy {
    /// Makes all `objects` that can be made with what SQLite and the `application` have.
    ///
    /// # Errors
    /// SQLite's error.
    pub(super) fn of(objects: &Objects, application: &ApplicationNames) -> rusqlite::Result<Self> {
        let connection = Connection::open_in_memory()?;
        connection.execute_batch("PRAGMA foreign_keys = OFF; BEGIN")?;
        application.register_substitutes(&connection, objects.iter().map(|object| object.sql()))?;
        let mut copy = Self { connection, unmade: BTreeMap::new() };
        let of_kind = |kind| objects.iter().filter(move |object| object.kind() == kind);
        // A virtual table makes the tables that it keeps its rows in; some want the table that they are
        // about.
        let (virtual_tables, tables): (Vec<_>, Vec<_>) =
            of_kind("table").partition(Object::is_virtual);
        let later: Vec<_> =
            virtual_tables.into_iter().filter(|table| copy.make(table).is_err()).collect();
        for object in tables.iter().chain(&later).chain(&of_kind("index").collect::<Vec<_>>()) {
            copy.make_or_note(object);
        }
        for object in of_kind("view").chain(of_kind("trigger")) {
            copy.make_or_note(&object);
        }
        Ok(copy)
    }

    /// Why `table`, or an index on it, cannot be made.
    pub(super) fn why_unmade(&self, table: &str) -> Option<&str> {
        self.unmade.get(&table.to_ascii_lowercase()).map(String::as_str)
    }

    fn make(&self, object: &Object<'_>) -> rusqlite::Result<()> {
        self.connection.execute_batch(object.sql())
    }

    fn make_or_note(&mut self, object: &Object<'_>) {
        let Err(error) = self.make(object) else { return };
        let words = words(&error);
        if !words.ends_with("already exists") {
            self.unmade.entry(object.table().to_ascii_lowercase()).or_insert(words);
        }
    }
}

/// SQLite's words for `error`, without the statement.
pub(super) fn words(error: &rusqlite::Error) -> String {
    match error {
        rusqlite::Error::SqlInputError { msg, .. } => msg.clone(),
        other => other.to_string(),
    }
}
