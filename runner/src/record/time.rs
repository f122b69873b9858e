//! Times as the runner's tables hold them.

use jiff::Timestamp;

use super::RecordError;

/// A time, in UTC, to the millisecond.
pub(super) fn text(time: Timestamp) -> String {
    time.strftime("%Y-%m-%dT%H:%M:%S.%3fZ").to_string()
}

/// The time that `text` says, in the row of the migration `id`.
///
/// # Errors
/// It says none.
pub(crate) fn read(id: &str, text: &str) -> Result<Timestamp, RecordError> {
    text.parse().map_err(|source| RecordError::BadTime {
        id: id.to_owned(),
        text: text.to_owned(),
        source,
    })
}
