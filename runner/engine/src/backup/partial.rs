//! A copy that is being written: until it is whole, it has a name that no backup has.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use rusqlite::{Connection, OpenFlags};
use tempfile::NamedTempFile;

use super::BackupError;
use super::in_use::InUse;
use crate::partial_file::{self, Readers};
use crate::volume;

/// A file without a final name, removed when this is dropped.
pub(super) struct Partial {
    file: NamedTempFile,
    folder: PathBuf,
}

impl Partial {
    /// Makes one in `folder`, which must have room for `bytes`, and removes what was left there by
    /// processes that died.
    ///
    /// # Errors
    /// There is no such folder, it cannot be written, or there is not enough room.
    pub(super) fn new(folder: &Path, bytes: u64) -> Result<Self, BackupError> {
        let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
        if folder.exists() && !folder.is_dir() {
            return Err(BackupError::InTheWay { path: folder.to_owned() });
        }
        if !folder.is_dir() {
            return Err(BackupError::NoFolder { folder: folder.to_owned() });
        }
        let file = partial_file::create(folder, Readers::Owner)
            .map_err(BackupError::io("write in", folder))?;
        require_room(folder, bytes)?;
        Ok(Self { file, folder: folder.to_owned() })
    }

    pub(super) fn path(&self) -> &Path {
        self.file.path()
    }

    /// Opens it for writing. It needs no journal: an incomplete copy is thrown away.
    ///
    /// # Errors
    /// SQLite's.
    pub(super) fn open(&self) -> rusqlite::Result<Connection> {
        let path = std::path::absolute(self.path()).unwrap_or_else(|_| self.path().to_owned());
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags(path, flags)?;
        connection.pragma_update_and_check(None, "journal_mode", "OFF", |_| Ok(()))?;
        connection.pragma_update(None, "synchronous", "OFF")?;
        Ok(connection)
    }

    /// Gives it the permissions of `like`, syncs it, and gives it the first of `names` that is free,
    /// also of links. Returns the name, and the lock that keeps it from being removed.
    ///
    /// # Errors
    /// All names are taken; the system refuses.
    pub(super) fn publish(
        mut self,
        like: &Path,
        names: impl Iterator<Item = PathBuf>,
    ) -> Result<(PathBuf, InUse), BackupError> {
        let path = self.path().to_owned();
        fs::metadata(like)
            .and_then(|like| fs::set_permissions(&path, like.permissions()))
            .and_then(|()| self.file.as_file().sync_all())
            .map_err(BackupError::io("write", &path))?;
        let mut taken = path;
        for name in names {
            match self.file.persist_noclobber(&name) {
                Ok(file) => {
                    sync_folder(&self.folder).map_err(BackupError::io("sync", &self.folder))?;
                    return Ok((name, InUse::of(file)));
                }
                Err(error) if error.error.kind() == io::ErrorKind::AlreadyExists => {
                    self.file = error.file;
                    taken = name;
                }
                Err(error) => return Err(BackupError::io("make", &name)(error.error)),
            }
        }
        Err(BackupError::InTheWay { path: taken })
    }
}

pub(super) fn require_room(folder: &Path, needed: u64) -> Result<(), BackupError> {
    let free = volume::free(folder).map_err(BackupError::io("look at", folder))?;
    match free < needed {
        true => Err(BackupError::NoRoom { folder: folder.to_owned(), needed, free }),
        false => Ok(()),
    }
}

/// Makes the new name survive a power cut.
#[cfg(unix)]
pub(super) fn sync_folder(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

/// Other systems cannot sync a folder.
#[cfg(not(unix))]
pub(super) fn sync_folder(_folder: &Path) -> io::Result<()> {
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::partial_file::is_partial;

    #[test]
    fn what_a_dead_process_left_is_removed_and_what_a_living_one_writes_is_not() {
        let folder = tempfile::tempdir().unwrap();
        let left = folder.path().join(".runner-abc.partial");
        fs::write(&left, "SQLite format 3").unwrap();
        fs::write(folder.path().join("notes.partial"), "").unwrap();
        let living = Partial::new(folder.path(), 0).unwrap();
        assert!(is_partial(living.path()) && is_partial(&left));
        assert!(!left.exists());
        drop(Partial::new(folder.path(), 0).unwrap());
        assert!(living.path().exists());
        drop(living);
        let names: Vec<_> =
            fs::read_dir(folder.path()).unwrap().map(|e| e.unwrap().file_name()).collect();
        assert_eq!(names, ["notes.partial"]);
    }

    #[test]
    fn of_many_that_begin_at_once_none_takes_another_for_a_leftover() {
        let folder = tempfile::tempdir().unwrap();
        std::thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| {
                    for _ in 0..200 {
                        let partial = Partial::new(folder.path(), 0).unwrap();
                        assert!(partial.path().exists());
                    }
                });
            }
        });
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
    }

    #[test]
    fn too_little_room_is_found_out_before_anything_is_written() {
        let folder = tempfile::tempdir().unwrap();
        let error = Partial::new(folder.path(), u64::MAX).err().unwrap();
        assert!(matches!(error, BackupError::NoRoom { needed: u64::MAX, .. }), "{error}");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
    }
}
