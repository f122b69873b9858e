//! Locks on the runner's own files and folders, so that no process removes what another one writes or
//! reads. They end with their process. They are not the locks that SQLite takes.

use std::fs::{self, File};
use std::path::Path;

/// A lock that was tried for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Lock {
    /// It is ours until the file is closed.
    Held,
    /// Another process has it.
    Refused,
    /// Files cannot be locked here.
    Unsupported,
}

/// Tries to lock `file` for this process alone.
#[cfg(unix)]
pub(crate) fn alone(file: &File) -> Lock {
    of(&file.try_lock())
}

/// Tries to lock `file` beside others who only read it.
#[cfg(unix)]
pub(crate) fn shared(file: &File) -> Lock {
    of(&file.try_lock_shared())
}

#[cfg(unix)]
fn of(tried: &Result<(), fs::TryLockError>) -> Lock {
    match tried {
        Ok(()) => Lock::Held,
        Err(fs::TryLockError::WouldBlock) => Lock::Refused,
        Err(fs::TryLockError::Error(_)) => Lock::Unsupported,
    }
}

/// Elsewhere a lock would keep SQLite from reading and writing.
#[cfg(not(unix))]
pub(crate) fn alone(_file: &File) -> Lock {
    Lock::Unsupported
}

/// As [`alone`].
#[cfg(not(unix))]
pub(crate) fn shared(_file: &File) -> Lock {
    Lock::Unsupported
}

/// Whether `path` still leads to the open `file`.
#[cfg(unix)]
pub(crate) fn leads_to(path: &Path, file: &File) -> bool {
    use std::os::unix::fs::MetadataExt as _;
    let place = |file: fs::Metadata| (file.dev(), file.ino());
    match (fs::symlink_metadata(path), file.metadata()) {
        (Ok(one), Ok(other)) => place(one) == place(other),
        _ => false,
    }
}

/// Elsewhere an open file keeps its name.
#[cfg(not(unix))]
pub(crate) fn leads_to(_path: &Path, _file: &File) -> bool {
    true
}
