//! What a thread's connections did to the disk, in order.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;

/// A change of a file or of its folder, or the promise that it will last.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    Create {
        file: String,
    },
    Write {
        file: String,
        at: usize,
        bytes: Vec<u8>,
    },
    Truncate {
        file: String,
        size: usize,
    },
    /// What is in the file lasts from here on; with `folder`, so do the names in its folder.
    Sync {
        file: String,
        folder: bool,
    },
    /// With `folder`, the names in the folder last from here on.
    Delete {
        file: String,
        folder: bool,
    },
    /// A file has another name from here on.
    Rename {
        from: String,
        to: String,
    },
    /// The names in the folder last from here on.
    SyncFolder,
    /// Not a change: here somebody was told that a step is done.
    Told,
}

thread_local! {
    static RECORD: RefCell<Option<Vec<Change>>> = const { RefCell::new(None) };
    /// The files that were made, by the number that each keeps under whatever name.
    static MADE: RefCell<BTreeMap<u64, String>> = const { RefCell::new(BTreeMap::new()) };
}

/// Does `work`, and gives what it changed.
pub fn record<T>(work: impl FnOnce() -> T) -> (T, Vec<Change>) {
    RECORD.set(Some(Vec::new()));
    MADE.take();
    let outcome = work();
    (outcome, RECORD.take().unwrap_or_default())
}

/// Notes that a step was told as done.
pub fn tell() {
    note(|| Change::Told);
}

/// Keeps in mind that the file at `path` was made.
pub(super) fn made(path: &Path) {
    if let (Ok(file), Some(name)) = (fs::metadata(path), path.file_name()) {
        MADE.with_borrow_mut(|made| made.insert(file.ino(), name.to_string_lossy().into_owned()));
    }
}

/// Which of the files that were made have another name in `folder` by now: the old name, and the new one.
pub(super) fn renamed_in(folder: &Path) -> Vec<(String, String)> {
    let mut renamed = Vec::new();
    for entry in fs::read_dir(folder).unwrap().map(Result::unwrap) {
        let (number, now) = (entry.metadata().unwrap().ino(), entry.file_name());
        let now = now.to_string_lossy().into_owned();
        MADE.with_borrow_mut(|made| {
            if let Some(name) = made.get_mut(&number).filter(|name| **name != now) {
                renamed.push((std::mem::replace(name, now.clone()), now));
            }
        });
    }
    renamed
}

pub(super) fn note(change: impl FnOnce() -> Change) {
    RECORD.with_borrow_mut(|record| {
        if let Some(record) = record {
            record.push(change());
        }
    });
}
