//! SIGKILL at many moments. `RUNNER_TEST_LONG=1`: at many more.
#![cfg(unix)]

use std::thread;
use std::time::{Duration, Instant};

use super::losing::{Losing, Place};
use crate::kills::{finished_steps_of, moment, start_job};
use crate::populated::Journal;
use crate::sandbox::as_many;
use runner::Direction;

fn kills() -> u32 {
    as_many(100, 12)
}

fn kill(journal: Journal, direction: Direction, place: Place) {
    let losing = Losing::of(journal, direction, place);
    let live = |_| {
        losing.put();
        let began = Instant::now();
        assert_eq!(finished_steps_of(start_job(&losing.populated.sandbox, &losing.job())), 1);
        began.elapsed()
    };
    let whole: Duration = (0..3).map(live).min().unwrap();
    let mut found = [0; 2];
    for number in 0..kills() {
        losing.put();
        let mut child = start_job(&losing.populated.sandbox, &losing.job());
        thread::sleep(moment(number, kills(), whole));
        child.kill().unwrap();
        let told = finished_steps_of(child);
        let taken = losing.judge(&number, None);
        assert!(taken || told == 0, "{number}: told, and not there");
        found[usize::from(taken)] += 1;
        losing.comes_back(&number);
    }
    println!("{journal:?} {direction:?} {place:?}: not taken, taken: {found:?}");
}

#[test]
fn killed_at_any_moment_it_has_kept_and_put_back_all_or_nothing() {
    for (journal, place) in [(Journal::Delete, Place::Database), (Journal::Wal, Place::File)] {
        kill(journal, Direction::Forward, place);
        kill(journal, Direction::Backward, place);
    }
}
