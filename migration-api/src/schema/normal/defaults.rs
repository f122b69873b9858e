//! Defaults: what is the same to SQLite however it is written.

use sqlite3_parser::dialect::TokenType;

use super::words::{Words, without_parentheses};
use crate::schema::name::{literal, same, unquote};
use crate::schema::sql;

/// The default `text` as it stands behind DEFAULT; `None` for NULL, which it is anyway.
pub(super) fn default(text: &str) -> Option<Words> {
    let tokens = sql::tokens(text).unwrap_or_default();
    let word = |at: usize| &text[tokens[at].span.clone()];
    // A name by itself is a string (<https://sqlite.org/lang_createtable.html#dfltval>).
    if let [only] = tokens.as_slice()
        && only.kind == TokenType::TK_ID
        && !["true", "false"].iter().any(|truth| same(truth, word(0)))
    {
        return Some(Words::expression(&literal(&unquote(word(0))), &[]));
    }
    match without_parentheses(&tokens) {
        [only] if only.kind == TokenType::TK_NULL => None,
        _ => Some(Words::expression(text, &[])),
    }
}
