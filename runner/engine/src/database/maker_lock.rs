//! The lock of the process that makes a database. It ends with its process. It is not a lock of
//! SQLite's: those are on the database, which does not exist yet.

use std::fs::{self, File};
use std::io;
use std::path::PathBuf;

use super::new_name::NewName;
use crate::file_lock::{self, Lock, leads_to};
use crate::regular_file;

/// A lock that is held. Its file is removed when this is dropped.
#[derive(Debug)]
pub(super) struct MakerLock {
    path: PathBuf,
    _file: File,
}

/// A lock that was tried for.
#[derive(Debug)]
pub(super) enum Tried {
    /// It is ours.
    Held(MakerLock),
    /// Another process has it, or had it until just now.
    Refused,
    /// Files cannot be locked here.
    Unsupported,
}

impl MakerLock {
    /// Tries to lock, and removes what the one before left that died with the lock.
    ///
    /// # Errors
    /// No file can be made in the folder.
    pub(super) fn take(names: &NewName) -> io::Result<Tried> {
        let path = names.lock();
        // What was left can only be there if this file was left too: it is made first and removed last.
        let (file, was_left) = match File::create_new(&path) {
            Ok(file) => (file, false),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                match regular_file::open(&path) {
                    Ok(file) => (file, true),
                    Err(error) if error.kind() == io::ErrorKind::NotFound => {
                        return Ok(Tried::Refused);
                    }
                    Err(error) => return Err(error),
                }
            }
            Err(error) => return Err(error),
        };
        match file_lock::alone(&file) {
            // Whoever had it may have removed the file, and another one may be locked under its name.
            Lock::Held if !leads_to(&path, &file) => Ok(Tried::Refused),
            Lock::Held => {
                if was_left {
                    names.remove_leftovers();
                }
                Ok(Tried::Held(Self { path, _file: file }))
            }
            Lock::Refused => Ok(Tried::Refused),
            Lock::Unsupported => {
                let _ = fs::remove_file(path);
                Ok(Tried::Unsupported)
            }
        }
    }

    /// Removes what a process left that died after the database got its name.
    pub(super) fn clear_up(names: &NewName) {
        if names.lock().exists() {
            // All that is left goes with the lock.
            drop(Self::take(names));
        }
    }
}

impl Drop for MakerLock {
    fn drop(&mut self) {
        // Before the lock ends: whoever gets it then sees that the file has no name any more.
        let _ = fs::remove_file(&self.path);
    }
}
