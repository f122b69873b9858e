//! The names that a database has while it is made, and the rename to its own.

use std::collections::hash_map::RandomState;
use std::ffi::{OsStr, OsString};
use std::fs::{self, File};
use std::hash::{BuildHasher as _, Hasher as _};
use std::io;
use std::path::{Path, PathBuf};

/// The names of the files that one database is made in: `.runner-new-NAME.` and eight digits, which
/// differ each time. A process that is dying, whose runner is dead already, may still open its own.
#[derive(Debug)]
pub(super) struct NewName {
    folder: PathBuf,
    /// All of them begin with this.
    begin: OsString,
}

/// How many digits.
const DIGITS: usize = 8;

/// What SQLite adds to the name of a database.
const PARTS: [&str; 3] = ["-journal", "-wal", "-shm"];

impl NewName {
    /// Those for the database that is to be called `name`. `None`: they would be too long.
    pub(super) fn of(name: &Path) -> Option<Self> {
        const LONGEST: usize = 255;
        let mut begin = OsString::from(".runner-new-");
        begin.push(name.file_name()?);
        begin.push(".");
        let length = begin.len() + DIGITS + PARTS[0].len();
        (length <= LONGEST).then(|| Self { folder: name.parent().unwrap_or(name).into(), begin })
    }

    /// The file that is locked while the database is made.
    pub(super) fn lock(&self) -> PathBuf {
        self.folder.join(with(&self.begin, "lock"))
    }

    /// A name that no file has. A file is renamed to it and away from it again: this shows whether the
    /// file system can rename without replacing, before there is a file to lose.
    ///
    /// # Errors
    /// The file system cannot do that.
    pub(super) fn unused(
        &self,
        rename: impl Fn(&Path, &Path) -> io::Result<()>,
    ) -> io::Result<PathBuf> {
        let number = RandomState::new().build_hasher().finish() as u32;
        let file = self.folder.join(with(&self.begin, &format!("{number:08x}")));
        let other = self.folder.join(with(&self.begin, &format!("{:08x}", !number)));
        File::create_new(&other)?;
        let renamed = rename(&other, &file);
        fs::remove_file(if renamed.is_ok() { &file } else { &other })?;
        renamed.map(|()| file)
    }

    /// Removes what processes left that died. No process makes this database now.
    pub(super) fn remove_leftovers(&self) {
        let entries = fs::read_dir(&self.folder).into_iter().flatten().filter_map(Result::ok);
        for entry in entries.filter(|entry| self.is_made(&entry.file_name())) {
            let _ = fs::remove_file(entry.path());
        }
    }

    /// Whether a file of this name is one that the database was made in, or a part of it.
    fn is_made(&self, name: &OsStr) -> bool {
        let begin = self.begin.as_encoded_bytes();
        let Some(end) = name.as_encoded_bytes().strip_prefix(begin) else { return false };
        let Some((digits, part)) = end.split_at_checked(DIGITS) else { return false };
        digits.iter().all(u8::is_ascii_hexdigit)
            && (part.is_empty() || PARTS.iter().any(|known| known.as_bytes() == part))
    }
}

/// The files that SQLite keeps beside the database in `file`.
pub(super) fn parts(file: &Path) -> [PathBuf; 3] {
    PARTS.map(|part| with(file.as_os_str(), part).into())
}

fn with(begin: &OsStr, end: &str) -> OsString {
    let mut name = begin.to_owned();
    name.push(end);
    name
}

/// Syncs a file, or the names in a folder. No database in this process may be open on this file:
/// closing it here would drop SQLite's locks.
///
/// # Errors
/// The system's.
#[cfg(unix)]
pub(super) fn sync(path: &Path) -> io::Result<()> {
    File::open(path)?.sync_all()
}

/// Elsewhere nothing is made beside its name.
#[cfg(not(unix))]
pub(super) fn sync(_path: &Path) -> io::Result<()> {
    Err(io::ErrorKind::Unsupported.into())
}

/// Renames a file, if no file has the new name. In one step: a hard link and then an unlink would be
/// two names for a moment, which no runner opens.
///
/// # Errors
/// A file has that name; the file system cannot do it in one step.
#[cfg(any(target_os = "linux", target_vendor = "apple"))]
pub(super) fn rename_without_replacing(from: &Path, to: &Path) -> io::Result<()> {
    use rustix::fs::{CWD, RenameFlags, renameat_with};
    Ok(renameat_with(CWD, from, CWD, to, RenameFlags::NOREPLACE)?)
}

/// No other system is known to do it.
#[cfg(not(any(target_os = "linux", target_vendor = "apple")))]
pub(super) fn rename_without_replacing(_from: &Path, _to: &Path) -> io::Result<()> {
    Err(io::ErrorKind::Unsupported.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_other_databases_are_left_alone() {
        let name = NewName::of(Path::new("/srv/app.db")).unwrap();
        let is_made = |name_of: &str| name.is_made(OsStr::new(name_of));
        assert!(is_made(".runner-new-app.db.0123abcd"));
        assert!(is_made(".runner-new-app.db.0123abcd-journal"));
        for other in [
            "app.db",
            ".runner-new-app.db.lock",
            ".runner-new-app.db.0123abc",
            ".runner-new-app.db.0123abcd-backup",
            ".runner-new-app.db.0123abcd.0123abcd",
            ".runner-new-other.db.0123abcd",
        ] {
            assert!(!is_made(other), "{other}");
        }
        assert!(NewName::of(Path::new(&"x".repeat(240))).is_none());
    }

    #[test]
    fn a_file_system_that_cannot_rename_without_replacing_is_found_out_before_anything_is_made() {
        let folder = tempfile::tempdir().unwrap();
        let name = NewName::of(&folder.path().join("app.db")).unwrap();
        name.unused(|_, _| Err(io::ErrorKind::InvalidInput.into())).unwrap_err();
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
        name.unused(|from, to| fs::rename(from, to)).unwrap();
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
    }
}
