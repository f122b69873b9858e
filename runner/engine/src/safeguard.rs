//! What stands between a fault and the database, by name: a test takes away one at a time, and shows
//! that a promise breaks. A build without debug assertions, as every release build is, has no such switch: all
//! of them stand, always. It is neither a feature nor an environment variable, so that nobody who configures or
//! starts a program can take one away, and so that the tests need no build of their own.

/// A safeguard of a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Safeguard {
    /// `synchronous = EXTRA`.
    DurableCommit,
    /// `BEGIN IMMEDIATE`.
    WriteLock,
    /// The history is read again in the transaction.
    HistoryReadAgain,
    /// Foreign keys are not enforced while a migration runs.
    ForeignKeysOff,
    /// The authorizer.
    Authorizer,
    /// Nothing begins to write once SQLite has rolled back by itself.
    NoWriteAfterRollback,
    /// The commit hook.
    CommitVeto,
    /// The savepoint around a migration.
    Savepoint,
    /// No statement may be left running.
    RunningStatements,
    /// The look for rows that vanished.
    RowGuard,
    /// The look for indexes, triggers, views and counters that vanished.
    ObjectGuard,
    /// What is done to tables compiles as it did.
    StatementCheck,
    /// The check of foreign keys.
    ForeignKeyCheck,
    /// The file is still where it was opened.
    FileInPlace,
    /// After a COMMIT that failed, the file is asked.
    ConfirmedOutcome,
}

impl Safeguard {
    /// Every one.
    pub const ALL: [Self; 15] = [
        Self::DurableCommit,
        Self::WriteLock,
        Self::HistoryReadAgain,
        Self::ForeignKeysOff,
        Self::Authorizer,
        Self::NoWriteAfterRollback,
        Self::CommitVeto,
        Self::Savepoint,
        Self::RunningStatements,
        Self::RowGuard,
        Self::ObjectGuard,
        Self::StatementCheck,
        Self::ForeignKeyCheck,
        Self::FileInPlace,
        Self::ConfirmedOutcome,
    ];

    /// `on`, unless a test has taken this safeguard away.
    pub(crate) fn choose<T>(self, on: T, off: T) -> T {
        if self.is_on() { on } else { off }
    }

    #[cfg(not(debug_assertions))]
    pub(crate) const fn is_on(self) -> bool {
        true
    }

    #[cfg(debug_assertions)]
    pub(crate) fn is_on(self) -> bool {
        switch::REMOVED.get() & self.bit() == 0
    }
}

#[cfg(debug_assertions)]
mod switch {
    use std::cell::Cell;

    use super::Safeguard;

    thread_local! {
        /// What is taken away from the steps that are taken on this thread, a bit for each.
        pub(super) static REMOVED: Cell<u32> = const { Cell::new(0) };
    }

    impl Safeguard {
        pub(super) fn bit(self) -> u32 {
            1 << self as u32
        }

        /// Does `work` without this safeguard, and without those that are taken away around it. For tests.
        pub fn removed_from<T>(self, work: impl FnOnce() -> T) -> T {
            let around = REMOVED.get();
            REMOVED.set(around | self.bit());
            let outcome = work();
            REMOVED.set(around);
            outcome
        }
    }
}
