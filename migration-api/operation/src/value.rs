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
pub(crate) struct Map(pub(crate) Vec<(Cow<'static, str>, Value)>);

/// Why a value is not what it should be.
#[derive(Debug)]
pub(crate) enum Unreadable {
    UnknownField(String),
    UnknownVariant(String),
    MissingField(&'static str),
    Invalid(&'static str),
}

impl Map {
    pub(crate) fn put(&mut self, name: &'static str, value: Value) {
        self.0.push((Cow::Borrowed(name), value));
    }

    pub(crate) fn take(&mut self, name: &str) -> Option<Value> {
        let at = self.0.iter().position(|(own, _)| own == name)?;
        Some(self.0.remove(at).1)
    }

    /// Refuses what nobody has taken: whoever wrote it meant something by it.
    pub(crate) fn finish(self) -> Result<(), Unreadable> {
        match self.0.into_iter().next() {
            Some((name, _)) => Err(Unreadable::UnknownField(name.into_owned())),
            None => Ok(()),
        }
    }
}

impl fmt::Display for Unreadable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::UnknownField(name) => write!(f, "unknown field `{name}`"),
            Self::UnknownVariant(name) => write!(f, "unknown variant `{name}`"),
            Self::MissingField(name) => write!(f, "missing field `{name}`"),
            Self::Invalid(what) => f.write_str(what),
        }
    }
}
