//! Copies a database while others write to it and no reader may be in their way for long.

use std::ffi::c_int;
use std::thread;
use std::time::{Duration, Instant};

use rusqlite::Connection;
use rusqlite::backup::{Backup, Progress, StepResult};
use rusqlite::ffi;

/// How a copy is made in steps.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Pace {
    /// So long a step may take about, in which nobody else can commit.
    pub(crate) step: Duration,
    /// So many times the copy is begun.
    pub(crate) times: u32,
    /// At most so long it is waited before it is begun again.
    pub(crate) longest_pause: Duration,
}

impl Default for Pace {
    fn default() -> Self {
        Self { step: Duration::from_millis(20), times: 20, longest_pause: Duration::from_secs(1) }
    }
}

/// How a copy ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Copied {
    /// It is whole.
    Whole,
    /// Somebody wrote between two steps: it is of no use.
    Overtaken,
}

impl Pace {
    /// How long to wait before the copy is begun for the `attempt`-th time, from 0: those who wrote may be done after
    /// a while.
    pub(crate) fn pause_before(&self, attempt: u32) -> Duration {
        match attempt {
            0 => Duration::ZERO,
            more => self.step.saturating_mul(1 << more.min(16)).min(self.longest_pause),
        }
    }
}

/// Copies the main database of `from`, which is in no transaction, over that of `to`. Only within a step it reads, and
/// after each it lets others write for as long. `progress` is called with the number of pages copied and of all pages.
///
/// # Errors
/// SQLite's; then `to` may be thrown away.
pub(crate) fn copy_in_steps(
    from: &Connection,
    to: &mut Connection,
    pace: Pace,
    progress: &mut dyn FnMut(u64, u64),
) -> rusqlite::Result<Copied> {
    let backup = Backup::new(from, to)?;
    let mut pages = FEWEST;
    let mut last = 0;
    loop {
        let begun = Instant::now();
        let step = backup.step(pages)?;
        let took = begun.elapsed();
        let Progress { remaining, pagecount } = backup.progress();
        let done = pagecount - remaining;
        match step {
            StepResult::Done => {
                progress(count(pagecount), count(pagecount));
                return Ok(Copied::Whole);
            }
            // SQLite began with the first page again.
            StepResult::More if done != last + pages => return Ok(Copied::Overtaken),
            StepResult::More => {}
            // It was waited for the lock already.
            _ => {
                let busy = ffi::Error::new(ffi::SQLITE_BUSY);
                return Err(rusqlite::Error::SqliteFailure(busy, None));
            }
        }
        progress(count(done), count(pagecount));
        last = done;
        pages = next(pages, took, pace.step);
        thread::sleep(took);
    }
}

const FEWEST: c_int = 100;
const MOST: c_int = 1_000_000;

/// How many pages the next step copies, if one of `pages` `took` so long: never more than twice as many, since one
/// step says little.
fn next(pages: c_int, took: Duration, wanted: Duration) -> c_int {
    let factor = wanted.as_secs_f64() / took.as_secs_f64().max(1e-9);
    let next = f64::from(pages) * factor.clamp(0.5, 2.0);
    (next as c_int).clamp(FEWEST, MOST)
}

fn count(pages: c_int) -> u64 {
    u64::try_from(pages).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_come_to_take_as_long_as_they_may() {
        let wanted = Duration::from_millis(20);
        let took = |pages: c_int| Duration::from_micros(u64::try_from(pages).unwrap());
        let pages = (0..20).fold(FEWEST, |pages, _| next(pages, took(pages), wanted));
        assert_eq!(pages, 20_000);
        assert_eq!(next(pages, Duration::from_secs(9), wanted), 10_000);
        assert_eq!(next(FEWEST, Duration::from_secs(9), wanted), FEWEST);
        assert_eq!(next(MOST, Duration::ZERO, wanted), MOST);
    }

    #[test]
    fn pauses_grow_to_the_longest() {
        let pace = Pace::default();
        let pauses: Vec<_> = (0..9).map(|n| pace.pause_before(n).as_millis()).collect();
        assert_eq!(pauses, [0, 40, 80, 160, 320, 640, 1000, 1000, 1000]);
        assert_eq!(pace.pause_before(u32::MAX), pace.longest_pause);
    }
}
