//! A default that is a bare word.

use sqlite3_parser::dialect::TokenType;

use super::name::{same, unquote};
use super::sql;

/// The string that the default `text` is if it is one word: in quotes of a name, a keyword, or neither
/// (<https://sqlite.org/lang_createtable.html#dfltval>). Anywhere else it would be the name of a column.
pub(crate) fn bare_word(text: &str) -> Option<String> {
    let tokens = sql::tokens(text).unwrap_or_default();
    let [only] = tokens.as_slice() else { return None };
    let word = &text[only.span.clone()];
    let is_value = matches!(
        only.kind,
        TokenType::TK_STRING
            | TokenType::TK_BLOB
            | TokenType::TK_INTEGER
            | TokenType::TK_FLOAT
            | TokenType::TK_NULL
            | TokenType::TK_CTIME_KW
    );
    let is_truth = same(word, "true") || same(word, "false");
    (!is_value && !is_truth).then(|| unquote(word))
}
