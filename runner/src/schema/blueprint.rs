//! A schema on a database of its own, in memory and without rows: operations can be tried on it.

use migration_api::schema::Schema;
use rusqlite::Connection;

use super::SchemaError;
use crate::application::ApplicationNames;
use crate::record;

/// A schema on a database of its own, in memory and without rows. The runner's own tables are not
/// part of it.
#[derive(Debug)]
pub struct Blueprint {
    of: String,
    /// What the texts may use beside what SQLite has.
    application: ApplicationNames,
    connection: Connection,
}

/// What is made anew, in this order: a view or a trigger may be older than what it reads.
const KINDS: [&str; 4] = ["table", "index", "view", "trigger"];

impl Blueprint {
    /// A schema without any object, which `of` names.
    ///
    /// # Errors
    /// SQLite's, which has no memory left.
    pub fn empty(of: impl Into<String>) -> Result<Self, SchemaError> {
        let of = of.into();
        match Connection::open_in_memory() {
            Ok(connection) => Ok(Self { of, application: ApplicationNames::default(), connection }),
            Err(source) => Err(SchemaError::Unread { of, source: source.into() }),
        }
    }

    /// The schema that `connection`, whose database has no rows, holds already.
    pub(crate) fn of_connection(
        connection: Connection,
        of: impl Into<String>,
        application: &ApplicationNames,
    ) -> Self {
        Self { of: of.into(), application: application.clone(), connection }
    }

    /// The schema of the main database of `original`, made anew from the texts that it keeps. `of`
    /// names it in errors: "the database `game.db`".
    ///
    /// # Errors
    /// SQLite's, for an object that needs a function or a collation that is not of the `application`.
    pub fn copy(
        original: &Connection,
        of: impl Into<String>,
        application: &ApplicationNames,
    ) -> Result<Self, SchemaError> {
        let copy = Self { application: application.clone(), ..Self::empty(of)? };
        copy.take_over(original)?;
        Ok(copy)
    }

    /// The same, with what `other` uses too: to try on it what leads there.
    pub(crate) fn copy_to_try(
        &self,
        other: &Self,
        of: impl Into<String>,
    ) -> Result<Self, SchemaError> {
        let copy = Self { application: self.application.clone(), ..Self::empty(of)? };
        other.stand_in(&copy.connection)?;
        copy.take_over(&self.connection)?;
        Ok(copy)
    }

    /// A database without any object, where what both use is known.
    pub(crate) fn trial(from: &Self, to: &Self) -> Result<Connection, SchemaError> {
        let empty = Self::empty(from.of())?;
        from.stand_in(&empty.connection)?;
        to.stand_in(&empty.connection)?;
        Ok(empty.connection)
    }

    /// Lets `connection` know what of the application the texts use.
    fn stand_in(&self, connection: &Connection) -> Result<(), SchemaError> {
        let stand_in = || {
            let objects = objects(&self.connection)?;
            self.application.stand_in(connection, objects.iter().map(|(_, sql)| sql.as_str()))
        };
        stand_in().map_err(|error| self.unread(error.into()))
    }

    fn take_over(&self, original: &Connection) -> Result<(), SchemaError> {
        let found = objects(original).map_err(|error| self.unread(error.into()))?;
        let texts = found.iter().map(|(_, sql)| sql.as_str());
        self.application
            .stand_in(&self.connection, texts)
            .map_err(|error| self.unread(error.into()))?;
        for (name, sql) in found {
            self.connection.execute_batch(&sql).map_err(|source| SchemaError::NotAgain {
                of: self.of.clone(),
                name,
                source,
            })?;
        }
        Ok(())
    }

    /// Whose schema it is.
    #[must_use]
    pub fn of(&self) -> &str {
        &self.of
    }

    /// What it may use beside what SQLite has.
    pub(crate) fn application(&self) -> &ApplicationNames {
        &self.application
    }

    /// The database that has it.
    #[must_use]
    pub fn connection(&self) -> &Connection {
        &self.connection
    }

    /// The schema as it is read.
    ///
    /// # Errors
    /// A text that is not understood.
    pub fn schema(&self) -> Result<Schema, SchemaError> {
        Schema::read(&self.connection).map_err(|source| self.unread(source))
    }

    fn unread(&self, source: migration_api::schema::SchemaError) -> SchemaError {
        SchemaError::Unread { of: self.of.clone(), source }
    }
}

/// The names and texts of what is to be made anew. SQLite makes its own tables by itself, and a
/// virtual table those that it keeps its rows in.
fn objects(connection: &Connection) -> rusqlite::Result<Vec<(String, String)>> {
    let mut statement = connection.prepare(
        "SELECT type, name, tbl_name, sql FROM main.sqlite_schema
         WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' AND name NOT IN
           (SELECT name FROM pragma_table_list WHERE schema = 'main' AND type = 'shadow')
         ORDER BY rowid",
    )?;
    let mut rows = statement.query([])?;
    let mut found: [Vec<(String, String)>; KINDS.len()] = Default::default();
    while let Some(row) = rows.next()? {
        let (kind, table): (String, String) = (row.get(0)?, row.get(2)?);
        let place = KINDS.iter().position(|known| *known == kind);
        if let Some(place) = place.filter(|_| !record::is_history(table)) {
            found[place].push((row.get(1)?, row.get(3)?));
        }
    }
    Ok(found.into_iter().flatten().collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    const SCHEMA: &str = "
        CREATE TABLE p (id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT UNIQUE);
        CREATE VIEW v AS SELECT word FROM w;
        CREATE TRIGGER t INSTEAD OF INSERT ON v BEGIN INSERT INTO w VALUES (new.word); END;
        CREATE TABLE w (word TEXT);
        CREATE INDEX i ON w (word);
        CREATE VIRTUAL TABLE f USING fts5(word);
        INSERT INTO p (name) VALUES ('a');
        INSERT INTO f VALUES ('a');
        CREATE TABLE _runner_migrations (id);";

    fn original(sql: &str) -> Connection {
        let connection = Connection::open_in_memory().unwrap();
        connection.execute_batch(sql).unwrap();
        connection
    }

    #[test]
    fn a_copy_has_every_object_and_no_row() {
        let original = original(SCHEMA);
        let copy = Blueprint::copy(&original, "it", ApplicationNames::NONE).unwrap();
        let texts = |connection: &Connection| -> Vec<String> {
            connection
                .prepare(
                    "SELECT ifnull(sql, name) FROM sqlite_schema
                     WHERE name NOT LIKE '\\_runner%' ESCAPE '\\' ORDER BY 1",
                )
                .unwrap()
                .query_map([], |row| row.get(0))
                .unwrap()
                .collect::<rusqlite::Result<_>>()
                .unwrap()
        };
        assert_eq!(texts(copy.connection()), texts(&original));
        for table in ["p", "f"] {
            let rows: i64 = copy
                .connection()
                .query_row(&format!("SELECT count(*) FROM {table}"), [], |row| row.get(0))
                .unwrap();
            assert_eq!(rows, 0, "{table}");
        }
        assert_eq!(copy.schema().unwrap().tables.len(), 2 + 5);
    }

    #[test]
    fn an_object_that_cannot_be_made_anew_is_named() {
        // As it stands in the database of an application that has a collation of its own.
        let original = original(
            "CREATE TABLE a (x); CREATE INDEX i ON a (x); PRAGMA writable_schema = ON;
             UPDATE sqlite_schema SET sql = 'CREATE INDEX i ON a (x COLLATE GERMAN)' WHERE name = 'i'",
        );
        let error =
            Blueprint::copy(&original, "the database `a.db`", ApplicationNames::NONE).unwrap_err();
        assert_eq!(
            error.to_string(),
            "cannot make `i` of the database `a.db` again, without its rows"
        );
    }
}
