//! Files without a name, in memory, that nobody can change: `memfd_create(2)`.
//!
//! The loader assumes that two libraries of one name are the same, before it looks at the file. So each gets a
//! name that this process has never used, `/proc/self/fd/./N`, `/proc/self/fd//./N` and so on: N is one descriptor
//! that is reserved for this. It is the library while that is loaded, and an empty file ever after. If the number
//! were reused, debuggers and backtraces would open another file by it; to open and close a database would end
//! SQLite's locks on it.

use std::fs::File;
use std::io::{self, Write as _};
use std::os::fd::{AsFd, AsRawFd as _, OwnedFd};
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

use rustix::fs::{MemfdFlags, SealFlags, fcntl_add_seals, memfd_create};
use rustix::io::{DupFlags, Errno, dup3};

use crate::ffi::may_execute;
use crate::id::MigrationId;

/// How many bytes of libraries this process keeps in memory files: all of them count as used memory for as long
/// as the process lives.
const ROOM: u64 = 256 * 1024 * 1024;

static TAKEN: AtomicU64 = AtomicU64::new(0);

/// How many names were used.
static USED: AtomicU64 = AtomicU64::new(0);

/// Whether `library` fits into the memory that is meant for libraries.
pub(super) fn has_room(library: &[u8]) -> bool {
    TAKEN.load(Ordering::Relaxed) + library.len() as u64 <= ROOM
}

/// Calls `load` with a path to `library` that is valid while it runs. `None`: the system has no such files or no
/// /proc, or lets nothing be executed from them.
pub(super) fn load<T>(
    id: &MigrationId,
    library: &[u8],
    load: impl FnOnce(&Path) -> T,
) -> Option<T> {
    static RESERVED: Mutex<Option<Reserved>> = Mutex::new(None);
    let file = sealed(id.as_str(), library).ok().filter(may_execute)?;
    let mut reserved = RESERVED.lock().unwrap_or_else(PoisonError::into_inner);
    if !reserved.as_ref().is_some_and(Reserved::is_ours)
        && let Some(lost) = reserved.replace(Reserved::new().ok()?)
    {
        // Whoever closed the number that was ours may have it for something else: it is not closed.
        std::mem::forget(lost);
    }
    let reserved = reserved.as_mut()?;
    let empty = sealed("runner", &[]).ok()?;
    reserved.lead_to(&file).ok()?;
    let path = reserved.new_name();
    let loaded = is_at(&file, &path).then(|| load(&path));
    // It can only fail where somebody takes and closes this very number meanwhile.
    let _ = reserved.lead_to(&empty);
    if loaded.is_some() {
        TAKEN.fetch_add(library.len() as u64, Ordering::Relaxed);
    }
    loaded
}

/// The descriptor that names are made of.
struct Reserved {
    descriptor: OwnedFd,
    /// The file that it was last.
    leads_to: (u64, u64),
}

impl Reserved {
    fn new() -> io::Result<Self> {
        let empty = sealed("runner", &[])?;
        Ok(Self { leads_to: identity(&empty)?, descriptor: empty.into() })
    }

    /// Whether it is still open: some programs close every descriptor after a fork.
    fn is_ours(&self) -> bool {
        rustix::fs::fstat(&self.descriptor).is_ok_and(|it| (it.st_dev, it.st_ino) == self.leads_to)
    }

    fn lead_to(&mut self, file: &File) -> io::Result<()> {
        self.leads_to = identity(file)?;
        Ok(dup3(file.as_fd(), &mut self.descriptor, DupFlags::CLOEXEC)?)
    }

    /// A path to it that was never used: how many were, in binary, the lowest digit first. `//` is a
    /// zero and `/./` a one, and both mean `/`.
    fn new_name(&self) -> PathBuf {
        let mut path = "/proc/self/fd".to_owned();
        let mut left = USED.fetch_add(1, Ordering::Relaxed) + 1;
        while left > 0 {
            path += if left & 1 == 1 { "/." } else { "/" };
            left >>= 1;
        }
        path += &format!("/{}", self.descriptor.as_raw_fd());
        path.into()
    }
}

/// A file with these bytes, which nobody can change any more. Debuggers and `/proc/PID/maps` show `name`.
fn sealed(name: &str, bytes: &[u8]) -> io::Result<File> {
    /// The system allows 249.
    const LONGEST: usize = 200;
    let name = name.get(..LONGEST).unwrap_or(name);
    let flags = MemfdFlags::CLOEXEC | MemfdFlags::ALLOW_SEALING;
    // Never a program of its own; `vm.memfd_noexec = 2` allows nothing else. Older than Linux 6.3 does not
    // know it.
    let created = match memfd_create(name, flags | MemfdFlags::NOEXEC_SEAL) {
        Err(Errno::INVAL) => memfd_create(name, flags),
        created => created,
    };
    let mut file = File::from(created?);
    file.write_all(bytes)?;
    let all = SealFlags::WRITE | SealFlags::SHRINK | SealFlags::GROW | SealFlags::SEAL;
    fcntl_add_seals(&file, all)?;
    Ok(file)
}

fn identity(file: &File) -> io::Result<(u64, u64)> {
    let metadata = file.metadata()?;
    Ok((metadata.dev(), metadata.ino()))
}

/// Whether `path` opens `file`: /proc may be missing, or be that of other processes.
fn is_at(file: &File, path: &Path) -> bool {
    let there = std::fs::metadata(path).map(|it| (it.dev(), it.ino()));
    identity(file).is_ok_and(|file| there.is_ok_and(|there| there == file))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::fs;

    use super::*;

    fn id() -> MigrationId {
        "20250101_000000_a".parse().unwrap()
    }

    #[test]
    fn no_name_is_used_twice_and_each_leads_to_what_is_loaded() {
        let names: Vec<_> = (0..3000u32)
            .map(|number| {
                load(&id(), &number.to_le_bytes(), |path| {
                    assert_eq!(fs::read(path).unwrap(), number.to_le_bytes());
                    path.to_owned()
                })
                .unwrap()
            })
            .collect();
        // The loader compares letters: paths that mean the same are different to it.
        let letters: BTreeSet<_> = names.iter().map(|name| name.as_os_str()).collect();
        assert_eq!(letters.len(), names.len());
        assert!(names.iter().all(|name| name.as_os_str().len() < 100));
        // What is asked for later finds an empty file, not what has the number by then.
        assert_eq!(fs::read(&names[0]).unwrap(), b"");
    }

    #[test]
    fn what_is_loaded_can_be_changed_by_nobody() {
        let outcome = load(&id(), b"library", |path| {
            let file = File::options().write(true).open(path);
            file.and_then(|mut file| file.write_all(b"LIBRARY"))
        });
        assert_eq!(outcome.unwrap().unwrap_err().kind(), io::ErrorKind::PermissionDenied);
    }

    #[test]
    fn a_number_that_somebody_else_has_by_now_is_left_alone() {
        let mut reserved = Reserved::new().unwrap();
        assert!(reserved.is_ours());
        let other = tempfile::tempfile().unwrap();
        dup3(&other, &mut reserved.descriptor, DupFlags::CLOEXEC).unwrap();
        assert!(!reserved.is_ours());
    }
}
