//! The literals in a text of SQL.

use sqlite3_parser::dialect::TokenType;

use super::sql::{self, Token};

/// The strings and numbers that are written in `text`, in order, as SQL writes them. None, if it is not
/// understood.
///
/// ```
/// let found = runner_operations::schema::literals("status IN ('open', 'it''s') AND age >= 18");
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
