//! Values of Rust as SQL literals.

use std::fmt;

/// A value that SQL can write down. [`Display`](fmt::Display) writes it.
///
/// ```
/// use migration_operation::Literal;
///
/// assert_eq!(Literal::from("it's").to_string(), "'it''s'");
/// assert_eq!(Literal::from(b"\x00\xff").to_string(), "x'00ff'");
/// assert_eq!(Literal::from(None::<i64>).to_string(), "NULL");
/// ```
#[derive(Debug, Clone, PartialEq)]
pub enum Literal {
    /// NULL.
    Null,
    /// TRUE or FALSE, which SQLite keeps as 1 or 0.
    Boolean(bool),
    /// A whole number.
    Integer(i64),
    /// A number with a fraction. Not-a-number is NULL, as it is to SQLite.
    Real(f64),
    /// Text.
    Text(String),
    /// Bytes.
    Blob(Vec<u8>),
}

impl fmt::Display for Literal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Null => f.write_str("NULL"),
            Self::Boolean(true) => f.write_str("TRUE"),
            Self::Boolean(false) => f.write_str("FALSE"),
            Self::Integer(value) => write!(f, "{value}"),
            Self::Real(value) if value.is_nan() => f.write_str("NULL"),
            // There is no literal for infinity; a number too large for a double is read as one.
            Self::Real(value) if value.is_infinite() && *value > 0.0 => f.write_str("9e999"),
            Self::Real(value) if value.is_infinite() => f.write_str("-9e999"),
            Self::Real(value) => write!(f, "{value:?}"),
            // A statement ends at a NUL, so text that holds one goes the long way.
            Self::Text(text) if text.contains('\0') => {
                write!(f, "CAST({} AS TEXT)", Self::Blob(text.as_bytes().to_vec()))
            }
            Self::Text(text) => write!(f, "'{}'", text.replace('\'', "''")),
            Self::Blob(bytes) => {
                f.write_str("x'")?;
                bytes.iter().try_for_each(|byte| write!(f, "{byte:02x}"))?;
                f.write_str("'")
            }
        }
    }
}

impl From<bool> for Literal {
    fn from(value: bool) -> Self {
        Self::Boolean(value)
    }
}

macro_rules! from_integers {
    ($($integer:ty)*) => {$(
        impl From<$integer> for Literal {
            fn from(value: $integer) -> Self {
                Self::Integer(i64::from(value))
            }
        }
    )*};
}
from_integers!(i8 i16 i32 i64 u8 u16 u32);

impl From<f32> for Literal {
    fn from(value: f32) -> Self {
        Self::Real(f64::from(value))
    }
}

impl From<f64> for Literal {
    fn from(value: f64) -> Self {
        Self::Real(value)
    }
}

impl From<&str> for Literal {
    fn from(value: &str) -> Self {
        Self::Text(value.to_owned())
    }
}

impl From<String> for Literal {
    fn from(value: String) -> Self {
        Self::Text(value)
    }
}

impl From<&[u8]> for Literal {
    fn from(value: &[u8]) -> Self {
        Self::Blob(value.to_vec())
    }
}

impl<const N: usize> From<&[u8; N]> for Literal {
    fn from(value: &[u8; N]) -> Self {
        Self::Blob(value.to_vec())
    }
}

impl From<Vec<u8>> for Literal {
    fn from(value: Vec<u8>) -> Self {
        Self::Blob(value)
    }
}

impl<T: Into<Literal>> From<Option<T>> for Literal {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}

#[cfg(test)]
mod tests {
    use rusqlite::Connection;
    use rusqlite::types::Value;

    use super::*;

    fn through_sqlite(literal: impl Into<Literal>) -> Value {
        let connection = Connection::open_in_memory().unwrap();
        let sql = format!("SELECT {}", literal.into());
        connection.query_row(&sql, [], |row| row.get(0)).unwrap()
    }

    #[test]
    fn sqlite_reads_back_what_was_written() {
        for value in [0, -1, i64::MAX, i64::MIN] {
            assert_eq!(through_sqlite(value), Value::Integer(value));
        }
        for value in [0.0, -0.5, 1.0, 0.1, 1e300, 5e-324, f64::MAX, f64::INFINITY, -f64::INFINITY] {
            assert_eq!(through_sqlite(value), Value::Real(value));
        }
        for text in ["", "it's", "''", "a\"b`c]", "--", "a\0b", "žluťoučký\n"] {
            assert_eq!(through_sqlite(text), Value::Text(text.to_owned()));
        }
        assert_eq!(through_sqlite(vec![0, 255]), Value::Blob(vec![0, 255]));
        assert_eq!(through_sqlite(true), Value::Integer(1));
        assert_eq!(through_sqlite(false), Value::Integer(0));
        assert_eq!(through_sqlite(None::<i64>), Value::Null);
        assert_eq!(through_sqlite(f64::NAN), Value::Null);
    }
}
