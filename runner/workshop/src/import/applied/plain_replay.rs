//! Runs the plain SQL of another tool's migrations on a database in memory, to see which schema it gives. Nothing is
//! built, and no file is touched.

use std::collections::HashMap;
use std::ops::Range;

use migration_api::operation::script;
use runner_engine::repeatable::{Definitions, RepeatableFile};
use runner_engine::{ApplicationNames, Missing, record};
use rusqlite::hooks::{AuthAction, AuthContext, Authorization};
use rusqlite::{Connection, OptionalExtension as _};

use super::AppliedError;
use crate::import::{ForeignMigration, RepeatableScript};
use crate::schema::{Blueprint, ExcludedTables, SchemaError};

/// A database in memory, and what its SQL may use.
pub(crate) struct PlainReplay<'a> {
    connection: Connection,
    application: &'a ApplicationNames,
    excluded: &'a ExcludedTables,
}

impl<'a> PlainReplay<'a> {
    /// # Errors
    /// SQLite's, which has no memory left.
    pub(crate) fn new(
        application: &'a ApplicationNames,
        excluded: &'a ExcludedTables,
    ) -> Result<Self, AppliedError> {
        let mut connection = Connection::open_in_memory()?;
        connection.pragma_update(None, "foreign_keys", false)?;
        connection.authorizer(Some(no_other_file))?;
        Ok(Self { connection, application, excluded })
    }

    /// Runs the way forward of `migration`.
    ///
    /// # Errors
    /// SQLite refuses a statement.
    pub(crate) fn run(&self, migration: &ForeignMigration) -> Result<(), AppliedError> {
        let sql = migration.forward.sql.as_str();
        self.application.register_substitutes(&self.connection, [sql])?;
        let run = |span: Range<usize>| self.execute(&sql[span]);
        script::spans(sql).into_iter().try_for_each(run).map_err(|source| AppliedError::Replay {
            file: migration.forward.file.display().to_string(),
            source: without_the_text(source),
        })
    }

    /// Makes the views and triggers that `script` defines as they are in the database of `connection`, those that are
    /// there.
    ///
    /// # Errors
    /// SQLite refuses a statement.
    pub(crate) fn copy_repeatable(
        &self,
        script: &RepeatableScript,
        connection: &Connection,
    ) -> Result<(), AppliedError> {
        let file = script.file.display().to_string();
        let text = RepeatableFile { file: file.clone(), text: script.sql.clone() };
        // What is wrong with a file is a finding of the import.
        let definitions = Definitions::read(vec![text]).unwrap_or_default();
        for definition in definitions.all() {
            let there: Option<String> = connection
                .query_row(
                    "SELECT sql FROM main.sqlite_schema WHERE type = ?1 AND name = ?2 COLLATE NOCASE",
                    [definition.kind.word(), &definition.name],
                    |row| row.get(0),
                )
                .optional()?;
            let Some(sql) = there else { continue };
            self.application.register_substitutes(&self.connection, [sql.as_str()])?;
            self.execute(&sql).map_err(|source| AppliedError::Replay {
                file: file.clone(),
                source: without_the_text(source),
            })?;
        }
        Ok(())
    }

    /// Runs a statement. What it does to rows with a function of the application is not what is to be seen here, so
    /// that a substitute is enough.
    fn execute(&self, statement: &str) -> rusqlite::Result<()> {
        let mut supplied = Vec::new();
        while let Err(error) = self.connection.execute_batch(statement) {
            let missing = Missing::in_words(&error.to_string());
            let Some(missing) = missing.filter(|it| !supplied.contains(it)) else {
                return Err(error);
            };
            if !missing.register_substitute(&self.connection)? {
                return Err(error);
            }
            supplied.push(missing);
        }
        Ok(())
    }

    /// The schema that is there now, which `of` names.
    ///
    /// # Errors
    /// A text that is not understood.
    pub(crate) fn schema(&self, of: &str) -> Result<Blueprint, SchemaError> {
        Blueprint::copy(&self.connection, of, self.application, self.excluded)
    }

    /// The names of all that is there now, each with the text that made it.
    ///
    /// # Errors
    /// SQLite's.
    pub(crate) fn texts(&self) -> rusqlite::Result<HashMap<String, String>> {
        self.texts_of(&self.connection)
    }

    /// The same, of another database.
    ///
    /// # Errors
    /// SQLite's.
    pub(crate) fn texts_of(
        &self,
        connection: &Connection,
    ) -> rusqlite::Result<HashMap<String, String>> {
        let all = "SELECT name, sql, tbl_name FROM main.sqlite_schema WHERE sql IS NOT NULL";
        let mut all = connection.prepare_cached(all)?;
        let mut rows = all.query([])?;
        let mut texts = HashMap::new();
        while let Some(row) = rows.next()? {
            let table: String = row.get(2)?;
            if !self.excluded.contain(&table) && !record::is_history(&table) {
                texts.insert(row.get(0)?, row.get(1)?);
            }
        }
        Ok(texts)
    }
}

/// Denies SQL to open a file. VACUUM attaches one that has no name.
fn no_other_file(context: AuthContext<'_>) -> Authorization {
    match context.action {
        AuthAction::Attach { filename } if !filename.is_empty() => Authorization::Deny,
        _ => Authorization::Allow,
    }
}

/// `error` without the whole SQL that SQLite was given.
fn without_the_text(error: rusqlite::Error) -> rusqlite::Error {
    match error {
        rusqlite::Error::SqlInputError { error, msg, .. } => {
            rusqlite::Error::SqliteFailure(error, Some(msg))
        }
        other => other,
    }
}
