//! A database just before a migration, which the test takes forward and backward.

use std::path::Path;

use rusqlite::Connection;

use super::failure::Failure;
use super::harness::Harness;
use super::libraries::{self, Digested};
use super::test_database::TestDatabase;
use crate::discover::FIXTURE;
use crate::error::{Error, TestingError};
use crate::trial::{Problem, fixture};
use runner_engine::MigrationId;
use runner_engine::apply::ApplyOptions;
use runner_engine::job::{BuiltStep, Job};
use runner_engine::plan::Direction;

/// A migration under test, and a database of the test's own. The file goes when this is dropped.
#[derive(Debug)]
pub struct MigrationTest {
    harness: Harness,
    id: MigrationId,
    /// Of its source.
    digest: String,
    database: TestDatabase,
    is_applied: bool,
}

impl MigrationTest {
    pub(super) fn of(harness: Harness, (id, digest): Digested, database: TestDatabase) -> Self {
        Self { harness, id, digest, database, is_applied: false }
    }

    /// The migration.
    #[must_use]
    pub fn id(&self) -> &MigrationId {
        &self.id
    }

    /// A connection to the database, with the application's functions once the test registers them. No statement of it
    /// is running when the migration does.
    #[must_use]
    pub fn connection(&self) -> &Connection {
        self.database.connection()
    }

    /// As [`Self::connection`], for transactions and hooks.
    pub fn connection_mut(&mut self) -> &mut Connection {
        self.database.connection_mut()
    }

    /// Where the database is.
    #[must_use]
    pub fn path(&self) -> &Path {
        self.database.path()
    }

    /// Inserts the rows of the migration's `fixture.sql`, with foreign keys enforced.
    ///
    /// # Errors
    /// There is none; it does not go in; the migration is applied.
    pub fn insert_fixture(&mut self) -> Result<(), Failure> {
        self.require(Direction::Forward)?;
        let id = self.id.clone();
        let folder = self.harness.project.config().migrations.join(id.as_str());
        if !folder.join(FIXTURE).exists() {
            return Err(TestingError::NoFixture { id }.into());
        }
        let inserted = fixture::run(self.database.connection_mut(), &folder);
        let fail = |problem: Problem| TestingError::Fixture { id, message: problem.to_string() };
        inserted.map_err(fail)?;
        Ok(())
    }

    /// Applies the migration, as `runner migrate` does. After the newest migration, views and triggers of files are made,
    /// too.
    ///
    /// # Errors
    /// It does not compile; it fails, and then the database is as before; it is applied already.
    pub fn forward(&mut self) -> Result<(), Failure> {
        self.step(Direction::Forward)
    }

    /// Takes the migration back.
    ///
    /// # Errors
    /// It has no way back; it fails, and then the database is as before; it is not applied.
    pub fn backward(&mut self) -> Result<(), Failure> {
        self.step(Direction::Backward)
    }

    /// Refuses what comes before a step in the direction `next`, unless that is the one to come.
    fn require(&self, next: Direction) -> Result<(), TestingError> {
        let is_applied = self.is_applied;
        match is_applied == (next == Direction::Backward) {
            true => Ok(()),
            false => Err(TestingError::Order { id: self.id.clone(), is_applied }),
        }
    }

    fn step(&mut self, direction: Direction) -> Result<(), Failure> {
        let Harness { project, build } = &self.harness;
        self.require(direction)?;
        let needed = [(self.id.clone(), self.digest.clone())];
        let artifacts = libraries::built(project, &needed, *build)?;
        let is_last = self.harness.is_newest(&self.id) && direction == Direction::Forward;
        let job = Job {
            database: self.database.database().existing(),
            steps: artifacts
                .into_iter()
                .map(|artifact| BuiltStep { direction, artifact })
                .collect(),
            premise: None,
            options: ApplyOptions { on_a_copy: true, ..ApplyOptions::default() },
            application: project.config().application.clone(),
            bundle: project.bundle(),
            backups: None,
            keep: project.config().keep.clone(),
            definitions: if is_last { project.definitions()? } else { None },
        };
        job.apply_until(project.stop(), &mut |_| {}).map_err(Error::from)?;
        self.is_applied = direction == Direction::Forward;
        self.database.see_schema()?;
        Ok(())
    }
}
