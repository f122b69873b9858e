//! Defaults: what is the same to SQLite however it is written.

use sqlite3_parser::dialect::TokenType;

use super::words::{Words, without_parentheses};
use crate::schema::name::{literal, same};
use crate::schema::{bare_word, sql};

/// The default `text` as it stands behind DEFAULT; `None` for NULL, which it is anyway.
pub(super) fn default(text: &str) -> Option<Words> {
    let tokens = sql::tokens(text).unwrap_or_default();
    if let Some(word) = bare_word(text) {
        return Some(Words::expression(&literal(&word), &[]));
    }
    let value = Words::expression(text, &[]);
    match without_parentheses(&tokens) {
        [only] if only.kind == TokenType::TK_NULL => None,
        // The words are numbers (<https://sqlite.org/lang_expr.html#booleanexpr>).
        [only] if same(&text[only.span.clone()], "true") => Some(value.meaning("1")),
        [only] if same(&text[only.span.clone()], "false") => Some(value.meaning("0")),
        _ => Some(value),
    }
}
