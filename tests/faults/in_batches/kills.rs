//! SIGKILL at many moments. `RUNNER_TEST_LONG=1`: at 200 for each kind.
#![cfg(unix)]

use std::thread;
use std::time::{Duration, Instant};

use super::work::{Kind, Work};
use crate::kills::{finished_steps_of, moment, start_job};
use crate::populated::Journal;
use crate::sandbox::as_many;

/// How often the process that applies is killed, for each kind and mode.
fn kills() -> u32 {
    as_many(100, 4)
}

const ROWS: usize = 3_000;

/// Starts the process that applies with nothing done, kills it after `delay`, and gives whether it said that it was
/// done.
fn killed_after(work: &Work, delay: Duration) -> bool {
    let mut child = start_job(&work.populated.sandbox, &work.job);
    thread::sleep(delay);
    child.kill().unwrap();
    finished_steps_of(child) == 1
}

/// Kills the process at moments spread over its life, and some of those that go on after it too.
fn kill_at_any_moment(kind: Kind, journal: Journal) {
    let work = Work::of(kind, journal, ROWS, Duration::from_millis(10));
    let live = |_| {
        work.populated.put(&work.start);
        let started = Instant::now();
        assert_eq!(finished_steps_of(start_job(&work.populated.sandbox, &work.job)), 1);
        started.elapsed()
    };
    let whole = (0..2).map(live).min().unwrap();
    work.must_be_done(&"nothing");
    println!("whole life {whole:?}");
    let mut half_done = 0;
    for number in 0..kills() {
        work.populated.put(&work.start);
        let delay = moment(number, kills(), whole);
        let told = killed_after(&work, delay);
        let done = work.is_done(&number);
        assert!(done || !told, "{number}: it was told as done");
        half_done += u32::from(!done);
        if number % 3 == 0 {
            killed_after(&work, delay / 2);
            work.is_done(&(number, "again"));
        }
        work.finishes(&number);
    }
    println!("{kind:?} {journal:?}: {half_done} of {} kills before the end", kills());
}

#[test]
fn killed_at_any_moment_each_row_is_changed_once_in_batches() {
    kill_at_any_moment(Kind::Rows, Journal::Wal);
    kill_at_any_moment(Kind::Rows, Journal::Delete);
}

#[test]
fn killed_at_any_moment_a_table_made_anew_online_has_all_its_rows() {
    kill_at_any_moment(Kind::Online, Journal::Delete);
    kill_at_any_moment(Kind::Online, Journal::Wal);
}
