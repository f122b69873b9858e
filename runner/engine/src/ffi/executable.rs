//! Whether code may be executed out of a file.

use std::fs::File;
use std::ptr;

use rustix::mm::{MapFlags, ProtFlags, mmap, munmap};

/// Whether the system lets code be executed out of `file`, which is not empty: it does not where that is on
/// a file system that is mounted `noexec`.
pub(crate) fn may_execute(file: &File) -> bool {
    const LENGTH: usize = 1;
    let protection = ProtFlags::READ | ProtFlags::EXEC;
    // SAFETY: the system chooses where, so nothing that is mapped is replaced; nothing reads or runs
    // what is there, and only this very mapping is taken away again.
    unsafe {
        match mmap(ptr::null_mut(), LENGTH, protection, MapFlags::PRIVATE, file, 0) {
            Ok(place) => munmap(place, LENGTH).is_ok(),
            Err(_) => false,
        }
    }
}
