//! The N-th operation that can fail does, once or with all that follow.

use std::cell::RefCell;
use std::ffi::c_int;

use rusqlite::ffi;

/// Something that SQLite asks of the system.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Operation {
    Open,
    Read,
    Write,
    Truncate,
    Sync,
    FileSize,
    Lock,
    CheckLock,
    ShareMemory,
    LockMemory,
    Delete,
    Access,
}

/// What goes wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// The disk answers with an error, whatever it is asked.
    Io,
    /// There is no room for what is written.
    Full,
}

/// How long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lasting {
    Once,
    FromThenOn,
}

/// One thing that goes wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fault {
    pub kind: Kind,
    pub lasting: Lasting,
    /// At which of the operations that it can hit; the first is 1.
    pub at: usize,
}

impl Fault {
    /// What SQLite is told, if this can hit the operation.
    fn code(self, operation: Operation) -> Option<c_int> {
        match (self.kind, operation) {
            (Kind::Full, Operation::Write) => Some(ffi::SQLITE_FULL),
            (Kind::Full, _) => None,
            (Kind::Io, operation) => Some(match operation {
                Operation::Open => ffi::SQLITE_CANTOPEN,
                Operation::Read => ffi::SQLITE_IOERR_READ,
                Operation::Write => ffi::SQLITE_IOERR_WRITE,
                Operation::Truncate => ffi::SQLITE_IOERR_TRUNCATE,
                Operation::Sync => ffi::SQLITE_IOERR_FSYNC,
                Operation::FileSize => ffi::SQLITE_IOERR_FSTAT,
                Operation::Lock => ffi::SQLITE_IOERR_LOCK,
                Operation::CheckLock => ffi::SQLITE_IOERR_CHECKRESERVEDLOCK,
                Operation::ShareMemory => ffi::SQLITE_IOERR_SHMMAP,
                Operation::LockMemory => ffi::SQLITE_IOERR_SHMLOCK,
                Operation::Delete => ffi::SQLITE_IOERR_DELETE,
                Operation::Access => ffi::SQLITE_IOERR_ACCESS,
            }),
        }
    }

    fn hits(self, number: usize) -> bool {
        match self.lasting {
            Lasting::Once => number == self.at,
            Lasting::FromThenOn => number >= self.at,
        }
    }
}

thread_local! {
    /// The fault that waits on this thread, and how many operations that it can hit went by.
    static WAITING: RefCell<Option<(Fault, usize)>> = const { RefCell::new(None) };
}

/// Does `work` under `fault`. Gives what came of it, and whether anything was hit.
pub fn with_fault<T>(fault: Fault, work: impl FnOnce() -> T) -> (T, bool) {
    WAITING.set(Some((fault, 0)));
    let outcome = work();
    let seen = WAITING.take().map_or(0, |(_, seen)| seen);
    (outcome, seen >= fault.at)
}

/// The code with which this operation fails, if it does.
pub(super) fn strikes(operation: Operation) -> Option<c_int> {
    WAITING.with_borrow_mut(|waiting| {
        let (fault, seen) = waiting.as_mut()?;
        let code = fault.code(operation)?;
        *seen += 1;
        fault.hits(*seen).then_some(code)
    })
}
