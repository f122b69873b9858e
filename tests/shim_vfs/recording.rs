//! What a thread's connections did to the disk, in order.

use std::cell::RefCell;

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
    /// Not a change: here somebody was told that a step is done.
    Told,
}

thread_local! {
    static RECORD: RefCell<Option<Vec<Change>>> = const { RefCell::new(None) };
}

/// Does `work`, and gives what it changed.
pub fn record<T>(work: impl FnOnce() -> T) -> (T, Vec<Change>) {
    RECORD.set(Some(Vec::new()));
    let outcome = work();
    (outcome, RECORD.take().unwrap_or_default())
}

/// Notes that a step was told as done.
pub fn tell() {
    note(|| Change::Told);
}

pub(super) fn note(change: impl FnOnce() -> Change) {
    RECORD.with_borrow_mut(|record| {
        if let Some(record) = record {
            record.push(change());
        }
    });
}
