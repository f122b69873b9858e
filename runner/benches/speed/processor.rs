//! The processor time of processes that this one starts: unlike the time on a clock, it says nearly the same on
//! a busy machine.

use std::time::Duration;
#[cfg(not(unix))]
use std::time::Instant;

/// The processor time, in user space and in the kernel, of the processes that `work` starts and waits for.
#[cfg(unix)]
pub(crate) fn of<T>(work: impl FnOnce() -> T) -> Duration {
    let before = children();
    let _ = work();
    children() - before
}

/// The processor time of one `work`, by doing it so many `times`.
pub(crate) fn of_many(times: u32, mut work: impl FnMut()) -> Duration {
    of(|| (0..times).for_each(|_| work())) / times
}

/// Elsewhere the time on the clock stands in for it.
#[cfg(not(unix))]
pub(crate) fn of<T>(work: impl FnOnce() -> T) -> Duration {
    let started = Instant::now();
    let _ = work();
    started.elapsed()
}

/// How many kilobytes this process took at most.
#[cfg(unix)]
pub(crate) fn largest_of_this() -> i64 {
    use nix::sys::resource::{UsageWho, getrusage};

    kilobytes(getrusage(UsageWho::RUSAGE_SELF).unwrap().max_rss())
}

/// Elsewhere nobody says.
#[cfg(not(unix))]
pub(crate) fn largest_of_this() -> i64 {
    0
}

/// How many kilobytes the largest process took that this one has started and waited for, or that these have.
#[cfg(unix)]
pub(crate) fn largest_child() -> i64 {
    use nix::sys::resource::{UsageWho, getrusage};

    kilobytes(getrusage(UsageWho::RUSAGE_CHILDREN).unwrap().max_rss())
}

/// The system says it in bytes on a Mac, in kilobytes elsewhere.
#[cfg(unix)]
fn kilobytes(largest: i64) -> i64 {
    if cfg!(target_os = "macos") { largest / 1024 } else { largest }
}

/// Elsewhere nobody says.
#[cfg(not(unix))]
pub(crate) fn largest_child() -> i64 {
    0
}

#[cfg(unix)]
fn children() -> Duration {
    use nix::sys::resource::{UsageWho, getrusage};
    use nix::sys::time::TimeValLike as _;

    let usage = getrusage(UsageWho::RUSAGE_CHILDREN).unwrap();
    let taken = usage.user_time() + usage.system_time();
    Duration::from_micros(u64::try_from(taken.num_microseconds()).unwrap())
}
