//! The libraries of migrations that this process has built, by the digests of their sources.

use std::collections::BTreeMap;
use std::fs::{self, Metadata};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, UNIX_EPOCH};

use super::states;
use crate::cargo::BuildOptions;
use crate::error::{Error, TestingError};
use crate::migration_source::Buildable;
use crate::project::Project;
use runner_engine::load::{Artifact, Library};
use runner_engine::{MigrationId, MigrationSource as _};

/// A migration and the digest of its source.
pub(super) type Digested = (MigrationId, String);

/// By the folder of the migrations, and the migration.
static BUILT: Mutex<BTreeMap<(PathBuf, MigrationId), Artifact>> = Mutex::new(BTreeMap::new());

/// Where libraries are kept below the folder of states.
pub(super) fn folder(states: &Path) -> PathBuf {
    states.join("libraries")
}

/// Whether a library that is kept is no longer what cargo has, and has not been for long: its last other name was taken
/// away then.
#[cfg(unix)]
pub(super) fn is_superseded(library: &Metadata) -> bool {
    use std::os::unix::fs::MetadataExt as _;
    let changed = u64::try_from(library.ctime()).map(Duration::from_secs);
    library.nlink() == 1 && changed.is_ok_and(|time| states::is_long_ago(UNIX_EPOCH + time))
}

#[cfg(not(unix))]
pub(super) fn is_superseded(_library: &Metadata) -> bool {
    false
}

/// The libraries of `needed`, in the same order. Where one is missing all of the project is built: cargo is called once for
/// all tests of a process. One that is not needed may not compile.
///
/// # Errors
/// As [`compile`](crate::compile::compile).
pub(super) fn built(
    project: &Project,
    needed: &[Digested],
    options: BuildOptions,
) -> Result<Vec<Artifact>, Error> {
    let migrations = &project.config().migrations;
    let mut built = BUILT.lock().unwrap_or_else(PoisonError::into_inner);
    let known = |built: &BTreeMap<_, Artifact>| -> Option<Vec<Artifact>> {
        let of = |(id, digest): &Digested| {
            let artifact: &Artifact = built.get(&(migrations.clone(), id.clone()))?;
            (artifact.source_digest == *digest).then(|| artifact.clone())
        };
        needed.iter().map(of).collect()
    };
    if let Some(known) = known(&built) {
        return Ok(known);
    }
    let source = Buildable { migrations: project.source(), options, stop: project.stop() };
    let all: Vec<&MigrationId> = project.migrations().iter().collect();
    let ours: Vec<&MigrationId> = needed.iter().map(|(id, _)| id).collect();
    let artifacts = match source.artifacts(&all, &mut |_| {}) {
        Ok(artifacts) => artifacts,
        Err(_) => source.artifacts(&ours, &mut |_| {})?,
    };
    for artifact in artifacts {
        let artifact = kept(artifact, &folder(&states::folder(project)))?;
        built.insert((migrations.clone(), artifact.id.clone()), artifact);
    }
    let needed = ours.iter().filter_map(|id| built.get(&(migrations.clone(), (*id).clone())));
    Ok(needed.cloned().collect())
}

/// `artifact`, with its library under a name in `folder` that no other build has: the loader knows a library by its name,
/// and cargo gives the next one the same.
fn kept(artifact: Artifact, folder: &Path) -> Result<Artifact, TestingError> {
    let Library::File(path) = &artifact.library else { return Ok(artifact) };
    let unwritable = |source| TestingError::NoFolder { folder: folder.to_owned(), source };
    let kept = (|| {
        let built = fs::metadata(path)?.modified()?.duration_since(UNIX_EPOCH).unwrap_or_default();
        let name = format!("{}-{:.16}-{:x}", artifact.id, artifact.source_digest, built.as_nanos());
        let kept = folder.join(name);
        fs::create_dir_all(folder)?;
        match fs::hard_link(path, &kept) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(_) => drop(fs::copy(path, &kept)?),
            Ok(()) => {}
        }
        Ok(kept)
    })();
    Ok(Artifact { library: kept.map_err(unwritable)?.into(), ..artifact })
}
