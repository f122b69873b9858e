//! The order in which SQLite keeps the entries of an index.

use std::cmp::Ordering;

use rusqlite::types::ValueRef;

use super::Column;

#[derive(Clone, Copy)]
pub(super) enum Collation {
    Binary,
    NoCase,
    RTrim,
}

/// A value of the entry before. Its text need not be UTF-8.
pub(super) enum Last {
    Null,
    Integer(i64),
    Real(f64),
    Text(Vec<u8>),
    Blob(Vec<u8>),
}

impl Last {
    pub(super) fn of(value: ValueRef<'_>) -> Self {
        match value {
            ValueRef::Null => Self::Null,
            ValueRef::Integer(number) => Self::Integer(number),
            ValueRef::Real(number) => Self::Real(number),
            ValueRef::Text(bytes) => Self::Text(bytes.to_vec()),
            ValueRef::Blob(bytes) => Self::Blob(bytes.to_vec()),
        }
    }

    /// Puts `value` in its place, into the same memory where that can be.
    pub(super) fn put(&mut self, value: ValueRef<'_>) {
        match (self, value) {
            (Self::Text(last), ValueRef::Text(bytes))
            | (Self::Blob(last), ValueRef::Blob(bytes)) => {
                last.clear();
                last.extend_from_slice(bytes);
            }
            (last, value) => *last = Self::of(value),
        }
    }

    pub(super) fn value(&self) -> ValueRef<'_> {
        match self {
            Self::Null => ValueRef::Null,
            Self::Integer(number) => ValueRef::Integer(*number),
            Self::Real(number) => ValueRef::Real(*number),
            Self::Text(bytes) => ValueRef::Text(bytes),
            Self::Blob(bytes) => ValueRef::Blob(bytes),
        }
    }
}

impl Column {
    /// The order in which SQLite keeps the two in the index
    /// (<https://sqlite.org/datatype3.html#comparisons>).
    pub(super) fn order(&self, a: ValueRef<'_>, b: ValueRef<'_>) -> Ordering {
        let order = self.ascending(a, b);
        if self.descending { order.reverse() } else { order }
    }

    fn ascending(&self, a: ValueRef<'_>, b: ValueRef<'_>) -> Ordering {
        use ValueRef::{Blob, Integer, Real, Text};
        #[expect(clippy::cast_precision_loss, reason = "what seems wrong, SQLite is asked about")]
        let real = |number: i64| number as f64;
        match (a, b) {
            (Integer(a), Integer(b)) => a.cmp(&b),
            (Real(a), Real(b)) => a.total_cmp(&b),
            (Integer(a), Real(b)) => real(a).total_cmp(&b),
            (Real(a), Integer(b)) => a.total_cmp(&real(b)),
            (Text(a), Text(b)) => self.collation.order(a, b),
            (Blob(a), Blob(b)) => a.cmp(b),
            (a, b) => rank(a).cmp(&rank(b)),
        }
    }
}

fn rank(value: ValueRef<'_>) -> u8 {
    match value {
        ValueRef::Null => 0,
        ValueRef::Integer(_) | ValueRef::Real(_) => 1,
        ValueRef::Text(_) => 2,
        ValueRef::Blob(_) => 3,
    }
}

impl Collation {
    /// One of SQLite's own.
    pub(super) fn called(name: &str) -> Option<Self> {
        [("BINARY", Self::Binary), ("NOCASE", Self::NoCase), ("RTRIM", Self::RTrim)]
            .into_iter()
            .find_map(|(own, collation)| own.eq_ignore_ascii_case(name).then_some(collation))
    }

    fn order(self, a: &[u8], b: &[u8]) -> Ordering {
        match self {
            Self::Binary => a.cmp(b),
            Self::NoCase => without_case(a).cmp(without_case(b)).then(a.len().cmp(&b.len())),
            Self::RTrim => trimmed(a).cmp(trimmed(b)),
        }
    }
}

/// As SQLite compares without case: up to a zero byte, and ASCII alone.
fn without_case(text: &[u8]) -> impl Iterator<Item = u8> {
    text.iter().take_while(|byte| **byte != 0).map(u8::to_ascii_lowercase)
}

fn trimmed(text: &[u8]) -> &[u8] {
    let end = text.iter().rposition(|byte| *byte != b' ').map_or(0, |last| last + 1);
    &text[..end]
}
