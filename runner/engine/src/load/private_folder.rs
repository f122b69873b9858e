//! A folder that only this user can change, to load libraries from.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use crate::id::MigrationId;
use crate::scratch_folder::ScratchFolder;

/// Why libraries cannot be loaded from the folder for temporary files.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum NoPlace {
    /// The system refuses, or there is no room.
    #[error("it cannot be unpacked to `{}`", folder.display())]
    Unwritable {
        /// The folder for temporary files.
        folder: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// Others could replace it.
    #[error(
        "it is not unpacked to `{}`: others may write to `{}`, and could swap its libraries",
        folder.display(), writable.display()
    )]
    Unsafe {
        /// The folder for temporary files.
        folder: PathBuf,
        /// That folder, or one that it is in.
        writable: PathBuf,
    },
    /// It is mounted `noexec`.
    #[error("its libraries cannot be loaded from `{}`, which is mounted `noexec`", folder.display())]
    NoExec {
        /// The folder for temporary files.
        folder: PathBuf,
    },
}

/// A folder in that for temporary files. It is removed when this is dropped.
pub(super) struct PrivateFolder {
    scratch: ScratchFolder,
    /// Where it is.
    parent: PathBuf,
}

impl PrivateFolder {
    /// Makes one, where nobody else can rename or replace it.
    ///
    /// # Errors
    /// See [`NoPlace`].
    pub(super) fn new() -> Result<Self, NoPlace> {
        let parent = std::env::temp_dir();
        let fail = |source| NoPlace::Unwritable { folder: parent.clone(), source };
        // Links on the way to it may be changed by others: from here on none are followed.
        let place = fs::canonicalize(&parent).map_err(fail)?;
        if let Some(writable) = writable_by_others(&place).map_err(fail)? {
            return Err(NoPlace::Unsafe { folder: parent, writable });
        }
        let scratch = ScratchFolder::new_in(&place, "runner-libraries-").map_err(fail)?;
        Ok(Self { scratch, parent })
    }

    /// Writes `library` there, calls `load` with its path, and removes its name again.
    ///
    /// # Errors
    /// See [`NoPlace`].
    pub(super) fn load<T>(
        &self,
        id: &MigrationId,
        library: &[u8],
        load: impl FnOnce(&Path) -> T,
    ) -> Result<T, NoPlace> {
        /// The loader assumes that two libraries of one name are the same.
        static USED: AtomicU64 = AtomicU64::new(0);
        let number = USED.fetch_add(1, Ordering::Relaxed);
        let path = self.scratch.path().join(format!("{number}-{}.library", id.stamp()));
        let fail = |source| NoPlace::Unwritable { folder: self.parent.clone(), source };
        fs::write(&path, library).map_err(fail)?;
        if !may_execute(&File::open(&path).map_err(fail)?) {
            return Err(NoPlace::NoExec { folder: self.parent.clone() });
        }
        let loaded = load(&path);
        // Mapped, it needs no name. Where a loaded file cannot be removed, it stays.
        let _ = fs::remove_file(path);
        Ok(loaded)
    }
}

#[cfg(unix)]
use crate::ffi::may_execute;

/// Elsewhere no mount forbids it.
#[cfg(not(unix))]
fn may_execute(_file: &File) -> bool {
    true
}

/// The first of `folder` and its parents in which others may rename or replace files: it is another user's, or
/// others may write to it and it has no sticky bit.
#[cfg(unix)]
fn writable_by_others(folder: &Path) -> io::Result<Option<PathBuf>> {
    use std::os::unix::fs::MetadataExt as _;
    const OTHERS_MAY_WRITE: u32 = 0o022;
    const STICKY: u32 = 0o1000;
    const ROOT: u32 = 0;
    let user = rustix::process::geteuid().as_raw();
    for place in folder.ancestors() {
        let found = fs::metadata(place)?;
        let is_trusted = found.uid() == user || found.uid() == ROOT;
        let is_open = found.mode() & OTHERS_MAY_WRITE != 0 && found.mode() & STICKY == 0;
        if !is_trusted || is_open {
            return Ok(Some(place.to_owned()));
        }
    }
    Ok(None)
}

/// Elsewhere the folder for temporary files is the user's own.
#[cfg(not(unix))]
fn writable_by_others(_folder: &Path) -> io::Result<Option<PathBuf>> {
    Ok(None)
}

#[cfg(test)]
mod examples {
    use super::*;
    use crate::messages::{Examples, each_variant};

    impl Examples for NoPlace {
        fn examples() -> Vec<Self> {
            let folder = || PathBuf::from("/srv/game/tmp");
            each_variant!(NoPlace:
                Unwritable { folder: folder(), source: io::ErrorKind::StorageFull.into() },
                Unsafe { folder: folder(), writable: "/srv/game".into() },
                NoExec { folder: folder() },
            )
        }
    }
}

#[cfg(unix)]
#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    fn allow(folder: &Path, mode: u32) {
        fs::set_permissions(folder, fs::Permissions::from_mode(mode)).unwrap();
    }

    #[test]
    fn a_folder_that_others_may_write_to_is_told_unless_it_is_sticky() {
        let above = tempfile::tempdir().unwrap();
        let above = fs::canonicalize(above.path()).unwrap();
        let folder = above.join("below");
        fs::create_dir(&folder).unwrap();
        assert_eq!(writable_by_others(&folder).unwrap(), None);
        for mode in [0o777, 0o770, 0o722] {
            allow(&folder, mode);
            assert_eq!(writable_by_others(&folder).unwrap(), Some(folder.clone()), "{mode:o}");
            allow(&folder, 0o755);
            allow(&above, mode);
            assert_eq!(writable_by_others(&folder).unwrap(), Some(above.clone()), "{mode:o}");
            allow(&above, mode | 0o1000);
            assert_eq!(writable_by_others(&folder).unwrap(), None, "{mode:o}");
            allow(&above, 0o700);
        }
    }

    #[test]
    fn a_library_has_a_name_of_its_own_there_and_none_once_it_is_loaded() {
        let id: MigrationId = "20250101_000000_a".parse().unwrap();
        let folder = PrivateFolder::new().unwrap();
        let mode = fs::metadata(folder.scratch.path()).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o700);
        let name = |library: &[u8]| {
            let load = |path: &Path| {
                assert_eq!(fs::read(path).unwrap(), library);
                path.to_owned()
            };
            folder.load(&id, library, load).unwrap()
        };
        let (one, other) = (name(b"one"), name(b"other"));
        assert_ne!(one, other);
        assert_eq!(fs::read_dir(folder.scratch.path()).unwrap().count(), 0);
    }
}
