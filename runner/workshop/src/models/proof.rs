//! Proves what SQLite looks at only when it is used: that foreign keys lead somewhere, and that views and
//! triggers compile.

use std::collections::BTreeSet;

use rusqlite::{ErrorCode, Row};

use super::failure::ModelsError;
use super::scratch::{Made, Scratch};
use super::script::without_the_text;
use crate::described::SourceLine;

impl Scratch {
    /// Proves it of all that was made.
    ///
    /// # Errors
    /// The first thing that does not hold, with its line.
    pub(super) fn prove(&self) -> Result<(), ModelsError> {
        self.parents_are_there()?;
        self.parents_are_keys()?;
        self.views_and_triggers_compile()
    }

    fn parents_are_there(&self) -> Result<(), ModelsError> {
        // Not by a subquery of the other, for which SQLite would look through all tables for each key.
        const KEYS: &str = "SELECT child.name, key.\"table\" \
                            FROM sqlite_schema AS child, pragma_foreign_key_list(child.name) AS key \
                            WHERE child.type = 'table' ORDER BY child.rowid, key.id";
        let tables: BTreeSet<String> = self
            .rows("SELECT name FROM sqlite_schema WHERE type = 'table'", |row| row.get(0))?
            .into_iter()
            .map(|table: String| table.to_ascii_lowercase())
            .collect();
        let keys: Vec<(String, String)> = self.rows(KEYS, |row| Ok((row.get(0)?, row.get(1)?)))?;
        let is_there = |parent: &str| tables.contains(&parent.to_ascii_lowercase());
        match keys.into_iter().find(|(_, parent)| !is_there(parent)) {
            Some((table, parent)) => {
                Err(ModelsError::NoParent { place: self.place_or_none(&table), table, parent })
            }
            None => Ok(()),
        }
    }

    fn rows<T>(
        &self,
        sql: &str,
        read: impl FnMut(&Row<'_>) -> rusqlite::Result<T>,
    ) -> Result<Vec<T>, ModelsError> {
        self.connection
            .prepare(sql)
            .and_then(|mut query| query.query_map([], read)?.collect())
            .map_err(|error| self.failed(error))
    }

    /// <https://sqlite.org/foreignkeys.html#fk_indexes>
    fn parents_are_keys(&self) -> Result<(), ModelsError> {
        for made in &self.made {
            let check =
                self.connection.prepare_cached("SELECT 1 FROM pragma_foreign_key_check(?1)");
            let checked = check.and_then(|mut query| query.exists([&made.name]));
            if let Err(source) = checked
                && source.to_string().contains("foreign key mismatch")
            {
                let (place, table) = (made.place.clone(), made.name.clone());
                return Err(ModelsError::NotAKey { place, table, source: Box::new(source) });
            }
        }
        Ok(())
    }

    /// A rename has SQLite compile all of them, whatever they are about.
    fn views_and_triggers_compile(&self) -> Result<(), ModelsError> {
        const RENAME: &str = "SAVEPOINT proof; CREATE TABLE _runner_proof (a); \
                              ALTER TABLE _runner_proof RENAME TO _runner_proved;";
        let renamed = self.connection.execute_batch(RENAME);
        // To interrupt a rename is to roll back everything.
        if let Err(error) = &renamed
            && error.sqlite_error_code() == Some(ErrorCode::OperationInterrupted)
        {
            return renamed.map_err(|error| self.failed(error));
        }
        self.connection
            .execute_batch("ROLLBACK TO proof; RELEASE proof")
            .map_err(|error| self.failed(error))?;
        let Err(error) = renamed else { return Ok(()) };
        let error = without_the_text(error);
        let words = error.to_string();
        let broken = self.made.iter().find_map(|made| broken(made, &words));
        Err(broken.unwrap_or(ModelsError::Scratch(error)))
    }

    fn place_or_none(&self, name: &str) -> SourceLine {
        self.place_of(name).unwrap_or_else(|| SourceLine::new("", 0))
    }
}

/// What SQLite says is wrong, if it is about `made`.
fn broken(made: &Made, words: &str) -> Option<ModelsError> {
    ["view", "trigger"].into_iter().find_map(|kind| {
        let about = words.strip_prefix(&format!("error in {kind} {}", made.name))?;
        let about = about.strip_prefix(" after rename").unwrap_or(about);
        Some(ModelsError::Broken {
            place: made.place.clone(),
            kind,
            name: made.name.clone(),
            reason: about.strip_prefix(": ")?.to_owned(),
        })
    })
}
