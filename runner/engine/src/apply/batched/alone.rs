//! The lock of the runner that is at a batched migration, which holds no lock of SQLite's between two batches. It ends
//! with its process. It only spares others their work: who writes is decided in the database, by the owner of the
//! checkpoint.

use std::ffi::OsString;
use std::fs::{self, File, OpenOptions};
use std::path::{Path, PathBuf};

use crate::file_lock::{self, Lock, leads_to};

/// A lock that is held, if files can be locked here.
#[derive(Debug)]
pub(super) struct Alone {
    file: Option<(PathBuf, File)>,
}

impl Alone {
    /// Tries to lock. `None`: another runner is at it. Where no file can be made or locked, nobody is kept out.
    pub(super) fn try_for(database: &Path) -> Option<Self> {
        let path = path(database);
        let mut options = OpenOptions::new();
        let options = options.read(true).write(true).create(true).truncate(false);
        // A link in its place would have the lock, and the removal, be of another file.
        if fs::symlink_metadata(&path).is_ok_and(|it| !it.is_file()) {
            return Some(Self { file: None });
        }
        let Ok(file) = options.open(&path) else { return Some(Self { file: None }) };
        match file_lock::alone(&file) {
            // Whoever had it may have removed the file, and another one may be locked under its name.
            Lock::Held if !leads_to(&path, &file) => None,
            Lock::Held => Some(Self { file: Some((path, file)) }),
            Lock::Refused => None,
            Lock::Unsupported => {
                let _ = fs::remove_file(path);
                Some(Self { file: None })
            }
        }
    }
}

/// `.runner-batches-NAME.lock`, beside the database `NAME`.
fn path(database: &Path) -> PathBuf {
    let mut name = OsString::from(".runner-batches-");
    name.push(database.file_name().unwrap_or_default());
    name.push(".lock");
    database.with_file_name(name)
}

impl Drop for Alone {
    fn drop(&mut self) {
        // Before the lock ends: whoever gets it then sees that the file has no name any more.
        if let Some((path, _locked)) = &self.file {
            let _ = fs::remove_file(path);
        }
    }
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn one_has_it_and_nothing_is_left_of_it() {
        let folder = tempfile::tempdir().unwrap();
        let database = folder.path().join("a.db");
        let alone = Alone::try_for(&database).unwrap();
        assert!(Alone::try_for(&database).is_none());
        drop(alone);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
        drop(Alone::try_for(&database).unwrap());
    }
}
