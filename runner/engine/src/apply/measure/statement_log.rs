//! The statements that a step runs, counted by their text.

use std::cell::RefCell;
use std::collections::HashMap;
use std::ffi::CStr;
use std::time::{Duration, Instant};

use foldhash::fast::FixedState;
use rusqlite::Connection;

use super::normal_text::normal;
use crate::apply::guard::Guard;
use crate::apply::schema_edit;
use crate::apply::trace::Trace;
use crate::ffi::{self, MayRun, Run, RunObserver, Settings};
use crate::issuer::Issuer;
use crate::measured::{OtherStatements, StatementRuns};
use crate::microseconds::microseconds;

thread_local! {
    /// What is counted on this thread. A thread-local, since SQLite's callback gets nothing of its own.
    static LOG: RefCell<Option<StatementLog>> = const { RefCell::new(None) };
}

/// So many texts are counted each for itself while a step runs: it may have made a million.
const COUNTED: usize = 2000;

/// A text that is longer, in bytes, is brought into its normal form each time.
const REMEMBERED: usize = 4096;

/// So many are listed at the end.
const LISTED: usize = 200;

/// Statements that ran while the guard was armed.
#[derive(Default)]
struct StatementLog {
    guard: Guard,
    /// Where each is to be reported, too.
    reported: Option<Trace>,
    issuer: Issuer,
    /// The places of texts as they were prepared, for each issuer.
    raw: [HashMap<Box<[u8]>, Option<usize>, FixedState>; 2],
    /// The places of texts in their normal form.
    normal: HashMap<(Issuer, Box<str>), usize, FixedState>,
    counted: Vec<Counted>,
    /// Those whose text is counted no more for itself.
    other: Cost,
    /// Those that run, in the order in which they began.
    running: Vec<Running>,
    /// The one that ended last.
    ended: Option<Ended>,
    /// How many rows the connection had changed when a statement began or ended last.
    changes: i64,
}

struct Counted {
    sql: String,
    issuer: Issuer,
    writes: bool,
    cost: Cost,
}

#[derive(Debug, Clone, Copy, Default)]
struct Cost {
    runs: u64,
    rows: u64,
    took: Duration,
}

struct Running {
    statement: usize,
    /// The place of its text; `None`: it is one of the others.
    place: Option<usize>,
    since: Instant,
    /// How long others ran meanwhile.
    others: Duration,
}

struct Ended {
    statement: usize,
    place: Option<usize>,
    at: Instant,
}

/// Counts the statements of `connection` from now on, while `guard` is armed, with those that were counted on this
/// thread before. It watches them as the guard does, and takes the place of what observes them.
pub(super) fn listen(connection: &Connection, guard: &Guard, reported: Option<&Trace>) {
    LOG.with_borrow_mut(|log| {
        let log = log.get_or_insert_default();
        (log.guard, log.reported) = (guard.clone(), reported.cloned());
        log.changes = connection.total_changes().cast_signed();
        log.running.clear();
        log.ended = None;
    });
    ffi::observe_runs::<Watch>(connection);
}

/// Forgets all that was counted on this thread.
pub(super) fn forget() {
    LOG.set(None);
}

/// Does `work` with its statements counted as those of `issuer`.
pub(in crate::apply) fn issued_by<T>(issuer: Issuer, work: impl FnOnce() -> T) -> T {
    let set = |issuer| {
        LOG.with_borrow_mut(|log| {
            log.as_mut().map(|log| std::mem::replace(&mut log.issuer, issuer)).unwrap_or_default()
        })
    };
    let before = set(issuer);
    let done = work();
    set(before);
    done
}

/// Counts what the statement that ended last wrote on `connection` after it was said to end.
pub(super) fn settle(connection: &Connection) {
    let changes = connection.total_changes().cast_signed();
    LOG.with_borrow_mut(|log| {
        if let Some(log) = log {
            log.settle(changes);
            log.ended = None;
        }
    });
}

/// What was counted on this thread since it was asked last: those that took longest, and all others.
pub(super) fn take() -> (Vec<StatementRuns>, OtherStatements) {
    LOG.with_borrow_mut(|log| log.as_mut().map(StatementLog::take)).unwrap_or_default()
}

struct Watch;

impl RunObserver for Watch {
    fn begins(run: &Run, told: &CStr, settings: &Settings) -> MayRun {
        let may = schema_edit::may_run(settings, || told.to_string_lossy());
        LOG.with_borrow_mut(|log| {
            let Some(log) = log else { return };
            if log.guard.is_armed()
                && let Some(reported) = &log.reported
            {
                reported.keep(&told.to_string_lossy(), || run.expanded());
            }
            log.begins(run, told);
        });
        may
    }

    fn ends(run: &Run) {
        LOG.with_borrow_mut(|log| log.iter_mut().for_each(|log| log.ends(run)));
    }
}

impl StatementLog {
    fn begins(&mut self, run: &Run, told: &CStr) {
        // A trigger, and a statement of a virtual table, are told as a comment: they are part of what runs, as is what
        // a foreign key does, which is told as the statement itself.
        let Some(text) = run.text().filter(|text| std::ptr::eq(text.as_ptr(), told.as_ptr()))
        else {
            return;
        };
        if self.running.iter().any(|it| it.statement == run.statement()) {
            return;
        }
        self.settle(run.changes());
        if !self.guard.is_armed() {
            self.ended = None;
            return;
        }
        let place = self.place(text.to_bytes(), run);
        self.cost(place).runs += 1;
        let (statement, since) = (run.statement(), Instant::now());
        self.running.push(Running { statement, place, since, others: Duration::ZERO });
    }

    fn ends(&mut self, run: &Run) {
        let (statement, now) = (run.statement(), Instant::now());
        let running = self.running.iter().rposition(|it| it.statement == statement);
        let (place, since, others) = match (running, &self.ended) {
            (Some(at), _) => {
                let Running { place, since, others, .. } = self.running.remove(at);
                (place, since, others)
            }
            // The schema was another, and it was compiled anew and runs once more.
            (None, Some(ended)) if ended.statement == statement => {
                (ended.place, ended.at, Duration::ZERO)
            }
            (None, _) => {
                if !self.guard.is_armed() {
                    self.changes = run.changes();
                }
                return;
            }
        };
        let took = now - since;
        for around in &mut self.running {
            around.others += took;
        }
        let rows = self.rows_until(run.changes());
        let cost = self.cost(place);
        cost.took += took.saturating_sub(others);
        cost.rows += rows;
        self.ended = Some(Ended { statement, place, at: now });
    }

    /// Gives the rows that were counted since to the statement that ended last: one that is reset in the middle of its
    /// rows counts them after it was said to end.
    fn settle(&mut self, changes: i64) {
        let rows = self.rows_until(changes);
        if let Some(place) = self.ended.as_ref().map(|ended| ended.place) {
            self.cost(place).rows += rows;
        }
    }

    fn rows_until(&mut self, changes: i64) -> u64 {
        let before = std::mem::replace(&mut self.changes, changes);
        u64::try_from(changes - before).unwrap_or_default()
    }

    fn cost(&mut self, place: Option<usize>) -> &mut Cost {
        match place {
            Some(place) => &mut self.counted[place].cost,
            None => &mut self.other,
        }
    }

    /// The place of a `text`, which is a new one if it was not counted before; `None`: there are too many.
    fn place(&mut self, text: &[u8], run: &Run) -> Option<usize> {
        if let Some(place) = self.raw[self.issuer as usize].get(text) {
            return *place;
        }
        let sql = normal(&String::from_utf8_lossy(text));
        let place = match self.normal.get(&(self.issuer, sql.as_str().into())) {
            Some(place) => Some(*place),
            None if self.counted.len() == COUNTED => None,
            None => {
                let (issuer, writes) = (self.issuer, run.writes());
                self.normal.insert((issuer, sql.as_str().into()), self.counted.len());
                self.counted.push(Counted { sql, issuer, writes, cost: Cost::default() });
                Some(self.counted.len() - 1)
            }
        };
        let raw = &mut self.raw[self.issuer as usize];
        if text.len() <= REMEMBERED && raw.len() < COUNTED {
            raw.insert(text.into(), place);
        }
        place
    }

    fn take(&mut self) -> (Vec<StatementRuns>, OtherStatements) {
        let mut counted = std::mem::take(&mut self.counted);
        counted.sort_by_key(|it| std::cmp::Reverse(it.cost.took));
        let mut other = std::mem::take(&mut self.other);
        for it in counted.drain(LISTED.min(counted.len())..) {
            other.runs += it.cost.runs;
            other.rows += it.cost.rows;
            other.took += it.cost.took;
        }
        self.raw.iter_mut().for_each(HashMap::clear);
        self.normal.clear();
        self.running.clear();
        self.ended = None;
        let listed = counted.into_iter().map(|Counted { sql, issuer, writes, cost }| {
            let Cost { runs, rows, took } = cost;
            StatementRuns { sql, issuer, writes, runs, rows, took_us: microseconds(took) }
        });
        let Cost { runs, rows, took } = other;
        (listed.collect(), OtherStatements { runs, rows, took_us: microseconds(took) })
    }
}
