//! Times as the history and documents have them.

use std::time::Duration;

/// `time` in whole microseconds; the largest number, if it is longer than 584,000 years.
#[must_use]
pub fn microseconds(time: Duration) -> u64 {
    u64::try_from(time.as_micros()).unwrap_or(u64::MAX)
}
