//! The values that are tried in a column.

use migration_api::schema::{Affinity, Column, Table};
use rusqlite::Connection;
use rusqlite::types::Value;

use super::literal::{MOMENTS, evaluated, suggested};
use super::probe;

/// The first whole number that a float cannot hold. Not the greatest there is: with that, every sum
/// overflows, in whatever migration.
const BIG: i64 = (1 << 53) + 1;

/// What a column takes by itself.
pub(super) struct Candidates {
    /// Values that suit its type, those first that are often forgotten.
    pub(super) typed: Vec<Value>,
    /// Values that it keeps although they do not suit its type.
    pub(super) stray: Vec<Value>,
}

/// What a column is for, as far as its type says that.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Purpose {
    Integer,
    Boolean,
    Real,
    Number,
    Moment,
    Text,
    Blob,
    Anything,
}

impl Candidates {
    /// Tries what may suit `column`.
    pub(super) fn of(connection: &Connection, table: &Table, column: &Column) -> Self {
        let purpose = Purpose::of(table, column);
        let mut typed = vec![Value::Null];
        typed.extend(purpose.usual());
        if let Some(default) = column.default_expression() {
            typed
                .extend(evaluated(connection, &default).filter(|_| is_the_same_tomorrow(&default)));
        }
        for check in table.checks().filter(|check| check.mentions(&column.name)) {
            typed.extend(suggested(connection, check.as_str()));
        }
        typed.extend((1..=8).map(|number| purpose.numbered(&column.name, number)));
        let is_key =
            table.primary_key().iter().any(|key| key.name.eq_ignore_ascii_case(&column.name));
        let stray = if is_key { Vec::new() } else { purpose.stray() };
        Self {
            typed: probe::taken(connection, table, column, distinct(typed)),
            stray: probe::kept(connection, table, column, stray),
        }
    }
}

impl Purpose {
    fn of(table: &Table, column: &Column) -> Self {
        let declared = column.declared_type.to_ascii_uppercase();
        let says = |word| declared.contains(word);
        match (table.strict, column.affinity()) {
            (true, _) if declared == "ANY" => Self::Anything,
            (false, _) if says("BOOL") => Self::Boolean,
            (false, Affinity::Numeric) if says("DATE") || says("TIME") => Self::Moment,
            (_, Affinity::Integer) => Self::Integer,
            (_, Affinity::Text) if is_a_moment(&column.name) => Self::Moment,
            (_, Affinity::Text) => Self::Text,
            (_, Affinity::Real) => Self::Real,
            (_, Affinity::Numeric) => Self::Number,
            (_, Affinity::Blob) if declared.is_empty() => Self::Anything,
            (_, Affinity::Blob) => Self::Blob,
        }
    }

    /// No more than there are rows to hold them.
    fn usual(self) -> Vec<Value> {
        let texts = |texts: &[&str]| texts.iter().map(|text| Value::Text((*text).into())).collect();
        let blobs = [&[][..], &[0, 0xff, 0x80], b"text"].map(|bytes| Value::Blob(bytes.to_vec()));
        match self {
            Self::Integer => [7, 0, -3, BIG, 42, -BIG, 1].map(Value::Integer).to_vec(),
            Self::Boolean => [1, 0].map(Value::Integer).to_vec(),
            Self::Real => [1.5, 0.0, -2.25, 1e15 + 0.3, 42.0, 0.1, -1e-9].map(Value::Real).to_vec(),
            Self::Number => {
                let mut values = [12, 0, -3, BIG].map(Value::Integer).to_vec();
                values.extend([9.99, -0.5, 1e15 + 0.3].map(Value::Real));
                values
            }
            Self::Moment => texts(&[&MOMENTS[..], &[""]].concat()),
            Self::Text => texts(&[
                "Ada",
                "",
                "Žluťoučký kůň 🐎",
                "it's a \"quote\"; --",
                "007",
                "  in blanks\n",
                "O'Hara, Scarlett (Mrs)",
            ]),
            Self::Blob => blobs.to_vec(),
            Self::Anything => {
                let mut values = vec![Value::Integer(7), Value::Text(String::new())];
                values.extend([Value::Real(-2.25), Value::Text("007".into())]);
                values.extend(blobs);
                values
            }
        }
    }

    /// One of many values that differ.
    fn numbered(self, column: &str, number: i64) -> Value {
        match self {
            Self::Integer | Self::Number => Value::Integer(100 + number),
            Self::Boolean => Value::Integer(number % 2),
            Self::Real => Value::Real(100.5 + number as f64),
            Self::Moment => Value::Text(format!("2025-03-{number:02}")),
            Self::Text | Self::Anything => Value::Text(format!("{column} {number}")),
            Self::Blob => Value::Blob(vec![1, u8::try_from(number).unwrap_or(0)]),
        }
    }

    fn stray(self) -> Vec<Value> {
        let (text, blob) = (Value::Text("no number".into()), Value::Blob(vec![0xfe, 0]));
        match self {
            Self::Integer => vec![text, Value::Real(0.5), blob],
            Self::Boolean | Self::Real | Self::Number | Self::Moment => vec![text, blob],
            Self::Text => vec![blob],
            Self::Blob => vec![text, Value::Integer(5)],
            Self::Anything => Vec::new(),
        }
    }
}

/// Whether a default neither asks for the time nor for chance.
fn is_the_same_tomorrow(default: &str) -> bool {
    let lower = default.to_ascii_lowercase();
    ["current_", "now", "random", "subsec"].iter().all(|word| !lower.contains(word))
}

/// Whether a column of text is for moments, by its name.
fn is_a_moment(name: &str) -> bool {
    let lower = name.to_ascii_lowercase();
    ["_on", "_at", "date", "time"].iter().any(|end| lower.ends_with(end))
}

fn distinct(values: Vec<Value>) -> Vec<Value> {
    let mut distinct: Vec<Value> = Vec::new();
    for value in values {
        if !distinct.contains(&value) {
            distinct.push(value);
        }
    }
    distinct
}
