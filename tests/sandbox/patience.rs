//! How long a test waits for what must come.

use std::thread;
use std::time::{Duration, Instant};

/// Only what hangs takes as long. A busy machine may take minutes for a build that others wait for.
const SECONDS: u64 = 600;

/// How long a test waits before it fails: ten minutes, or the seconds that `RUNNER_TEST_PATIENCE` says.
pub fn patience() -> Duration {
    let named = std::env::var("RUNNER_TEST_PATIENCE").ok();
    let seconds = named.map_or(SECONDS, |text| text.parse().unwrap());
    Duration::from_secs(seconds)
}

/// Waits, and panics in the end: no test hangs.
#[track_caller]
pub fn wait_until(mut condition: impl FnMut() -> bool) {
    const PAUSE: Duration = Duration::from_millis(10);
    let end = Instant::now() + patience();
    while !condition() {
        assert!(Instant::now() < end, "waited in vain");
        thread::sleep(PAUSE);
    }
}
