//! The moments that tools write: texts in UTC, and counts since 1970.

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use rusqlite::types::Value;

/// From here on, a count since 1970 is one of milliseconds: as seconds it would be a year behind 5000.
const MILLISECONDS: i64 = 100_000_000_000;

/// The moment that `value` is, if it is one. A text that says nothing of a time zone is in UTC, as SQLite's own
/// `CURRENT_TIMESTAMP` is.
pub(super) fn moment(value: &Value) -> Option<Timestamp> {
    match value {
        Value::Text(text) => {
            let text = text.trim();
            text.parse().ok().or_else(|| in_utc(text.parse().ok()?))
        }
        Value::Integer(count) if count.abs() >= MILLISECONDS => {
            Timestamp::from_millisecond(*count).ok()
        }
        Value::Integer(count) => Timestamp::from_second(*count).ok(),
        _ => None,
    }
}

fn in_utc(time: DateTime) -> Option<Timestamp> {
    time.to_zoned(TimeZone::UTC).ok().map(|time| time.timestamp())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_read_as_the_tools_write_them() {
        for (value, expected) in [
            (Value::Text("2023-05-06 07:08:09".into()), "2023-05-06T07:08:09Z"),
            (Value::Text("2023-05-06 07:08:09.123".into()), "2023-05-06T07:08:09.123Z"),
            (Value::Text("2023-05-06 07:08:09.123456+00:00".into()), "2023-05-06T07:08:09.123456Z"),
            (
                Value::Text("2023-05-06T07:08:09.123456789Z".into()),
                "2023-05-06T07:08:09.123456789Z",
            ),
            (Value::Text("2023-05-06T09:08:09+02:00".into()), "2023-05-06T07:08:09Z"),
            (Value::Integer(1_683_356_889), "2023-05-06T07:08:09Z"),
            (Value::Integer(1_683_356_889_123), "2023-05-06T07:08:09.123Z"),
        ] {
            assert_eq!(moment(&value), Some(expected.parse().unwrap()), "{value:?}");
        }
        for value in [Value::Null, Value::Text("yesterday".into()), Value::Real(1.5)] {
            assert_eq!(moment(&value), None, "{value:?}");
        }
    }
}
