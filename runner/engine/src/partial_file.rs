//! A file that is being written: under a name that means so, until it is whole. It is locked for as long
//! as its process lives, so that the next one which writes there removes what a killed process left.

use std::fs::{self, Permissions};
use std::io;
use std::path::Path;

use tempfile::NamedTempFile;

use crate::file_lock::{self, Lock, leads_to};
use crate::regular_file;

const BEGIN: &str = ".runner-";
const END: &str = ".partial";

/// Whether the name is that of a file which was never finished.
pub fn is_partial(path: &Path) -> bool {
    path.file_name()
        .and_then(|name| name.to_str())
        .is_some_and(|name| name.starts_with(BEGIN) && name.ends_with(END))
}

/// Who may read a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Readers {
    /// Its owner alone.
    Owner,
    /// Whoever the process lets read what it makes.
    Everyone,
}

/// Makes one in `folder`, after those of processes that died are removed. It is removed when it is
/// dropped without another name.
///
/// # Errors
/// The system refuses.
pub fn create(folder: &Path, readers: Readers) -> io::Result<NamedTempFile> {
    // Before a partial file has a name, which an error would show to somebody who never chose it.
    std::fs::metadata(folder)?;
    remove_leftovers(folder);
    let mut named = tempfile::Builder::new();
    named.prefix(BEGIN).suffix(END);
    if let (Readers::Everyone, Some(permissions)) = (readers, for_everyone()) {
        named.permissions(permissions);
    }
    loop {
        let file = named.tempfile_in(folder)?;
        match file_lock::alone(file.as_file()) {
            // Nobody removes what cannot be locked.
            Lock::Unsupported => return Ok(file),
            // Until now it could be taken for a leftover: then another one is made.
            Lock::Held if leads_to(file.path(), file.as_file()) => return Ok(file),
            Lock::Held | Lock::Refused => {}
        }
    }
}

/// Of these the process's mask takes some away.
#[cfg(unix)]
fn for_everyone() -> Option<Permissions> {
    use std::os::unix::fs::PermissionsExt as _;
    Some(Permissions::from_mode(0o666))
}

#[cfg(not(unix))]
fn for_everyone() -> Option<Permissions> {
    None
}

/// Removes partial files whose process is dead: nobody locks them. Each is locked until it is gone, so
/// that a process which made it just now, and has not locked it yet, sees that it is.
fn remove_leftovers(folder: &Path) {
    let entries = fs::read_dir(folder).into_iter().flatten().filter_map(Result::ok);
    let partial = entries.filter(|entry| is_partial(Path::new(&entry.file_name())));
    let plain = partial.filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_file()));
    for path in plain.map(|entry| entry.path()) {
        if let Ok(file) = regular_file::open(&path)
            && file_lock::alone(&file) == Lock::Held
            && leads_to(&path, &file)
        {
            let _ = fs::remove_file(path);
        }
    }
}
