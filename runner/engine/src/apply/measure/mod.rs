//! Measures steps while they are taken: time, the write lock, statements, room. It only looks, and where it is not asked
//! for, nothing of it is there.

mod normal_text;
mod rewritten;
mod statement_log;
#[cfg(test)]
mod tests;

pub(super) use statement_log::issued_by;

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::ffi::CStr;
use std::rc::Rc;
use std::time::{Duration, Instant};

use rusqlite::Connection;

use self::rewritten::rewritten;
use super::ApplyOptions;
use super::activity::Activity;
use super::failure::ApplyError;
use super::guard::Guard;
use super::trace::Trace;
use crate::event::Event;
use crate::ffi::CountingVfs;
use crate::id::MigrationId;
use crate::measured::{Measured, Room, Times, WriteLock};
use crate::microseconds::microseconds;
use crate::schema_objects::Objects;

/// Measures the steps of a job, one after the other; does nothing unless it was asked for.
#[derive(Clone, Default)]
pub(crate) struct Measure(Option<Rc<Measuring>>);

struct Measuring {
    files: CountingVfs,
    step: RefCell<Step>,
}

/// What was seen of a step so far.
#[derive(Default)]
struct Step {
    code: Duration,
    commit: Duration,
    backup: Duration,
    /// The part of the code that ran under the lock.
    locked_code: Duration,
    /// Since when the lock is held.
    held_since: Option<Instant>,
    held: Duration,
    longest_held: Duration,
    transactions: u64,
    /// Whether other steps are in the same transaction.
    shared: bool,
    rewritten: BTreeSet<String>,
    /// The size of the database before and now, in bytes.
    before: Option<u64>,
    after: u64,
}

impl Drop for Measuring {
    fn drop(&mut self) {
        statement_log::forget();
    }
}

impl Measure {
    /// Measures the steps of one job, if the `options` ask for it.
    ///
    /// # Errors
    /// SQLite's.
    pub(crate) fn by(options: &ApplyOptions) -> Result<Self, ApplyError> {
        if !options.measure {
            return Ok(Self::default());
        }
        let doing = "prepare to measure what migrations take";
        let files = CountingVfs::new().map_err(ApplyError::sqlite(doing))?;
        Ok(Self(Some(Rc::new(Measuring { files, step: RefCell::default() }))))
    }

    /// The VFS that connections are opened through, so that their files are counted.
    pub(crate) fn vfs(&self) -> Option<&'static CStr> {
        self.0.as_ref().map(|measuring| measuring.files.name())
    }

    /// Begins with a step, and forgets what was seen of another that was not taken.
    pub(crate) fn begin(&self) {
        if let Some(measuring) = &self.0 {
            measuring.step.take();
            statement_log::take();
            measuring.files.begin_anew();
        }
    }

    /// Counts the statements of `connection` while `guard` is armed. It watches them as the guard does, and reports them
    /// where they are `reported`.
    pub(super) fn listen(&self, connection: &Connection, guard: &Guard, reported: Option<&Trace>) {
        if self.0.is_some() {
            statement_log::listen(connection, guard, reported);
        }
    }

    /// The tables that the code of `id` wrote to, if that is to be told and there are any.
    pub(super) fn wrote(&self, id: &MigrationId, seen: &Activity) -> Option<Event> {
        self.0.as_ref().and_then(|_| seen.wrote(id))
    }

    /// `connection` has the write lock from now on.
    pub(super) fn locked(&self, connection: &Connection) {
        self.with(|step| {
            step.held_since = Some(Instant::now());
            step.transactions += 1;
            let size = || size(connection);
            step.before.get_or_insert_with(size);
        });
    }

    /// The write lock is held no more.
    pub(super) fn released(&self) {
        self.with(Step::released);
    }

    /// Has `connection` commit.
    pub(super) fn commit(&self, connection: &Connection) -> rusqlite::Result<()> {
        let began = self.0.as_ref().map(|_| Instant::now());
        let committed = connection.execute_batch("COMMIT");
        if let Some(began) = began {
            self.with(|step| {
                step.commit += began.elapsed();
                if committed.is_ok() {
                    step.released();
                    step.after = size(connection);
                }
            });
        }
        committed
    }

    /// Code of the migration ran on `connection`, for so long.
    pub(super) fn ran(&self, connection: &Connection, took: Duration) {
        self.with(|step| {
            statement_log::settle(connection);
            step.code += took;
            if step.held_since.is_some() {
                step.locked_code += took;
            }
        });
    }

    /// Does `work`, which is a backup.
    pub(super) fn backing_up<T>(&self, work: impl FnOnce() -> T) -> T {
        let began = Instant::now();
        let done = work();
        self.with(|step| step.backup += began.elapsed());
        done
    }

    /// What did what `seen` says, as far as that was seen, found the schema `before`, and left it as it is `now`.
    pub(super) fn changed(&self, before: &Objects, now: &Objects, seen: Option<&Activity>) {
        self.with(|step| step.rewritten.extend(rewritten(before, now, seen)));
    }

    /// What the step took that ends here. The next one is in the same transaction on `connection`.
    pub(super) fn take_shared(&self, connection: &Connection) -> Option<Box<Measured>> {
        self.with(|step| {
            step.shared = true;
            step.after = size(connection);
            let held = step.held_since.is_some();
            step.released();
            (held, step.after)
        })
        .and_then(|(held, size)| {
            let measured = self.take();
            self.with(|step| {
                step.shared = true;
                step.before = Some(size);
                step.transactions = u64::from(held);
                step.held_since = held.then(Instant::now);
            });
            measured
        })
    }

    /// What the step took that was taken; `None`: nothing is measured.
    pub(crate) fn take(&self) -> Option<Box<Measured>> {
        let measuring = self.0.as_ref()?;
        let step = measuring.step.take();
        let largest = measuring.files.largest();
        measuring.files.begin_anew();
        let (statements, other_statements) = statement_log::take();
        let aside = step.locked_code + step.commit + step.backup;
        Some(Box::new(Measured {
            times: Times {
                code_us: microseconds(step.code),
                checks_us: microseconds(step.held.saturating_sub(aside)),
                commit_us: microseconds(step.commit),
            },
            lock: WriteLock {
                longest_us: microseconds(step.longest_held),
                total_us: microseconds(step.held),
                transactions: step.transactions,
                shared: step.shared,
            },
            statements,
            other_statements,
            rewritten: step.rewritten.into_iter().collect(),
            room: Room {
                before: step.before.unwrap_or_default(),
                after: step.after,
                journal: largest.journal,
                log: largest.log,
                temporary: largest.temporary,
            },
        }))
    }

    fn with<T>(&self, note: impl FnOnce(&mut Step) -> T) -> Option<T> {
        self.0.as_ref().map(|measuring| note(&mut measuring.step.borrow_mut()))
    }
}

impl Step {
    fn released(&mut self) {
        if let Some(since) = self.held_since.take() {
            let held = since.elapsed();
            self.held += held;
            self.longest_held = self.longest_held.max(held);
        }
    }
}

/// How many bytes the database of `connection` has, as it sees it; 0 if it cannot say.
fn size(connection: &Connection) -> u64 {
    let number = |pragma| connection.pragma_query_value(None, pragma, |row| row.get::<_, i64>(0));
    let bytes = number("page_count").and_then(|count| Ok(count * number("page_size")?));
    bytes.ok().and_then(|bytes| u64::try_from(bytes).ok()).unwrap_or_default()
}
