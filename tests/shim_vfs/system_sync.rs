//! What the runner itself brings to the disk, past SQLite: a file, or the names in a folder.

use std::ffi::c_int;
use std::fs;
use std::path::Path;

use nix::errno::Errno;

use super::faults::{Operation, strikes};
use super::recording::{Change, note, renamed_in};

/// Stands in the place of the C library's. It is noted and left out, as SQLite's are.
#[unsafe(no_mangle)]
extern "C" fn fsync(descriptor: c_int) -> c_int {
    if strikes(Operation::Sync).is_some() {
        Errno::EIO.set();
        return -1;
    }
    let Ok(path) = fs::read_link(format!("/proc/self/fd/{descriptor}")) else { return 0 };
    let name = |path: &Path| path.file_name().unwrap().to_string_lossy().into_owned();
    if path.is_dir() {
        // Nobody tells of a new name. It is seen here, before it lasts.
        for (from, to) in renamed_in(&path) {
            note(|| Change::Rename { from, to });
        }
        note(|| Change::SyncFolder);
    } else {
        note(|| Change::Sync { file: name(&path), folder: false });
    }
    0
}
