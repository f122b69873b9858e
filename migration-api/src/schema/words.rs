//! What stands in a text of SQL, whatever its layout.

use sqlite3_parser::dialect::TokenType;

use super::name;
use super::sql::{self, Token};

/// Whether two texts are the same words: blanks and comments do not count, nor how a name is quoted or
/// in which case a word is written. A string counts to the byte.
#[must_use]
pub fn same_words(a: &str, b: &str) -> bool {
    let words = |text: &str| -> Option<Vec<String>> {
        Some(sql::tokens(text).ok()?.iter().map(|token| word(text, token)).collect())
    };
    a == b || words(a).is_some_and(|a| Some(a) == words(b))
}

/// Whether two CREATE TABLE are the same words, in whatever order their columns stand.
#[must_use]
pub fn same_definition(a: &str, b: &str) -> bool {
    let items = |text: &str| -> Option<Vec<Vec<String>>> {
        let tokens = sql::tokens(text).ok()?;
        let (mut depth, mut items) = (0_i32, vec![Vec::new()]);
        for token in &tokens {
            match token.kind {
                TokenType::TK_LP => depth += 1,
                TokenType::TK_RP => depth -= 1,
                _ => {}
            }
            let is_edge = matches!(token.kind, TokenType::TK_LP if depth == 1)
                || matches!(token.kind, TokenType::TK_RP if depth == 0)
                || matches!(token.kind, TokenType::TK_COMMA if depth == 1);
            if is_edge {
                items.push(Vec::new());
            } else if let Some(item) = items.last_mut() {
                item.push(word(text, token));
            }
        }
        items.sort();
        Some(items)
    };
    same_words(a, b) || items(a).is_some_and(|a| Some(a) == items(b))
}

fn word(text: &str, token: &Token) -> String {
    let spelled = &text[token.span.clone()];
    match token.kind {
        TokenType::TK_STRING | TokenType::TK_BLOB => spelled.to_owned(),
        _ => name::unquote(spelled).to_ascii_lowercase(),
    }
}

/// The strings and numbers that are written in `text`, in order, as SQL writes them. None, if it is not
/// understood.
///
/// ```
/// let found = migration_api::schema::literals("status IN ('open', 'it''s') AND age >= 18");
/// assert_eq!(found, ["'open'", "'it''s'", "18"]);
/// ```
#[must_use]
pub fn literals(text: &str) -> Vec<&str> {
    let is_literal = |token: &Token| {
        matches!(
            token.kind,
            TokenType::TK_STRING | TokenType::TK_INTEGER | TokenType::TK_FLOAT | TokenType::TK_BLOB
        )
    };
    let tokens = sql::tokens(text).unwrap_or_default();
    tokens.into_iter().filter(is_literal).map(|token| &text[token.span]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn layout_quotes_of_names_and_the_case_of_words_do_not_count() {
        assert!(same_words(
            "CREATE TABLE \"t\" (a INT /* why */, [b] TEXT DEFAULT 'X')",
            "create table t(a int,\n b text default 'X')"
        ));
        assert!(!same_words("CREATE TABLE t (a DEFAULT 'X')", "CREATE TABLE t (a DEFAULT 'x')"));
        assert!(!same_words("CREATE TABLE t (a)", "CREATE TABLE t (a, b)"));
    }

    #[test]
    fn the_order_of_columns_is_no_part_of_a_definition() {
        let table = "CREATE TABLE t (a INT CHECK (a IN (1, 2)), b, UNIQUE (a, b)) STRICT";
        for (other, is_same) in [
            ("CREATE TABLE t (b, a INT CHECK (a IN (1, 2)), UNIQUE (a, b)) STRICT", true),
            ("CREATE TABLE t (b, a INT CHECK (a IN (2, 1)), UNIQUE (a, b)) STRICT", false),
            ("CREATE TABLE t (b, a INT CHECK (a IN (1, 2)), UNIQUE (a, b))", false),
        ] {
            assert_eq!(same_definition(table, other), is_same, "{other}");
        }
    }
}
