//! The room on the volume that a folder is on.

use std::io;
use std::path::Path;

/// How many bytes this user can still write in `folder`.
///
/// # Errors
/// The system refuses.
#[cfg(unix)]
pub fn free(folder: &Path) -> io::Result<u64> {
    let volume = rustix::fs::statvfs(folder)?;
    Ok(volume.f_bavail.saturating_mul(volume.f_frsize))
}

/// Other systems are not asked: whoever writes stops when the volume is full.
///
/// # Errors
/// None.
#[cfg(not(unix))]
pub fn free(_folder: &Path) -> io::Result<u64> {
    Ok(u64::MAX)
}
