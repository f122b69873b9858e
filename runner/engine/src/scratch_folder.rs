//! A folder for what is needed for a while. It is locked for as long as its process lives, so that the
//! next one which makes such a folder removes what a killed process left.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use crate::file_lock::{self, Lock, leads_to};

/// A folder that only this user can enter. It goes, with all that is in it, when this is dropped.
#[derive(Debug)]
pub struct ScratchFolder {
    // Dropped before the lock: nobody else removes what is being removed.
    folder: TempDir,
    _lock: Option<File>,
}

impl ScratchFolder {
    /// Makes one whose name begins with `prefix` in the folder for temporary files.
    ///
    /// # Errors
    /// The system refuses.
    pub fn new(prefix: &str) -> io::Result<Self> {
        Self::new_in(&std::env::temp_dir(), prefix)
    }

    /// Makes one in `parent`, after those with the same `prefix` whose processes are gone are removed.
    ///
    /// # Errors
    /// The system refuses.
    pub fn new_in(parent: &Path, prefix: &str) -> io::Result<Self> {
        remove_leftovers(parent, prefix);
        loop {
            let folder = private(prefix).tempdir_in(parent)?;
            // Until it is locked it may be taken for a leftover: then another one is made.
            let lock = match open(folder.path()) {
                Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
                opened => opened.ok(),
            };
            match lock.as_ref().map_or(Lock::Unsupported, file_lock::alone) {
                // Nobody removes what cannot be locked.
                Lock::Unsupported => return Ok(Self { folder, _lock: None }),
                Lock::Held if lock.as_ref().is_some_and(|lock| leads_to(folder.path(), lock)) => {
                    return Ok(Self { folder, _lock: lock });
                }
                Lock::Held | Lock::Refused => {}
            }
        }
    }

    /// Where it is.
    #[must_use]
    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Leaves it where it is, for good.
    #[must_use]
    pub fn keep(self) -> PathBuf {
        self.folder.keep()
    }
}

fn private(prefix: &str) -> tempfile::Builder<'_, 'static> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(prefix);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        builder.permissions(fs::Permissions::from_mode(0o700));
    }
    builder
}

/// Opens a folder to lock it. Elsewhere than on Unix that cannot be done, and nothing is removed.
fn open(folder: &Path) -> io::Result<File> {
    match cfg!(unix) {
        true => File::open(folder),
        false => Err(io::ErrorKind::Unsupported.into()),
    }
}

/// Removes folders of this user that nobody locks. Each is locked until it is gone, so that a process
/// which made it just now, and has not locked it yet, sees that it is.
fn remove_leftovers(parent: &Path, prefix: &str) {
    let entries = fs::read_dir(parent).into_iter().flatten().filter_map(Result::ok);
    let ours = entries.filter(|entry| {
        entry.file_name().to_string_lossy().starts_with(prefix)
            && entry.metadata().is_ok_and(|found| found.is_dir() && is_own(&found))
    });
    for path in ours.map(|entry| entry.path()) {
        if let Ok(lock) = open(&path)
            && file_lock::alone(&lock) == Lock::Held
            && leads_to(&path, &lock)
        {
            let _ = fs::remove_dir_all(path);
        }
    }
}

#[cfg(unix)]
fn is_own(found: &fs::Metadata) -> bool {
    std::os::unix::fs::MetadataExt::uid(found) == rustix::process::geteuid().as_raw()
}

#[cfg(not(unix))]
fn is_own(_found: &fs::Metadata) -> bool {
    false
}

#[cfg(unix)]
#[cfg(test)]
mod tests {
    use super::*;

    fn names(folder: &Path) -> Vec<String> {
        let entries = fs::read_dir(folder).unwrap();
        let mut names: Vec<_> =
            entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    #[test]
    fn what_a_dead_process_left_is_removed_and_what_a_living_one_uses_is_not() {
        let parent = tempfile::tempdir().unwrap();
        for left in ["mine-abc", "other-abc"] {
            fs::create_dir_all(parent.path().join(left).join("deep")).unwrap();
            fs::write(parent.path().join(left).join("deep/file"), "x").unwrap();
        }
        fs::write(parent.path().join("mine-file"), "x").unwrap();
        std::os::unix::fs::symlink("other-abc", parent.path().join("mine-link")).unwrap();
        let living = ScratchFolder::new_in(parent.path(), "mine-").unwrap();
        let name = living.path().file_name().unwrap().to_str().unwrap().to_owned();
        let mut left = ["mine-file", "mine-link", "other-abc", name.as_str()];
        left.sort_unstable();
        assert_eq!(names(parent.path()), left);
        drop(ScratchFolder::new_in(parent.path(), "mine-").unwrap());
        assert!(living.path().exists());
        drop(living);
        assert_eq!(names(parent.path()), ["mine-file", "mine-link", "other-abc"]);
    }

    #[test]
    fn of_many_that_are_made_at_once_none_is_taken_for_a_leftover() {
        let parent = tempfile::tempdir().unwrap();
        std::thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| {
                    for _ in 0..100 {
                        let folder = ScratchFolder::new_in(parent.path(), "mine-").unwrap();
                        fs::write(folder.path().join("file"), "x").unwrap();
                        assert!(folder.path().join("file").exists());
                    }
                });
            }
        });
        assert!(names(parent.path()).is_empty());
    }
}
