//! A schema on a database of its own, in memory and without rows: operations can be tried on it.

use std::cell::RefCell;
use std::sync::Arc;

use migration_api::schema::{Catalog, Schema, quote};
use rusqlite::Connection;

use super::SchemaError;
use super::excluded::ExcludedTables;
use super::left_out::{LeftOut, is_virtual};
use super::objects::{self, Kind, ObjectText, objects};
use runner_engine::application::{ApplicationNames, Missing, lacks};
use runner_engine::record::SchemaText;
use runner_engine::repeatable::{Definition, Definitions};

/// A schema on a database of its own, in memory and without rows. The runner's own tables are not
/// part of it.
#[derive(Debug)]
pub struct Blueprint {
    of: String,
    /// What the texts may use beside what SQLite has.
    application: ApplicationNames,
    /// Substitutes for names of the application that are not declared.
    undeclared: Vec<Missing>,
    left_out: Vec<LeftOut>,
    connection: Connection,
    /// What was read of it.
    catalog: RefCell<Catalog>,
}

/// How functions and collations are treated that SQLite does not have and nobody declared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Undeclared {
    /// What needs them is refused: they may be slips, and a migration with them would not run.
    Refused,
    /// A substitute is registered: they are in a database, so an application has them.
    Substituted,
}

impl Blueprint {
    /// A schema without any object, which `of` names.
    ///
    /// # Errors
    /// SQLite's, which has no memory left.
    pub fn empty(of: impl Into<String>) -> Result<Self, SchemaError> {
        let of = of.into();
        match Connection::open_in_memory() {
            Ok(connection) => Ok(Self::of_connection(connection, of, &ApplicationNames::default())),
            Err(source) => Err(SchemaError::Unread { of, source: source.into() }),
        }
    }

    /// The schema that `connection`, whose database has no rows, holds already.
    pub(crate) fn of_connection(
        connection: Connection,
        of: impl Into<String>,
        application: &ApplicationNames,
    ) -> Self {
        let (of, application) = (of.into(), application.clone());
        Self {
            of,
            application,
            undeclared: Vec::new(),
            left_out: Vec::new(),
            connection,
            catalog: RefCell::default(),
        }
    }

    /// The schema of the main database of `original`, made anew from the texts that it keeps. `of`
    /// names it in errors: "the database `game.db`". A virtual table that SQLite does not make here is
    /// [left out](Self::left_out); tables that are `excluded` count for nothing.
    ///
    /// # Errors
    /// SQLite's, for an object that needs a function or a collation that is not of the `application`.
    pub fn copy(
        original: &Connection,
        of: impl Into<String>,
        application: &ApplicationNames,
        excluded: &ExcludedTables,
    ) -> Result<Self, SchemaError> {
        Self::made_of(original, of.into(), application, excluded, Undeclared::Refused)
    }

    /// The same, to look at and not to write by: a function or a collation that nobody declared counts
    /// as one of the application.
    ///
    /// # Errors
    /// SQLite's, for an object that it does not make for any other reason.
    pub fn look(
        original: &Connection,
        of: impl Into<String>,
        application: &ApplicationNames,
        excluded: &ExcludedTables,
    ) -> Result<Self, SchemaError> {
        Self::made_of(original, of.into(), application, excluded, Undeclared::Substituted)
    }

    /// A schema of the past, to look at as [`Self::look`] does.
    ///
    /// # Errors
    /// As [`Self::look`].
    pub fn logged(
        schema: &SchemaText,
        of: impl Into<String>,
        application: &ApplicationNames,
        excluded: &ExcludedTables,
    ) -> Result<Self, SchemaError> {
        let found = schema.texts().filter_map(ObjectText::logged).collect();
        Self::logged_objects(found, of, application, excluded)
    }

    /// The same, of some of the objects.
    pub(crate) fn logged_objects(
        objects: Vec<ObjectText>,
        of: impl Into<String>,
        application: &ApplicationNames,
        excluded: &ExcludedTables,
    ) -> Result<Self, SchemaError> {
        let mut copy = Self { application: application.clone(), ..Self::empty(of)? };
        copy.make(objects::to_be_made(objects), excluded, Undeclared::Substituted)?;
        Ok(copy)
    }

    fn made_of(
        original: &Connection,
        of: String,
        application: &ApplicationNames,
        excluded: &ExcludedTables,
        undeclared: Undeclared,
    ) -> Result<Self, SchemaError> {
        let mut copy = Self { application: application.clone(), ..Self::empty(of)? };
        copy.take_over(original, excluded, undeclared)?;
        Ok(copy)
    }

    /// The same, with what `other` uses too: to try on it what leads there.
    pub(crate) fn copy_to_try(
        &self,
        other: &Self,
        of: impl Into<String>,
    ) -> Result<Self, SchemaError> {
        let mut copy = Self { application: self.application.clone(), ..Self::empty(of)? };
        other.register_substitutes(&copy.connection)?;
        self.register_substitutes(&copy.connection)?;
        copy.take_over(&self.connection, ExcludedTables::NONE, Undeclared::Refused)?;
        Ok(copy)
    }

    /// A database without any object, where what both use is known.
    pub(crate) fn trial(from: &Self, to: &Self) -> Result<Connection, SchemaError> {
        let empty = Self::empty(from.of())?;
        from.register_substitutes(&empty.connection)?;
        to.register_substitutes(&empty.connection)?;
        Ok(empty.connection)
    }

    /// The same without the views and triggers that `definitions` are of: they are no business of migrations.
    ///
    /// # Errors
    /// SQLite's.
    pub fn without(self, definitions: &Definitions) -> Result<Self, SchemaError> {
        // Triggers are last, and go first: those of a view go with it.
        for Definition { kind, name, .. } in definitions.all().iter().rev() {
            let there = "SELECT count(*) FROM sqlite_schema \
                         WHERE type = ?1 AND name = ?2 COLLATE NOCASE";
            let drop = || -> rusqlite::Result<()> {
                let found: i64 =
                    self.connection.query_row(there, [kind.word(), name], |row| row.get(0))?;
                match found {
                    0 => Ok(()),
                    _ => self.connection.execute_batch(&format!("DROP {kind} {}", quote(name))),
                }
            };
            drop().map_err(|error| self.unread(error.into()))?;
        }
        Ok(self)
    }

    /// The same with the views and triggers that `definitions` are of.
    ///
    /// # Errors
    /// SQLite's, for one that does not fit.
    pub fn with(self, definitions: &Definitions) -> Result<Self, SchemaError> {
        let whole = self.without(definitions)?;
        let texts = definitions.all().iter().map(|it| it.sql.as_str());
        whole
            .application
            .register_substitutes(&whole.connection, texts)
            .map_err(|error| whole.unread(error.into()))?;
        for Definition { name, sql, .. } in definitions.all() {
            whole.connection.execute_batch(sql).map_err(|source| SchemaError::NotAgain {
                of: whole.of.clone(),
                name: name.clone(),
                source,
            })?;
        }
        Ok(whole)
    }

    /// Registers on `connection` what the texts use of the application.
    fn register_substitutes(&self, connection: &Connection) -> Result<(), SchemaError> {
        let register = || {
            let objects = objects(&self.connection)?;
            self.application.register_substitutes(
                connection,
                objects.iter().map(|object| object.sql.as_str()),
            )?;
            self.undeclared
                .iter()
                .try_for_each(|missing| missing.register_substitute(connection).map(drop))
        };
        register().map_err(|error| self.unread(error.into()))
    }

    fn take_over(
        &mut self,
        original: &Connection,
        excluded: &ExcludedTables,
        undeclared: Undeclared,
    ) -> Result<(), SchemaError> {
        let found = objects(original).map_err(|error| self.unread(error.into()))?;
        self.make(found, excluded, undeclared)
    }

    fn make(
        &mut self,
        mut found: Vec<ObjectText>,
        excluded: &ExcludedTables,
        undeclared: Undeclared,
    ) -> Result<(), SchemaError> {
        found.retain(|object| !excluded.contain(&object.table));
        let texts = found.iter().map(|object| object.sql.as_str());
        self.application
            .register_substitutes(&self.connection, texts)
            .map_err(|error| self.unread(error.into()))?;
        for ObjectText { kind, name, sql, .. } in found {
            // A virtual table has made it.
            if kind == Kind::Table
                && self.connection.table_exists(Some("main"), &name).is_ok_and(|it| it)
            {
                continue;
            }
            while let Err(source) = self.connection.execute_batch(&sql) {
                let missing = Missing::in_words(&source.to_string());
                if undeclared == Undeclared::Substituted && self.supply(missing)? {
                    continue;
                }
                let of = self.of.clone();
                if !is_virtual(&sql) || !lacks(&source) {
                    return Err(SchemaError::NotAgain { of, name, source });
                }
                let why = source.to_string();
                self.left_out.push(LeftOut { of, name, why });
                break;
            }
        }
        Ok(())
    }

    /// Registers a substitute for what is `missing`; `false`: there is none, or it did not help.
    fn supply(&mut self, missing: Option<Missing>) -> Result<bool, SchemaError> {
        let Some(missing) = missing.filter(|it| !self.undeclared.contains(it)) else {
            return Ok(false);
        };
        let supplied = missing.register_substitute(&self.connection);
        let supplied = supplied.map_err(|error| self.unread(error.into()))?;
        self.undeclared.push(missing);
        Ok(supplied)
    }

    /// The virtual tables that are not in it: each needs a module or a tokenizer that SQLite does not
    /// have here.
    #[must_use]
    pub fn left_out(&self) -> &[LeftOut] {
        &self.left_out
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

    /// The schema as it is now.
    ///
    /// # Errors
    /// A text that is not understood.
    pub fn schema(&self) -> Result<Arc<Schema>, SchemaError> {
        let mut catalog = self.catalog.borrow_mut();
        catalog.refresh(&self.connection).map(Arc::clone).map_err(|source| self.unread(source))
    }

    fn unread(&self, source: migration_api::schema::SchemaError) -> SchemaError {
        SchemaError::Unread { of: self.of.clone(), source }
    }
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
        let copy =
            Blueprint::copy(&original, "it", ApplicationNames::NONE, ExcludedTables::NONE).unwrap();
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
        // As in the database of an application that has a collation of its own.
        let original = original(
            "CREATE TABLE a (x); CREATE INDEX i ON a (x); PRAGMA writable_schema = ON;
             UPDATE sqlite_schema SET sql = 'CREATE INDEX i ON a (x COLLATE GERMAN)' WHERE name = 'i'",
        );
        let error = Blueprint::copy(
            &original,
            "the database `a.db`",
            ApplicationNames::NONE,
            ExcludedTables::NONE,
        )
        .unwrap_err();
        assert_eq!(
            error.to_string(),
            "cannot make `i` of the database `a.db` again, without its rows"
        );
    }

    /// As they stand in the database of an application that has more than SQLite.
    const OF_AN_APPLICATION: &str = "
        CREATE TABLE a (x, y CHECK (1)); CREATE INDEX i ON a (x); CREATE VIRTUAL TABLE f USING fts5(x);
        CREATE VIEW v AS SELECT slug(x) FROM a;
        PRAGMA writable_schema = ON;
        UPDATE sqlite_schema SET sql = 'CREATE INDEX i ON a (x COLLATE GERMAN)' WHERE name = 'i';
        UPDATE sqlite_schema SET sql = 'CREATE TABLE a (x, y CHECK (is_fine(y)))' WHERE name = 'a';
        UPDATE sqlite_schema SET sql = 'CREATE VIRTUAL TABLE f USING fts5(x, tokenize = stems)' WHERE name = 'f';
        INSERT INTO sqlite_schema VALUES ('table', 'g', 'g', 0, 'CREATE VIRTUAL TABLE g USING geo(x)');";

    #[test]
    fn a_look_has_all_but_virtual_tables_that_need_the_application() {
        let original = original(OF_AN_APPLICATION);
        let look = Blueprint::look(
            &original,
            "the database `a.db`",
            ApplicationNames::NONE,
            ExcludedTables::NONE,
        )
        .unwrap();
        let schema = look.schema().unwrap();
        assert!(schema.index("i").is_some() && schema.table("a").is_some());
        assert!(schema.view("v").is_some() && schema.virtual_tables.is_empty());
        let left_out: Vec<_> = look.left_out().iter().map(ToString::to_string).collect();
        assert_eq!(
            left_out,
            [
                "left out of the database `a.db`: the virtual table `f` (no such tokenizer: stems)",
                "left out of the database `a.db`: the virtual table `g` (no such module: geo)",
            ]
        );
        // Operations between two blueprints are tried where the names of both are known.
        let other = Blueprint::empty("it").unwrap();
        Blueprint::trial(&look, &other).unwrap().execute_batch("SELECT is_fine(1)").unwrap();
        let error = Blueprint::copy(&original, "it", ApplicationNames::NONE, ExcludedTables::NONE)
            .unwrap_err();
        assert_eq!(error.to_string(), "cannot make `a` of it again, without its rows");
    }
}
