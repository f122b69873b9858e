//! SQL as literals of Rust: a default as a value, where it is a literal, and text.

use migration_api::operation::Literal;
use proc_macro2::TokenStream;
use quote::{ToTokens as _, quote};

/// The value of Rust from which [`Literal`] makes exactly this SQL; none for an expression, and for a
/// value in other words, such as `+1`.
pub(super) fn value(sql: &str) -> Option<TokenStream> {
    let literal = read(sql)?;
    (literal.to_string() == sql).then(|| written(&literal))
}

fn read(sql: &str) -> Option<Literal> {
    match sql {
        "NULL" => return Some(Literal::Null),
        "TRUE" => return Some(Literal::Boolean(true)),
        "FALSE" => return Some(Literal::Boolean(false)),
        _ => {}
    }
    if let Some(text) = quoted(sql, "'", "'") {
        return Some(Literal::Text(text.replace("''", "'")));
    }
    if let Some(digits) = quoted(sql, "x'", "'") {
        return bytes(digits).map(Literal::Blob);
    }
    // The long way that text goes which holds a NUL.
    if let Some(digits) = quoted(sql, "CAST(x'", "' AS TEXT)") {
        return String::from_utf8(bytes(digits)?).ok().map(Literal::Text);
    }
    if let Ok(integer) = sql.parse() {
        return Some(Literal::Integer(integer));
    }
    sql.parse().ok().filter(|real: &f64| real.is_finite()).map(Literal::Real)
}

fn quoted<'s>(sql: &'s str, open: &str, close: &str) -> Option<&'s str> {
    sql.strip_prefix(open)?.strip_suffix(close)
}

fn bytes(digits: &str) -> Option<Vec<u8>> {
    let digits: Vec<u8> = digits
        .chars()
        .map(|c| c.to_digit(16).and_then(|d| u8::try_from(d).ok()))
        .collect::<Option<_>>()?;
    Some(
        digits.chunks(2).map(|pair| pair.iter().fold(0, |byte, digit| byte * 16 + digit)).collect(),
    )
}

fn written(literal: &Literal) -> TokenStream {
    match literal {
        Literal::Null => quote!(Literal::Null),
        Literal::Boolean(value) => value.to_token_stream(),
        Literal::Integer(value) => match i32::try_from(*value) {
            Ok(small) => proc_macro2::Literal::i32_unsuffixed(small).into_token_stream(),
            Err(_) => value.to_token_stream(),
        },
        Literal::Real(value) => real(*value).into_token_stream(),
        Literal::Text(value) => value.to_token_stream(),
        Literal::Blob(value) => proc_macro2::Literal::byte_string(value).into_token_stream(),
    }
}

/// Such as `1e300`, which `f64_unsuffixed` would write with all its zeros.
fn real(value: f64) -> proc_macro2::Literal {
    let plain = || proc_macro2::Literal::f64_unsuffixed(value);
    format!("{value:?}").parse().unwrap_or_else(|_| plain())
}

/// SQL: a raw string where it has lines, quotes or backslashes, so that it reads as SQL.
pub(super) fn sql(text: &str) -> proc_macro2::Literal {
    let plain = proc_macro2::Literal::string(text);
    if !text.contains(['\n', '"', '\\']) || !text.chars().all(fits_raw_string) {
        return plain;
    }
    let hashes = "#".repeat(hashes(text));
    format!("r{hashes}\"{text}\"{hashes}").parse().unwrap_or(plain)
}

/// Whether a raw string may hold it and shows it. `\r` and marks that turn the direction of text are
/// refused by the compiler; other control characters are not to be seen.
fn fits_raw_string(character: char) -> bool {
    matches!(character, '\n' | '\t' | '"' | '\'' | '\\') || character.escape_debug().count() == 1
}

/// One more than any quote in the text has behind it.
fn hashes(text: &str) -> usize {
    let behind = |rest: &str| rest.chars().take_while(|c| *c == '#').count();
    text.split('"').skip(1).map(|rest| behind(rest) + 1).max().unwrap_or(0)
}

/// `["room_id", "guest"]`. Of an empty list, Rust would not know what it holds none of.
pub(super) fn names(names: &[String]) -> TokenStream {
    if names.is_empty() { quote!(Vec::<String>::new()) } else { quote!([#(#names),*]) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_constant_is_a_value_and_all_else_is_sql() {
        for (sql, expected) in [
            ("0", Some("0")),
            ("-7", Some("- 7")),
            ("9223372036854775807", Some("9223372036854775807i64")),
            ("9223372036854775808", None),
            ("1.5", Some("1.5")),
            ("1e300", Some("1e300")),
            ("1.50", None),
            ("+1", None),
            ("9e999", None),
            ("inf", None),
            ("TRUE", Some("true")),
            ("true", None),
            ("NULL", Some("Literal :: Null")),
            ("'it''s'", Some("\"it's\"")),
            ("'it's'", None),
            ("'a' || 'b'", None),
            ("'", None),
            ("x'00ff'", Some("b\"\\0\\xFF\"")),
            ("x'0'", None),
            ("X'00'", None),
            ("CAST(x'6100' AS TEXT)", Some("\"a\\0\"")),
            ("CAST(x'61' AS TEXT)", None),
            ("CURRENT_TIMESTAMP", None),
            ("(1)", None),
            ("", None),
        ] {
            let value = value(sql).map(|value| value.to_string());
            assert_eq!(value.as_deref(), expected, "{sql}");
        }
    }

    #[test]
    fn sql_is_raw_where_it_would_have_backslashes() {
        for (text, expected) in [
            ("a > 0", r#""a > 0""#),
            ("a IN ('b')", r#""a IN ('b')""#),
            ("\"a\" > 0", r##"r#""a" > 0"#"##),
            ("a\nb", "r\"a\nb\""),
            (r"'\d'", r#"r"'\d'""#),
            ("\"#\"##", "r###\"\"#\"##\"###"),
            ("a\r\nb", r#""a\r\nb""#),
            ("a\n\u{202e}b", r#""a\n\u{202e}b""#),
            ("a\n\0", r#""a\n\0""#),
        ] {
            assert_eq!(sql(text).to_string(), expected, "{text}");
        }
    }
}
