//! Operations and refusals as bytes, for the boundary between a built migration and its runner: CBOR
//! ([RFC 8949](https://www.rfc-editor.org/rfc/rfc8949)) of what their JSON says.
//!
//! Both sides may be of different versions. Who reads operations refuses what it does not know, since leaving
//! it out would be to do something else. Who reads a refusal that it does not know gets its words.

mod cbor;

use std::error::Error;
use std::fmt;

use super::codec::{Field, map_of, optional, record_in, required};
use super::refusal::Relayed;
use super::value::{Map, Unreadable, Value};
use super::{Operation, OperationError, Refusal};

/// The version of the form. Another one means that operations are not a list of maps with an `op`.
const VERSION: i64 = 1;

/// Why bytes are not operations.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WireError {
    /// An operation, or a part of one, is not known here: who wrote it is newer.
    Unknown {
        /// The operation's name, with what is unknown of it.
        operation: String,
    },
    /// They are something else.
    Malformed {
        /// What is wrong.
        reason: String,
    },
}

impl fmt::Display for WireError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unknown { operation } => write!(f, "the operation {operation} is not known here"),
            Self::Malformed { reason } => write!(f, "these bytes are no operations: {reason}"),
        }
    }
}

impl Error for WireError {}

impl From<WireError> for OperationError {
    fn from(error: WireError) -> Self {
        let refusal = match error {
            WireError::Unknown { operation } => Refusal::UnknownOperation { operation },
            WireError::Malformed { reason } => Refusal::Unreadable { reason },
        };
        let attempt = "carry out what the migration asks for".to_owned();
        Self::new(attempt, refusal)
    }
}

/// The bytes of `operations`.
#[must_use]
pub fn encode(operations: &[Operation]) -> Vec<u8> {
    let mut message = Map::default();
    message.put("version", Value::Integer(VERSION));
    message.put("operations", Value::List(operations.iter().map(Field::to_value).collect()));
    cbor::write(&Value::Map(message))
}

/// The operations that `bytes` say.
///
/// # Errors
/// One of them, or a part of one, is not known here; they are something else.
#[inline]
pub fn decode(bytes: &[u8]) -> Result<Vec<Operation>, WireError> {
    let malformed = |reason: String| WireError::Malformed { reason };
    let Value::Map(mut message) = cbor::read(bytes).map_err(malformed)? else {
        return Err(malformed("expected a map".to_owned()));
    };
    let invalid = |error: Unreadable| malformed(error.to_string());
    match required::read(&mut message, "version").map_err(invalid)? {
        VERSION => {}
        other => {
            return Err(WireError::Unknown {
                operation: format!("in version {other} of their form"),
            });
        }
    }
    match message.take("operations") {
        Some(Value::List(operations)) => operations.into_iter().map(operation).collect(),
        _ => Err(malformed("missing field `operations`".to_owned())),
    }
}

#[inline]
fn operation(value: Value) -> Result<Operation, WireError> {
    let name = match &value {
        Value::Map(map) => map.entries.iter().find_map(|(name, value)| match value {
            Value::Text(text) if name == "op" => Some(text.clone()),
            _ => None,
        }),
        _ => None,
    };
    let name = name.unwrap_or_default();
    Operation::from_value(value).map_err(|error| match error {
        Unreadable::UnknownVariant { name: unknown, .. } if unknown == name => {
            WireError::Unknown { operation: format!("`{name}`") }
        }
        Unreadable::UnknownVariant { name: part, .. }
        | Unreadable::UnknownField { name: part, .. } => {
            WireError::Unknown { operation: format!("`{name}` with `{part}`") }
        }
        error => WireError::Malformed { reason: format!("`{name}`: {error}") },
    })
}

/// The bytes of a refusal: its parts, and its words for who does not know these.
#[must_use]
#[inline]
pub fn encode_error(error: &OperationError) -> Vec<u8> {
    let mut message = Map::default();
    message.put("attempt", error.attempt.to_value());
    message.put("refusal", error.refusal.to_value());
    let words = Relayed::of(&*error.refusal);
    message.put("words", words.to_value());
    if let Some(statement) = &error.statement {
        message.put("statement", map_of(statement));
    }
    cbor::write(&Value::Map(message))
}

/// The refusal that `bytes` say; one that is not known here, in its own words.
///
/// # Errors
/// They are no refusal.
pub fn decode_error(bytes: &[u8]) -> Result<OperationError, WireError> {
    let malformed = |reason: String| WireError::Malformed { reason };
    let Value::Map(mut message) = cbor::read(bytes).map_err(malformed)? else {
        return Err(malformed("expected a map".to_owned()));
    };
    let invalid = |error: Unreadable| malformed(error.to_string());
    let attempt = required::read(&mut message, "attempt").map_err(invalid)?;
    let words: Vec<String> = optional::read(&mut message, "words").map_err(invalid)?;
    let refusal = match message.take("refusal").map(record_in::<Refusal>) {
        Some(Ok(refusal)) => refusal,
        _ => Refusal::Other(Relayed::new(words)),
    };
    // It says where the refusal comes from, which goes without it.
    let statement = message.take("statement").and_then(|statement| record_in(statement).ok());
    Ok(OperationError { attempt, refusal: Box::new(refusal), statement })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::messages::refusals;
    use crate::script::FailedStatement;
    use crate::{Column, Table};

    fn chain(error: &(dyn Error + 'static)) -> Vec<String> {
        std::iter::successors(Some(error), |error| (*error).source())
            .map(ToString::to_string)
            .collect()
    }

    #[test]
    fn operations_come_back_as_they_were() {
        let table = Table::new("r").column(Column::integer("a").autoincrement()).strict();
        let operations = [
            Operation::create_table(table),
            Operation::drop_collate("r", "a"),
            Operation::execute("DELETE FROM r -- ž\0"),
        ];
        assert_eq!(decode(&encode(&operations)).unwrap(), operations);
        assert_eq!(decode(&encode(&[])).unwrap(), []);
    }

    #[test]
    fn refusals_come_back_with_their_kind_and_all_that_they_say() {
        for refusal in refusals() {
            let statement = FailedStatement { line: 3, column: 1, sql: "DROP TABLE t".into() };
            let error = OperationError {
                statement: Some(statement),
                ..OperationError::new("drop table `t`".into(), refusal)
            };
            let back = decode_error(&encode_error(&error)).unwrap();
            assert_eq!(chain(&back), chain(&error));
            assert_eq!(format!("{back:?}"), format!("{error:?}"));
        }
    }

    #[test]
    fn what_is_not_known_is_named() {
        let written = |op: &str, field: &'static str| {
            let mut map = Map::default();
            map.put("op", op.to_owned().to_value());
            map.put("table", "t".to_owned().to_value());
            map.put(field, Value::Boolean(true));
            let mut message = Map::default();
            message.put("version", Value::Integer(VERSION));
            message.put("operations", Value::List(vec![Value::Map(map)]));
            decode(&cbor::write(&Value::Map(message)))
        };
        let unknown = |text: &str| Err(WireError::Unknown { operation: text.to_owned() });
        assert_eq!(written("shard_table", "by"), unknown("`shard_table`"));
        assert_eq!(written("drop_table", "online"), unknown("`drop_table` with `online`"));
        assert!(written("drop_table", "if_exists").is_ok());
    }

    #[test]
    fn a_refusal_that_is_not_known_keeps_its_words() {
        let mut refusal = Map::default();
        refusal.put("refusal", "too_warm".to_owned().to_value());
        let mut message = Map::default();
        message.put("attempt", "drop table `t`".to_owned().to_value());
        message.put("refusal", Value::Map(refusal));
        let words = vec!["it is too warm".to_owned(), "28 degrees".to_owned()];
        message.put("words", words.to_value());
        let error = decode_error(&cbor::write(&Value::Map(message))).unwrap();
        assert_eq!(chain(&error), ["cannot drop table `t`", "it is too warm", "28 degrees"]);
    }

    #[test]
    fn what_is_no_message_is_said_to_be_none() {
        for bytes in [&[][..], b"\xff", b"\x9f", b"\x83\x01", b"\xa1\x01\x02", b"hello"] {
            assert!(matches!(decode(bytes), Err(WireError::Malformed { .. })), "{bytes:?}");
            assert!(matches!(decode_error(bytes), Err(WireError::Malformed { .. })), "{bytes:?}");
        }
    }
}
