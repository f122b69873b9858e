//! Text as literals of Rust.

use proc_macro2::{Literal, TokenStream};
use quote::quote;

/// SQL: a raw string where it has lines, quotes or backslashes, so that it reads as SQL.
pub(super) fn sql(text: &str) -> Literal {
    let plain = Literal::string(text);
    if !text.contains(['\n', '"', '\\']) || !text.chars().all(stands_raw) {
        return plain;
    }
    let hashes = "#".repeat(hashes(text));
    format!("r{hashes}\"{text}\"{hashes}").parse().unwrap_or(plain)
}

/// Whether a raw string may hold it and shows it. `\r` and marks that turn the direction of text are
/// refused by the compiler; other control characters are not to be seen.
fn stands_raw(character: char) -> bool {
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
