//! Operations and refusals as plain values: the one form from which their JSON and their wire form are
//! written, and to which both are read.

use std::borrow::Cow;
use std::fmt;

/// A value without a type of its own, as JSON and CBOR have them.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Value {
    Null,
    Boolean(bool),
    Integer(i64),
    Text(String),
    List(Vec<Value>),
    Map(Map),
}

/// Values by name, in the order in which they were put there.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Map {
    pub(crate) entries: Vec<(Cow<'static, str>, Value)>,
    /// The names that a reader has asked for: all that there may be.
    asked: Vec<&'static str>,
}

/// Why a value is not what it should be.
#[derive(Debug)]
pub(crate) enum Unreadable {
    UnknownField { name: String, known: Vec<&'static str> },
    UnknownVariant { name: String, known: &'static [&'static str] },
    MissingField(&'static str),
    Invalid(&'static str),
}

impl Map {
    pub(crate) fn of(entries: Vec<(Cow<'static, str>, Value)>) -> Self {
        Self { entries, asked: Vec::new() }
    }

    pub(crate) fn put(&mut self, name: &'static str, value: Value) {
        self.entries.push((Cow::Borrowed(name), value));
    }

    pub(crate) fn take(&mut self, name: &'static str) -> Option<Value> {
        self.asked.push(name);
        let at = self.entries.iter().position(|(own, _)| own == name)?;
        Some(self.entries.remove(at).1)
    }

    /// Refuses what nobody has taken: whoever wrote it meant something by it.
    pub(crate) fn finish(self) -> Result<(), Unreadable> {
        match self.entries.into_iter().next() {
            Some((name, _)) => {
                Err(Unreadable::UnknownField { name: name.into_owned(), known: self.asked })
            }
            None => Ok(()),
        }
    }
}

impl fmt::Display for Unreadable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::UnknownField { name, known } => {
                write!(f, "unknown field `{name}`, {}", Expected(known))
            }
            Self::UnknownVariant { name, known } => {
                write!(f, "unknown variant `{name}`, {}", Expected(known))
            }
            Self::MissingField(name) => write!(f, "missing field `{name}`"),
            Self::Invalid(what) => f.write_str(what),
        }
    }
}

/// The names that may be there.
struct Expected<'n>(&'n [&'static str]);

impl fmt::Display for Expected<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.0.len() == 1 { "expected" } else { "expected one of" })?;
        for (at, name) in self.0.iter().enumerate() {
            write!(f, "{} `{name}`", if at == 0 { "" } else { "," })?;
        }
        Ok(())
    }
}
