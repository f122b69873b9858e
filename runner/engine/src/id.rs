//! The name of a migration: `YYYYMMDD_HHMMSS_name`, and the forms it takes elsewhere.

use std::fmt;
use std::ops::Range;
use std::str::FromStr;

use jiff::civil::DateTime;
use serde::{Deserialize, Serialize};

/// The length of `YYYYMMDD_HHMMSS`.
const STAMP_LENGTH: usize = 15;

/// How the stamp of an id is written, in the terms of `strftime`.
pub const STAMP_FORMAT: &str = "%Y%m%d_%H%M%S";

/// The id of a migration. It is the name of its folder, the key of its row in the history, and, as
/// text in ascending order, its place in time.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct MigrationId(String);

impl MigrationId {
    /// The whole id.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// `YYYYMMDD_HHMMSS`, in UTC.
    #[must_use]
    pub fn stamp(&self) -> &str {
        &self.0[..STAMP_LENGTH]
    }

    /// What the author called it.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.0[STAMP_LENGTH + 1..]
    }

    /// The name of its cargo package: cargo refuses one that begins with a digit.
    #[must_use]
    pub fn package(&self) -> String {
        format!("m{}", self.0)
    }
}

impl FromStr for MigrationId {
    type Err = InvalidId;

    fn from_str(text: &str) -> Result<Self, InvalidId> {
        let refuse = |reason| InvalidId { text: text.to_owned(), reason };
        let Some((stamp, rest)) = text.split_at_checked(STAMP_LENGTH) else {
            return Err(refuse(Reason::Shape));
        };
        let Some(name) = rest.strip_prefix('_') else {
            return Err(refuse(Reason::Shape));
        };
        let digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
        if stamp.as_bytes()[8] != b'_' || !digits(&stamp[..8]) || !digits(&stamp[9..]) {
            return Err(refuse(Reason::Shape));
        }
        if !is_time(stamp) {
            return Err(refuse(Reason::NoSuchTime));
        }
        let word = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_';
        if name.is_empty() || !name.bytes().all(word) {
            return Err(refuse(Reason::Name));
        }
        Ok(Self(text.to_owned()))
    }
}

/// Whether `YYYYMMDD_HHMMSS` is a time. Parsing it by its format would take most of the time of reading
/// an id, and there may be thousands.
fn is_time(stamp: &str) -> bool {
    let number =
        |at: Range<usize>| stamp[at].bytes().fold(0, |n, byte| n * 10 + i16::from(byte - b'0'));
    let part = |at: usize| number(at..at + 2) as i8;
    DateTime::new(number(0..4), part(4), part(6), part(9), part(11), part(13), 0).is_ok()
}

impl TryFrom<String> for MigrationId {
    type Error = InvalidId;

    fn try_from(text: String) -> Result<Self, InvalidId> {
        text.parse()
    }
}

impl From<MigrationId> for String {
    fn from(id: MigrationId) -> Self {
        id.0
    }
}

impl fmt::Display for MigrationId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

/// Ids in a sentence: "`a`, `b` and `c`".
pub fn listed(ids: &[MigrationId]) -> String {
    let quoted =
        |ids: &[MigrationId]| ids.iter().map(|id| format!("`{id}`")).collect::<Vec<_>>().join(", ");
    match ids {
        [before @ .., last] if !before.is_empty() => format!("{} and `{last}`", quoted(before)),
        _ => quoted(ids),
    }
}

/// Text that is no migration's id.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is not a migration's id: {reason}")]
pub struct InvalidId {
    text: String,
    reason: Reason,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
enum Reason {
    #[error("an id is written `YYYYMMDD_HHMMSS_name`")]
    Shape,
    #[error("its first 15 characters are no date and time")]
    NoSuchTime,
    #[error("the name after the time may hold only a-z, 0-9 and `_`")]
    Name,
}

/// A test whether an id is among `ids`, in one walk: these ascend, and so must the ids that are tested.
pub fn among<'i>(
    ids: impl IntoIterator<Item = &'i MigrationId>,
) -> impl FnMut(&MigrationId) -> bool {
    let mut ids = ids.into_iter().peekable();
    move |id| {
        while ids.next_if(|other| *other < id).is_some() {}
        ids.peek().is_some_and(|other| *other == id)
    }
}

#[cfg(test)]
mod examples {
    use super::*;
    use crate::messages::{Examples, each_variant};

    impl Examples for InvalidId {
        fn examples() -> Vec<Self> {
            Reason::examples()
                .into_iter()
                .zip(["2025", "20251306_090000_add_level", "20250106_090000_Add"])
                .map(|(reason, text)| Self { text: text.to_owned(), reason })
                .collect()
        }
    }

    impl Examples for Reason {
        fn examples() -> Vec<Self> {
            each_variant!(Reason: Shape, NoSuchTime, Name)
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    #[test]
    fn an_id_gives_its_parts() {
        let id: MigrationId = "20250106_090000_create_player".parse().unwrap();
        assert_eq!((id.stamp(), id.name()), ("20250106_090000", "create_player"));
        assert_eq!(id.package(), "m20250106_090000_create_player");
    }

    #[test]
    fn what_is_no_id_is_refused_with_the_reason() {
        let refusal = |text: &str| text.parse::<MigrationId>().unwrap_err().reason;
        for text in ["", "src", "20250106_090000", "20250106-090000_a", "2025010６_090000_a"] {
            assert_eq!(refusal(text), Reason::Shape, "{text}");
        }
        assert_eq!(refusal("20251306_090000_a"), Reason::NoSuchTime);
        assert_eq!(refusal("20250106_250000_a"), Reason::NoSuchTime);
        for text in ["20250106_090000_", "20250106_090000_A", "20250106_090000_a-b"] {
            assert_eq!(refusal(text), Reason::Name, "{text}");
        }
    }

    #[test]
    fn ids_sort_by_time() {
        let mut ids: Vec<MigrationId> =
            ["20250106_090001_a", "20250106_090000_b", "20241231_235959_c"]
                .map(|text| text.parse().unwrap())
                .to_vec();
        ids.sort();
        let names: Vec<_> = ids.iter().map(MigrationId::name).collect();
        assert_eq!(names, ["c", "b", "a"]);
    }

    fn id(number: u8) -> MigrationId {
        format!("20250101_0000{number:02}_m").parse().unwrap()
    }

    proptest! {
        #[test]
        fn one_walk_finds_what_a_search_finds(
            ids in proptest::collection::btree_set(0u8..20, 0..16),
            asked in proptest::collection::btree_set(0u8..20, 0..16),
        ) {
            let ids: BTreeSet<_> = ids.into_iter().map(id).collect();
            let mut is_among = among(&ids);
            for asked in asked.into_iter().map(id) {
                prop_assert_eq!(is_among(&asked), ids.contains(&asked));
                prop_assert_eq!(is_among(&asked), ids.contains(&asked));
            }
        }
    }
}
