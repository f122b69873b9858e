//! Databases as they are after a number of migrations, each made once and kept by the digests of what made it.
//!
//! A state is a file that nobody has open, and nobody changes: it gets its name by a rename once it is whole. One process
//! at a time makes one, under a lock that ends with it, from the nearest state that is there.

use std::fs::{self, File, Metadata};
use std::io;
use std::path::PathBuf;
use std::time::{Duration, SystemTime};

use super::harness::Harness;
use super::libraries::{self, Digested};
use super::test_database::TestDatabase;
use crate::cargo::file_in_target;
use crate::error::{Error, TestingError};
use crate::project::Project;
use runner_engine::apply::ApplyOptions;
use runner_engine::job::{BuiltStep, Job};
use runner_engine::kept::KeepLost;
use runner_engine::plan::Direction;
use runner_engine::scratch_folder::ScratchFolder;
use runner_engine::sum::Sum;
use runner_engine::{Database, Definitions, MigrationId};

/// States that nobody has asked for in so long are removed.
const KEPT: Duration = Duration::from_secs(14 * 24 * 3600);

/// Where the states of `project` are kept.
pub(super) fn folder(project: &Project) -> PathBuf {
    file_in_target(&project.config().migrations, "states", "d")
}

/// Migrations that follow one another on an empty database, with the digests of their sources.
#[derive(Debug, Clone, Default)]
pub(super) struct Course(Vec<Digested>);

impl Course {
    /// Those of `project` that lead to `last`, and that one.
    pub(super) fn to(project: &Project, last: &MigrationId) -> Result<Self, Error> {
        let ids = project.on_an_empty_database(Some(last))?;
        let mut digests = project.source_digests(&ids)?;
        let digested = |id: MigrationId| {
            let digest = digests.remove(&id).unwrap_or_default();
            (id, digest)
        };
        Ok(Self(ids.into_iter().map(digested).collect()))
    }

    /// All but the last.
    pub(super) fn before_the_last(&self) -> Self {
        Self(self.0.split_last().map_or_else(Vec::new, |(_, before)| before.to_vec()))
    }

    /// The last.
    pub(super) fn last(&self) -> Option<&Digested> {
        self.0.last()
    }
}

/// The states of a project.
pub(super) struct States<'h> {
    harness: &'h Harness,
    folder: PathBuf,
}

impl<'h> States<'h> {
    pub(super) fn of(harness: &'h Harness) -> Self {
        Self { harness, folder: folder(&harness.project) }
    }

    /// A copy of the state at the end of `course`, with the views and triggers of `definitions`.
    pub(super) fn copy(
        &self,
        course: &Course,
        definitions: Option<&Definitions>,
    ) -> Result<TestDatabase, Error> {
        let files = self.files(course, definitions)?;
        let Some(state) = files.last() else {
            fs::create_dir_all(&self.folder).map_err(self.unwritable())?;
            return Ok(TestDatabase::empty(&self.folder)?);
        };
        loop {
            match TestDatabase::copy_of(state, &self.folder)? {
                Some(copy) => return Ok(copy),
                None => self.make(course, &files, definitions)?,
            }
        }
    }

    /// Where the state after each migration of `course` is kept, and then that with `definitions`.
    fn files(
        &self,
        course: &Course,
        definitions: Option<&Definitions>,
    ) -> Result<Vec<PathBuf>, Error> {
        let unreadable = |error: serde_json::Error| (self.unwritable())(error.into());
        let mut sum = Sum::new();
        sum.part(env!("CARGO_PKG_VERSION").as_bytes());
        sum.part(rusqlite::version().as_bytes());
        let application = &self.harness.project.config().application;
        sum.part(&serde_json::to_vec(application).map_err(unreadable)?);
        let file = |sum: &Sum| self.folder.join(format!("{:.32}.db", sum.clone().hex()));
        let mut files = Vec::new();
        for (id, digest) in &course.0 {
            sum.part(id.as_str().as_bytes());
            sum.part(digest.as_bytes());
            files.push(file(&sum));
        }
        if let Some(definitions) = definitions {
            sum.part(&serde_json::to_vec(definitions).map_err(unreadable)?);
            files.push(file(&sum));
        }
        Ok(files)
    }

    /// Makes the last of `files`, unless another process does.
    fn make(
        &self,
        course: &Course,
        files: &[PathBuf],
        definitions: Option<&Definitions>,
    ) -> Result<(), Error> {
        let Harness { project, build } = self.harness;
        fs::create_dir_all(&self.folder).map_err(self.unwritable())?;
        let lock = File::create(self.folder.join("lock")).map_err(self.unwritable())?;
        // Where files cannot be locked, two may do the same, and one renames over the other.
        let _ = lock.lock();
        let nearest = files.iter().rposition(|file| file.exists());
        let (Some(state), left) = (files.last(), nearest.map_or(0, |place| place + 1)) else {
            return Ok(());
        };
        if left == files.len() {
            return Ok(());
        }
        let folder = ScratchFolder::new_in(&self.folder, "making-").map_err(self.unwritable())?;
        let path = folder.path().join("state.db");
        if let Some(nearest) = nearest {
            fs::copy(&files[nearest], &path).map_err(self.unwritable())?;
        }
        let pending = course.0.get(left..).unwrap_or_default();
        let artifacts = libraries::built(project, pending, *build)?;
        let step = |artifact| BuiltStep { direction: Direction::Forward, artifact };
        let job = Job {
            database: Database::at(path.clone()),
            steps: artifacts.into_iter().map(step).collect(),
            premise: None,
            options: ApplyOptions { on_a_copy: true, ..ApplyOptions::default() },
            application: project.config().application.clone(),
            bundle: project.bundle(),
            backups: None,
            keep: KeepLost::default(),
            definitions: definitions.cloned(),
        };
        job.apply_until(project.stop(), &mut |_| {}).map_err(Error::from)?;
        self.remove_old();
        fs::rename(&path, state).map_err(self.unwritable())?;
        Ok(())
    }

    /// Removes the states that nobody has asked for in a while. To keep one costs room alone.
    fn remove_old(&self) {
        let entries = fs::read_dir(&self.folder).into_iter().flatten().filter_map(Result::ok);
        let libraries = fs::read_dir(libraries::folder(&self.folder));
        let libraries = libraries.into_iter().flatten().filter_map(Result::ok);
        for entry in entries.chain(libraries) {
            let is_old = entry.metadata().is_ok_and(|it| it.is_file() && is_old(&it));
            if is_old {
                let _ = fs::remove_file(entry.path());
            }
        }
    }

    fn unwritable(&self) -> impl Fn(io::Error) -> TestingError {
        move |source| TestingError::NoFolder { folder: self.folder.clone(), source }
    }
}

fn is_old(file: &Metadata) -> bool {
    let age = file.modified().ok().and_then(|used| SystemTime::now().duration_since(used).ok());
    age.is_some_and(|age| age > KEPT)
}
