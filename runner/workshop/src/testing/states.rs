//! Databases as they are after a number of migrations, each made once and kept by the digests of what made it.
//!
//! A state is a file that nobody has open, and nobody changes: it gets its name by a rename once it is whole. One process
//! at a time makes one, under a lock that ends with it, from the nearest state that is there.

use std::collections::BTreeMap;
use std::fs::{self, File, Metadata};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
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

/// By the folder of the migrations and the last one: the sources that were asked, and which migrations lead there.
type Courses = BTreeMap<(PathBuf, MigrationId), (Digests, Vec<MigrationId>)>;

type Digests = BTreeMap<MigrationId, String>;

/// Which migrations replace others is read in all sources: once, while their digests stay.
static COURSES: Mutex<Courses> = Mutex::new(BTreeMap::new());

impl Course {
    /// Those of `project` that lead to `last`, and that one.
    pub(super) fn to(project: &Project, last: &MigrationId) -> Result<Self, Error> {
        let up_to = project.migrations().partition_point(|id| id <= last);
        let digests = project.source_digests(&project.migrations()[..up_to])?;
        let place = (project.config().migrations.clone(), last.clone());
        let mut courses = COURSES.lock().unwrap_or_else(PoisonError::into_inner);
        let ids = match courses.get(&place) {
            Some((of, ids)) if *of == digests => ids.clone(),
            _ => {
                let ids = project.on_an_empty_database(Some(last))?;
                courses.insert(place, (digests.clone(), ids.clone()));
                ids
            }
        };
        let digested = |id: MigrationId| {
            let digest = digests.get(&id).cloned().unwrap_or_default();
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
        remove_old(&self.folder);
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
        fs::rename(&path, state).map_err(self.unwritable())?;
        Ok(())
    }

    fn unwritable(&self) -> impl Fn(io::Error) -> TestingError {
        move |source| TestingError::NoFolder { folder: self.folder.clone(), source }
    }
}

/// Removes the states in `folder` that nobody has asked for in a while, and the libraries that nobody builds any more. To
/// keep one costs room alone.
fn remove_old(folder: &Path) {
    let is_old_state = |path: &Path, file: &Metadata| {
        path.extension().is_some_and(|end| end == "db") && file.modified().is_ok_and(is_long_ago)
    };
    remove(folder, is_old_state);
    remove(&libraries::folder(folder), |_, file| libraries::is_superseded(file));
}

fn remove(folder: &Path, is_old: impl Fn(&Path, &Metadata) -> bool) {
    for entry in fs::read_dir(folder).into_iter().flatten().filter_map(Result::ok) {
        let path = entry.path();
        if entry.metadata().is_ok_and(|file| file.is_file() && is_old(&path, &file)) {
            let _ = fs::remove_file(path);
        }
    }
}

/// Whether nobody needs what was last used at `time`.
pub(super) fn is_long_ago(time: SystemTime) -> bool {
    SystemTime::now().duration_since(time).is_ok_and(|age| age > KEPT)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_nobody_asked_for_in_a_while_goes_and_what_cargo_built_long_ago_stays() {
        let folder = tempfile::tempdir().unwrap();
        let libraries = libraries::folder(folder.path());
        fs::create_dir(&libraries).unwrap();
        let old = SystemTime::now() - KEPT - Duration::from_secs(60);
        let file = |path: PathBuf, time: SystemTime| {
            File::create(&path).unwrap().set_modified(time).unwrap();
            path
        };
        let gone = file(folder.path().join("gone.db"), old);
        let used = file(folder.path().join("used.db"), SystemTime::now());
        let built = file(folder.path().join("built.so"), old);
        let kept = libraries.join("kept");
        fs::hard_link(&built, &kept).unwrap();
        remove_old(folder.path());
        assert!(!gone.exists() && used.exists() && kept.exists());
        // Cargo builds another one.
        fs::remove_file(built).unwrap();
        remove_old(folder.path());
        assert!(kept.exists());
    }
}
