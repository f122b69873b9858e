//! Writes files that are whole or not there: whoever is killed while writing leaves what was there
//! before.

use std::fs::{self, File};
use std::io::{self, Read as _, Write as _};
use std::path::Path;

use tempfile::NamedTempFile;

use crate::partial_file::{self, Readers};

/// Writes `bytes` to the file at `path`, in the place of what is there.
///
/// # Errors
/// The system refuses, or there is an SQLite database; then what was there is there still.
pub fn write(path: &Path, bytes: &[u8]) -> io::Result<()> {
    write_with(path, |file| file.write_all(bytes))
}

/// Refuses to write over the database at `path`, which the file of another kind was not meant to replace.
///
/// # Errors
/// There is an SQLite database: [`io::ErrorKind::AlreadyExists`].
pub fn refuse_database(path: &Path) -> io::Result<()> {
    const MAGIC: &[u8] = b"SQLite format 3\0"; // <https://sqlite.org/fileformat2.html#magic_header_string>
    let is_file = fs::metadata(path).is_ok_and(|there| there.is_file());
    let mut head = Vec::new();
    if is_file && let Ok(file) = File::open(path) {
        file.take(MAGIC.len() as u64).read_to_end(&mut head)?;
    }
    if head != MAGIC {
        return Ok(());
    }
    Err(io::Error::new(io::ErrorKind::AlreadyExists, "there is an SQLite database, which is kept"))
}

/// As [`write()`], of what `fill` writes, which may be asked twice.
///
/// # Errors
/// As [`write()`]; that of `fill`.
pub fn write_with(path: &Path, fill: impl Fn(&mut File) -> io::Result<()>) -> io::Result<()> {
    // What a link leads to is replaced, and the link stays.
    let place = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    refuse_database(&place)?;
    let Ok(there) = fs::metadata(&place) else {
        return finish(beside(&place, &fill)?, &place);
    };
    // What may not be written is not replaced either. Nothing is cut off yet.
    let mut file = File::options().write(true).open(&place)?;
    if !there.is_file() {
        // A terminal or a pipe: there is nothing to replace.
        return fill(&mut file);
    }
    let replaced = beside(&place, &fill).and_then(|partial| {
        partial.as_file().set_permissions(there.permissions())?;
        finish(partial, &place)
    });
    match replaced {
        // A file may be writable where its folder is not, or be mounted by itself.
        Err(error) if is_about_the_folder(&error) => {
            file.set_len(0)?;
            fill(&mut file)
        }
        outcome => outcome,
    }
}

/// Writes `bytes` to the file at `path`, where there is none.
///
/// # Errors
/// There is one; the system refuses. Then nothing was written.
pub fn write_new(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let partial = beside(path, &|file: &mut File| file.write_all(bytes))?;
    partial.persist_noclobber(path).map(drop).map_err(|error| error.error)
}

/// A whole file that has not got its name yet, in the same folder.
fn beside(path: &Path, fill: &impl Fn(&mut File) -> io::Result<()>) -> io::Result<NamedTempFile> {
    let folder = match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    let mut partial = partial_file::create(folder, Readers::Everyone)?;
    fill(partial.as_file_mut())?;
    // A name that survives a power cut must not lead to an empty file.
    partial.as_file().sync_all()?;
    Ok(partial)
}

fn finish(partial: NamedTempFile, path: &Path) -> io::Result<()> {
    partial.persist(path).map(drop).map_err(|error| error.error)
}

fn is_about_the_folder(error: &io::Error) -> bool {
    use io::ErrorKind::{CrossesDevices, PermissionDenied, ReadOnlyFilesystem, ResourceBusy};
    matches!(error.kind(), PermissionDenied | ReadOnlyFilesystem | ResourceBusy | CrossesDevices)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_fails_half_way_leaves_what_was_there() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a");
        let half = |file: &mut File| {
            file.write_all(b"half")?;
            Err(io::ErrorKind::StorageFull.into())
        };
        write_with(&path, half).unwrap_err();
        assert!(!path.exists());
        write(&path, b"whole").unwrap();
        write_with(&path, half).unwrap_err();
        assert_eq!(fs::read(&path).unwrap(), b"whole");
        write_new(&path, b"another").unwrap_err();
        assert_eq!(fs::read(&path).unwrap(), b"whole");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_database_is_not_written_over() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.db");
        rusqlite::Connection::open(&path).unwrap().execute_batch("CREATE TABLE a (b)").unwrap();
        let before = fs::read(&path).unwrap();
        let error = write(&path, b"another").unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::AlreadyExists);
        assert!(fs::read(&path).unwrap() == before);
    }

    #[cfg(unix)]
    #[test]
    fn links_and_access_rights_stay_as_they_are() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().unwrap();
        let [path, link] = ["a", "link"].map(|name| folder.path().join(name));
        write(&path, b"one").unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
        std::os::unix::fs::symlink("a", &link).unwrap();
        write(&link, b"two").unwrap();
        assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
        assert_eq!(fs::read(&path).unwrap(), b"two");
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o640);
    }

    #[cfg(unix)]
    #[test]
    fn what_is_no_file_is_written_to_and_not_replaced() {
        use std::os::unix::fs::FileTypeExt as _;
        write(Path::new("/dev/null"), b"away").unwrap();
        assert!(fs::metadata("/dev/null").unwrap().file_type().is_char_device());
    }
}
