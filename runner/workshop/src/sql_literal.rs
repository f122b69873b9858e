//! Values as SQL writes them, to the bit.

use std::fmt::Write as _;

use rusqlite::Connection;
use rusqlite::types::ValueRef;

/// `value` as an expression that gives it again, to the bit. `connection` is asked how it reads a number.
pub(crate) fn literal(connection: &Connection, value: ValueRef<'_>) -> rusqlite::Result<String> {
    written(connection, value, is_fragile)
}

/// The same on one line, on which every character can be seen.
pub(crate) fn visible_literal(
    connection: &Connection,
    value: ValueRef<'_>,
) -> rusqlite::Result<String> {
    written(connection, value, |character| is_fragile(character) || is_invisible(character))
}

fn written(
    connection: &Connection,
    value: ValueRef<'_>,
    by_number: impl Fn(char) -> bool,
) -> rusqlite::Result<String> {
    Ok(match value {
        ValueRef::Null => "NULL".to_owned(),
        ValueRef::Integer(number) => number.to_string(),
        ValueRef::Real(number) => real(connection, number)?,
        ValueRef::Text(bytes) => std::str::from_utf8(bytes).map_or_else(
            // SQLite keeps texts that are no UTF-8, and a file of SQL is UTF-8.
            |_| format!("CAST({} AS TEXT)", blob(bytes)),
            |plain| text(plain, by_number),
        ),
        ValueRef::Blob(bytes) => blob(bytes),
    })
}

fn blob(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len() * 2 + 3);
    text += "x'";
    for byte in bytes {
        // Writing to a string does not fail.
        let _ = write!(text, "{byte:02x}");
    }
    text + "'"
}

/// Characters that do not survive in a file: SQL ends at a NUL, and version control may take a carriage return out.
fn is_fragile(character: char) -> bool {
    character == '\u{feff}' || (character.is_control() && !matches!(character, '\n' | '\t'))
}

/// Characters that end a line, look like a space and are none, or are not shown.
fn is_invisible(character: char) -> bool {
    let is_blank = character.is_whitespace() && character != ' ';
    let has_no_shape = matches!(
        character,
        '\u{ad}' | '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
    );
    is_blank || has_no_shape
}

/// `text` as a literal, in which some characters are written by their number.
fn text(text: &str, by_number: impl Fn(char) -> bool) -> String {
    if !text.contains(&by_number) {
        return format!("'{}'", text.replace('\'', "''"));
    }
    let mut parts = Vec::new();
    let mut rest = text;
    while let Some(place) = rest.find(&by_number) {
        let (plain, from) = rest.split_at(place);
        let mut characters = from.chars();
        let fragile = characters.next().unwrap_or_default();
        if !plain.is_empty() {
            parts.push(format!("'{}'", plain.replace('\'', "''")));
        }
        parts.push(format!("char({})", u32::from(fragile)));
        rest = characters.as_str();
    }
    if !rest.is_empty() {
        parts.push(format!("'{}'", rest.replace('\'', "''")));
    }
    parts.join(" || ")
}

/// SQLite does not round every decimal number to the nearest float (<https://sqlite.org/floatingpoint.html>), so it is
/// asked what it makes of each spelling.
fn real(connection: &Connection, number: f64) -> rusqlite::Result<String> {
    if number.is_infinite() {
        return Ok(if number > 0.0 { "9e999" } else { "-9e999" }.to_owned());
    }
    let spellings = [format!("{number:?}"), format!("{number:.16e}"), format!("{number:.17e}")];
    for spelling in spellings {
        let read: f64 =
            connection.query_row(&format!("SELECT {spelling}"), [], |row| row.get(0))?;
        if read.to_bits() == number.to_bits() {
            return Ok(spelling);
        }
    }
    Ok(product(number))
}

/// `number` as a product of numbers that SQLite reads exactly: its digits as an integer, and powers of two.
fn product(number: f64) -> String {
    const FRACTION_BITS: u64 = 52;
    const POWER: i64 = 32;
    let bits = number.to_bits();
    let fraction = bits & ((1 << FRACTION_BITS) - 1);
    let biased = (bits >> FRACTION_BITS) & 0x7ff;
    let digits = if biased == 0 { fraction } else { fraction | (1 << FRACTION_BITS) };
    let mut exponent = i64::try_from(biased.max(1)).unwrap_or_default() - 1075;
    let sign = if number.is_sign_negative() { "-" } else { "" };
    let mut text = format!("{sign}{digits}.0");
    while exponent != 0 {
        let step = exponent.clamp(-POWER, POWER);
        let operator = if step > 0 { '*' } else { '/' };
        let _ = write!(text, " {operator} {}.0", 1u64 << step.unsigned_abs());
        exponent -= step;
    }
    format!("({text})")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rusqlite::types::Value;

    use super::*;

    fn again(connection: &Connection, sql: &str) -> Value {
        connection.query_row(&format!("SELECT {sql}"), [], |row| row.get(0)).unwrap()
    }

    fn is_same(value: &Value, other: &Value) -> bool {
        match (value, other) {
            (Value::Real(one), Value::Real(two)) => one.to_bits() == two.to_bits(),
            _ => value == other,
        }
    }

    #[test]
    fn values_are_written_as_a_person_would_write_them() {
        let connection = Connection::open_in_memory().unwrap();
        for (value, sql) in [
            (Value::Null, "NULL"),
            (Value::Integer(i64::MIN), "-9223372036854775808"),
            (Value::Real(0.1), "0.1"),
            (Value::Real(3.0), "3.0"),
            (Value::Real(-0.0), "-0.0"),
            (Value::Real(f64::INFINITY), "9e999"),
            (Value::Text("it's\n\tso".into()), "'it''s\n\tso'"),
            (Value::Text("a\0'b\r\n".into()), "'a' || char(0) || '''b' || char(13) || '\n'"),
            (Value::Text("\0".into()), "char(0)"),
            (Value::Text(String::new()), "''"),
            (Value::Blob(vec![0, 255]), "x'00ff'"),
            (Value::Blob(Vec::new()), "x''"),
        ] {
            assert_eq!(literal(&connection, ValueRef::from(&value)).unwrap(), sql);
            assert!(is_same(&again(&connection, sql), &value), "{sql}");
        }
        let shown =
            |text: &str| visible_literal(&connection, ValueRef::Text(text.as_bytes())).unwrap();
        assert_eq!(shown("a\nb "), "'a' || char(10) || 'b '");
        assert_eq!(shown("\u{a0}\u{202e}ä"), "char(160) || char(8238) || 'ä'");
        let broken = literal(&connection, ValueRef::Text(&[b'a', 0xff])).unwrap();
        let bytes = again(&connection, &format!("CAST({broken} AS BLOB)"));
        assert_eq!(bytes, Value::Blob(vec![b'a', 0xff]));
        assert_eq!(again(&connection, &format!("typeof({broken})")), Value::Text("text".into()));
    }

    proptest! {
        #[test]
        fn every_float_comes_back_to_the_bit(bits: u64) {
            let connection = Connection::open_in_memory().unwrap();
            let number = f64::from_bits(bits);
            // SQLite keeps no NaN.
            prop_assume!(!number.is_nan());
            let value = Value::Real(number);
            let sql = literal(&connection, ValueRef::from(&value)).unwrap();
            prop_assert!(is_same(&again(&connection, &sql), &value), "{} {:?}", sql, number);
            if number.is_finite() {
                let exact = product(number);
                prop_assert!(is_same(&again(&connection, &exact), &value), "{} {:?}", exact, number);
            }
        }

        #[test]
        fn every_text_comes_back(text: String) {
            let connection = Connection::open_in_memory().unwrap();
            let value = Value::Text(text);
            let sql = literal(&connection, ValueRef::from(&value)).unwrap();
            prop_assert_eq!(again(&connection, &sql), value);
        }
    }
}
