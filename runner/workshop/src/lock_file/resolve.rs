//! Puts a lock file right that a merge left with conflicts, where there is only one way to.

use std::io;
use std::path::{Path, PathBuf};

use super::conflict::Conflict;
use super::merge::merge;
use runner_engine::MigrationId;
use runner_engine::exit::{self, Exit};
use runner_engine::explain::{self, Code};
use runner_engine::hint::{self, Hint};
use runner_engine::{regular_file, whole_file};

/// If the lock file of `workspace` has git's conflict markers, and the sides differ in nothing but packages that one of
/// them adds, makes it the lock file that has all of them. Gives the file if it wrote it.
///
/// # Errors
/// Sides that differ in more; markers that are not git's; a lock file that is `locked`, which nobody may write; a file
/// that cannot be written.
pub(crate) fn resolve(workspace: &Path, locked: bool) -> Result<Option<PathBuf>, LockError> {
    let path = workspace.join("Cargo.lock");
    // What cannot be read is for cargo to report.
    let Ok(text) = regular_file::read_text(&path, regular_file::TEXT) else { return Ok(None) };
    let sides = match Conflict::of(&text) {
        Conflict::None => return Ok(None),
        _ if locked => return Err(LockError::Locked { path }),
        Conflict::Unclear => return Err(LockError::Unclear { path }),
        Conflict::Between(sides) => sides,
    };
    let is_gone = |package: &str| {
        let id = package.strip_prefix('m').and_then(|id| id.parse::<MigrationId>().ok());
        id.is_some_and(|id| !workspace.join(id.as_str()).exists())
    };
    match merge(&sides, is_gone) {
        Err(differing) => Err(LockError::Differ { path, differing }),
        Ok(merged) => match whole_file::write(&path, merged.as_bytes()) {
            Ok(()) => Ok(Some(path)),
            Err(source) => Err(LockError::Unwritable { path, source }),
        },
    }
}

/// Why a lock file stays as a merge left it.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LockError {
    /// The sides of the merge differ in more than what each adds.
    #[error("`{}` has the conflict of a merge in it, and the sides do not agree about {differing}", path.display())]
    Differ {
        /// The lock file.
        path: PathBuf,
        /// What they do not agree about.
        differing: String,
    },
    /// There are conflict markers that are not git's, or not all of them.
    #[error("`{}` has conflict markers in it that are not as git writes them", path.display())]
    Unclear {
        /// The lock file.
        path: PathBuf,
    },
    /// The build was to leave the lock file as it is.
    #[error("`{}` has the conflict of a merge in it, and may not be changed", path.display())]
    Locked {
        /// The lock file.
        path: PathBuf,
    },
    /// The file system refused.
    #[error("cannot write `{}`", path.display())]
    Unwritable {
        /// The lock file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
}

impl LockError {
    /// The exit that this asks for.
    #[must_use]
    pub fn exit(&self) -> Exit {
        match self {
            Self::Unwritable { source, .. } => exit::of_io(source, Exit::Usage),
            _ => Exit::Usage,
        }
    }

    /// What `runner explain` has to say about it.
    #[must_use]
    pub fn code(&self) -> Code {
        match self {
            Self::Differ { .. } | Self::Unclear { .. } | Self::Locked { .. } => Code::LockConflict,
            Self::Unwritable { source, .. } => explain::of_io(source, Code::UnwritableFile),
        }
    }

    /// What to do next.
    #[must_use]
    pub fn hint(&self) -> Option<Hint> {
        Some(match self {
            Self::Differ { path, .. } | Self::Unclear { path } => format!(
                "nothing was applied; take one side, as by `git checkout --ours {}`: the next build adds to it what \
                 it lacks",
                path.display()
            ).into(),
            Self::Locked { .. } => "nothing was applied; a build that may write it puts it right \
                                    where both sides only add migrations"
                .into(),
            Self::Unwritable { source, .. } => return hint::writing(source),
        })
    }
}

#[cfg(test)]
mod examples {
    use super::*;
    use crate::messages::{Examples, each_variant, refused};

    impl Examples for LockError {
        fn examples() -> Vec<Self> {
            let path = || PathBuf::from("/srv/game/migrations/Cargo.lock");
            each_variant!(LockError:
                Differ { path: path(), differing: "`rusqlite`".into() },
                Unclear { path: path() },
                Locked { path: path() },
                Unwritable { path: path(), source: refused() },
                Unwritable { path: path(), source: io::ErrorKind::StorageFull.into() },
            )
        }
    }
}
