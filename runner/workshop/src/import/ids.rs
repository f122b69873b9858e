//! The ids that migrations of another tool get: a version that is a time stays that time, and any other becomes one
//! that keeps the order.

use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use runner_engine::MigrationId;
use runner_engine::id::STAMP_FORMAT;

use super::formats::{FoundMigration, Moment};
use crate::scaffold::Name;

const SECOND: SignedDuration = SignedDuration::from_secs(1);

/// Where versions that only count begin: version 12 is twelve seconds later. So a file that is added keeps the ids of
/// all others, and a time, which is later, comes behind.
fn beginning() -> DateTime {
    DateTime::constant(2000, 1, 1, 0, 0, 0, 0)
}

/// An id for each of `migrations`, which are in their order: ids ascend, a second apart at least.
pub(super) fn ids(migrations: &[FoundMigration]) -> Vec<MigrationId> {
    let mut last: Option<DateTime> = None;
    let mut ids = Vec::with_capacity(migrations.len());
    for migration in migrations {
        let next = last.map_or_else(beginning, |last| last.checked_add(SECOND).unwrap_or(last));
        let own = match &migration.moment {
            Moment::Digits(digits) => time(digits).or_else(|| counted(digits)),
            Moment::Unknown => None,
        };
        let moment = own.filter(|own| last.is_none_or(|last| *own > last)).unwrap_or(next);
        last = Some(moment);
        ids.extend(id(moment, &migration.name, &migration.version));
    }
    ids
}

fn id(moment: DateTime, name: &str, version: &str) -> Option<MigrationId> {
    let name = Name::adapted(name).or_else(|| Name::adapted(version));
    let name = name.as_ref().map_or("imported", Name::as_str);
    format!("{}_{name}", moment.strftime(STAMP_FORMAT)).parse().ok()
}

/// The time that `digits` are: as a date with or without a time, or in seconds or milliseconds since 1970.
fn time(digits: &str) -> Option<DateTime> {
    let first = |length| digits.get(..length);
    let read = |format: &str, text: &str| DateTime::strptime(format, text).ok();
    let date = |text: &str| read("%Y%m%d%H%M%S", &format!("{text:0<14}"));
    let time = match digits.len() {
        8 | 12 => date(digits),
        // Behind the seconds there may be parts of one.
        14.. => date(first(14)?),
        10 => since_1970(digits, 1),
        13 => since_1970(digits, 1000),
        _ => None,
    };
    time.filter(|time| (1980..2100).contains(&time.year()))
}

fn since_1970(digits: &str, units_in_a_second: i64) -> Option<DateTime> {
    let seconds = digits.parse::<i64>().ok()? / units_in_a_second;
    let moment = Timestamp::from_second(seconds).ok()?;
    Some(TimeZone::UTC.to_datetime(moment))
}

/// The time of the version `digits`, which only counts.
fn counted(digits: &str) -> Option<DateTime> {
    const MOST: i64 = 99_999_999;
    let number: i64 = digits.parse().ok().filter(|number| *number <= MOST)?;
    beginning().checked_add(SignedDuration::from_secs(number)).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stamps(digits: &[&str]) -> Vec<String> {
        let migrations: Vec<_> = digits.iter().map(|it| FoundMigration::example(it)).collect();
        ids(&migrations).iter().map(|id| id.stamp().to_owned()).collect()
    }

    #[test]
    fn a_version_that_is_a_time_stays_that_time() {
        let versions = [
            "20240131",
            "202402010930",
            "20240202093005",
            "20240203093005123",
            "1707038405",
            "1707124805123",
        ];
        let expected = [
            "20240131_000000",
            "20240201_093000",
            "20240202_093005",
            "20240203_093005",
            "20240204_092005",
            "20240205_092005",
        ];
        assert_eq!(stamps(&versions), expected);
    }

    #[test]
    fn a_version_that_counts_is_that_many_seconds_after_2000() {
        assert_eq!(
            stamps(&["0000", "1", "002", "75", "20240131000000"]),
            [
                "20000101_000000",
                "20000101_000001",
                "20000101_000002",
                "20000101_000115",
                "20240131_000000"
            ]
        );
    }

    #[test]
    fn what_would_not_ascend_comes_a_second_later() {
        assert_eq!(
            stamps(&["20240131000000", "20240131", "20241399000000", "3"]),
            ["20240131_000000", "20240131_000001", "20240131_000002", "20240131_000003"]
        );
        assert_eq!(stamps(&["x", "y"]), ["20000101_000000", "20000101_000001"]);
    }
}
