//! Files that are written and copied so that it disturbs no clock.

use std::fs::{self, File};
use std::path::Path;

/// Writes `text` unless it is there already: cargo builds anew what was written.
pub(crate) fn write(path: &Path, text: &str) {
    if fs::read_to_string(path).is_ok_and(|old| old == text) {
        return;
    }
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
}

/// Makes `to` a copy of `from` that is on the disk: the next commit would pay for what is still to
/// be written.
pub(crate) fn copy(from: &Path, to: &Path) {
    fs::copy(from, to).unwrap();
    File::open(to).unwrap().sync_all().unwrap();
}

/// Removes a database that may not be there, and what lies beside it.
pub(crate) fn remove_database(path: &Path) {
    for end in ["", "-wal", "-shm", "-journal"] {
        remove(Path::new(&format!("{}{end}", path.display())));
    }
}

/// Removes a file that may not be there.
pub(crate) fn remove(path: &Path) {
    if path.exists() {
        fs::remove_file(path).unwrap();
    }
}
