//! Names as SQL writes them.

use sqlite3_parser::dialect::keyword_token;

pub use crate::operation::sql::quote;

/// `name` as a person would write it: bare where that is safe, else in double quotes.
#[must_use]
pub fn spell(name: &str) -> String {
    let plain = name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
        && name.starts_with(|first: char| !first.is_ascii_digit())
        && !is_keyword(name);
    if plain { name.to_owned() } else { quote(name) }
}

/// The longest is CURRENT_TIMESTAMP.
fn is_keyword(word: &str) -> bool {
    (2..=17).contains(&word.len()) && keyword_token(word.as_bytes()).is_some()
}

/// `names`, each as [`spell`] writes it, with commas between.
pub(crate) fn spell_all<S: AsRef<str>>(names: impl IntoIterator<Item = S>) -> String {
    let names: Vec<_> = names.into_iter().map(|name| spell(name.as_ref())).collect();
    names.join(", ")
}

/// `text` as a string of SQL.
pub(crate) fn literal(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

/// The name that is written as `spelled`: without its quotes, if it has some
/// (<https://sqlite.org/lang_keywords.html>).
#[must_use]
pub fn unquote(spelled: &str) -> String {
    let mut inner = spelled.chars();
    match (inner.next(), inner.next_back()) {
        (Some('['), Some(']')) => inner.as_str().to_owned(),
        (Some(quote @ ('"' | '`' | '\'')), Some(end)) if quote == end => {
            inner.as_str().replace(&format!("{quote}{quote}"), &quote.to_string())
        }
        _ => spelled.to_owned(),
    }
}

/// Whether two names are the same to SQLite, which folds ASCII letters only.
pub(crate) fn same(a: &str, b: &str) -> bool {
    a.eq_ignore_ascii_case(b)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_comes_back_from_every_way_to_quote_it() {
        for (spelled, name) in [
            ("a", "a"),
            ("\"a\"\"b\"", "a\"b"),
            ("`a``b`", "a`b"),
            ("[a\"b]", "a\"b"),
            ("'it''s'", "it's"),
            ("\"\"", ""),
            ("\"\"\"\"", "\""),
        ] {
            assert_eq!(unquote(spelled), name, "{spelled}");
        }
        for name in ["order", "a b", "ünï", "x", "we\"ird; tab'le", "1a", "", "💩"] {
            assert_eq!(unquote(&spell(name)), name);
            assert_eq!(unquote(&quote(name)), name);
        }
        assert_eq!(spell("player_id"), "player_id");
        assert_eq!(spell("select"), "\"select\"");
    }
}
