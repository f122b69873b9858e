//! Times as the runner's tables hold them.

use jiff::Timestamp;

/// A time, in UTC, to the millisecond.
pub(super) fn text(time: Timestamp) -> String {
    time.strftime("%Y-%m-%dT%H:%M:%S.%3fZ").to_string()
}
