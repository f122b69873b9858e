//! Names that need no quotes.

use sqlite3_parser::dialect::TokenType;

use crate::schema::expression::Expression;
use crate::schema::name::same;
use crate::schema::sql;

/// Whether a name needs no quotes to be read as a name and as nothing else.
pub(super) fn means_the_same_bare(name: &str) -> bool {
    let is_truth = ["true", "false"].iter().any(|word| same(word, name));
    let tokens = sql::tokens(name).unwrap_or_default();
    let [only] = tokens.as_slice() else { return false };
    let is_whole = only.span == (0..name.len()) && !name.starts_with(['"', '[', '`', '\'']);
    let is_word = || {
        only.kind == TokenType::TK_ID
            || (name.starts_with(|first: char| first.is_ascii_alphabetic())
                && Expression::parse(name).is_ok_and(|read| read.mentions(name)))
    };
    is_whole && !is_truth && is_word()
}
