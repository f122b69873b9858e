//! The migrations of a project, as tests ask for them.

use std::path::{Path, PathBuf};

use super::failure::Failure;
use super::migration_test::MigrationTest;
use super::states::{Course, States};
use super::test_database::TestDatabase;
use crate::cargo::BuildOptions;
use crate::config::{Config, Overrides};
use crate::error::Error;
use crate::project::Project;
use crate::select::select;
use runner_engine::MigrationId;

/// The migrations of a project, for tests.
#[derive(Debug, Clone)]
pub struct Harness {
    pub(super) project: Project,
    pub(super) build: BuildOptions,
}

impl Harness {
    /// The project whose `runner.toml` is in `folder` or above it, as `env!("CARGO_MANIFEST_DIR")` names one. Its database
    /// is not opened, and need not be there.
    ///
    /// # Errors
    /// A `runner.toml` that is wrong; no folder of migrations.
    pub fn of(folder: impl AsRef<Path>) -> Result<Self, Failure> {
        // Whatever `DATABASE_URL` says: nobody asks this one for anything.
        let database = Some(PathBuf::from("untouched.db"));
        let overrides = Overrides { database, ..Overrides::default() };
        let config = Config::find(folder.as_ref(), &overrides).map_err(Error::from)?;
        Ok(Self::of_project(Project::open(config)?))
    }

    /// The migrations of `project`. Its database is not opened.
    #[must_use]
    pub fn of_project(project: Project) -> Self {
        Self { project, build: BuildOptions::default() }
    }

    /// The same, where cargo may do what `options` say.
    #[must_use]
    pub fn building(self, options: BuildOptions) -> Self {
        Self { build: options, ..self }
    }

    /// A database to which all migrations before `migration` are applied, which is an id, a name, or the beginning of an
    /// id.
    ///
    /// # Errors
    /// There is no such migration; one does not compile; one before it fails; the database cannot be made.
    pub fn before(&self, migration: &str) -> Result<MigrationTest, Failure> {
        let id = self.select(migration)?;
        let course = Course::to(&self.project, &id)?;
        let database = self.copy(&course.before_the_last(), false)?;
        let (id, digest) = course.last().cloned().unwrap_or((id, String::new()));
        Ok(MigrationTest::of(self.clone(), (id, digest), database))
    }

    /// A database to which all migrations up to `migration` are applied, with the rows that they insert. After the newest
    /// one, the views and triggers of files are there too.
    ///
    /// # Errors
    /// As [`Self::before`]; `migration` itself fails.
    pub fn at(&self, migration: &str) -> Result<TestDatabase, Failure> {
        self.at_id(&self.select(migration)?)
    }

    /// As [`Self::at`], after all migrations; an empty database, if there is none.
    ///
    /// # Errors
    /// As [`Self::at`].
    pub fn latest(&self) -> Result<TestDatabase, Failure> {
        match self.project.migrations().last() {
            Some(id) => self.at_id(id),
            None => self.copy(&Course::default(), false),
        }
    }

    fn at_id(&self, id: &MigrationId) -> Result<TestDatabase, Failure> {
        let course = Course::to(&self.project, id)?;
        self.copy(&course, self.is_newest(id))
    }

    fn copy(&self, course: &Course, with_definitions: bool) -> Result<TestDatabase, Failure> {
        let states = States::of(self);
        let definitions = if with_definitions { self.project.definitions()? } else { None };
        Ok(states.copy(course, definitions.as_ref())?)
    }

    pub(super) fn is_newest(&self, id: &MigrationId) -> bool {
        self.project.migrations().last() == Some(id)
    }

    fn select(&self, words: &str) -> Result<MigrationId, Error> {
        Ok(select(words, self.project.migrations())?)
    }
}
