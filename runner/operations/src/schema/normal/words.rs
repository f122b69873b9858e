//! SQL compared by its tokens.

use std::cmp::Ordering;
use std::collections::BTreeSet;
use std::fmt;

use sqlite3_parser::dialect::TokenType;

use super::name::means_the_same_bare;
use super::spacing::{line, lines};
use crate::schema::layout::closing;
use crate::schema::name::{quote, same, spell, unquote};
use crate::schema::sql::{self, Token};

/// A piece of SQL: two are equal if they have the same tokens. Blanks, comments, the case of what is no
/// string, and the quoting of plain names do not count. `Display` writes the tokens with single blanks.
#[derive(Debug, Clone)]
pub struct Words {
    /// The tokens as they are compared.
    key: Vec<String>,
    /// The tokens as they are shown.
    text: String,
    /// The text they come from.
    source: String,
}

impl Words {
    /// An expression, without the parentheses around all of it. Names in double quotes that are among
    /// `columns` need none: another one may be a string (<https://sqlite.org/quirks.html#dblquote>).
    pub(crate) fn expression(text: &str, columns: &[&str]) -> Self {
        let tokens = sql::tokens(text).unwrap_or_default();
        let inner = without_parentheses(&tokens);
        Self::of(text, inner, |name| columns.iter().any(|column| same(column, name)), line)
    }

    /// A whole statement.
    pub(crate) fn statement(text: &str) -> Self {
        Self::of(text, without_semicolon(&sql::tokens(text).unwrap_or_default()), |_| false, line)
    }

    /// A CREATE TRIGGER: each statement of its body is shown on a line of its own.
    pub(super) fn trigger(text: &str) -> Self {
        Self::of(text, without_semicolon(&sql::tokens(text).unwrap_or_default()), |_| false, lines)
    }

    fn of(
        source: &str,
        tokens: &[Token],
        is_column: impl Fn(&str) -> bool,
        lay_out: impl Fn(&[(TokenType, String)]) -> String,
    ) -> Self {
        if tokens.is_empty() {
            // What has no tokens, or none that are understood, is compared as it is written.
            let text = source.trim().to_owned();
            return Self { key: vec![text.clone()], text, source: source.to_owned() };
        }
        let words = tokens.iter().map(|token| (token.kind, &source[token.span.clone()]));
        let shown: Vec<_> =
            words.clone().map(|(kind, word)| (kind, shown(kind, word, &is_column))).collect();
        let key = words.map(|(kind, word)| compared(kind, word)).collect();
        Self { key, text: lay_out(&shown), source: source.to_owned() }
    }

    /// The same, compared as `meaning` is.
    pub(super) fn meaning(self, meaning: &str) -> Self {
        Self { key: vec![meaning.to_owned()], ..self }
    }

    /// The text as it is shown.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The text it was read from, as it was written.
    #[must_use]
    pub fn source(&self) -> &str {
        &self.source
    }

    /// Whether `name` is among its names, or among its words at all.
    #[must_use]
    pub fn mentions(&self, name: &str) -> bool {
        let names = BTreeSet::from([name.to_ascii_lowercase()]);
        sql::names_any(&self.source, &names)
    }
}

/// A line of a schema as it is compared: lines with the same mean the same, whatever their blanks, case and
/// quotes, and whether another item follows.
#[must_use]
pub fn line_meaning(text: &str) -> String {
    let mut tokens = sql::tokens(text).unwrap_or_default();
    tokens.pop_if(|last| last.kind == TokenType::TK_COMMA);
    Words::of(text, &tokens, |_| false, line).key.join(" ")
}

impl PartialEq for Words {
    fn eq(&self, other: &Self) -> bool {
        self.key == other.key
    }
}

impl Eq for Words {}

impl PartialOrd for Words {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Words {
    fn cmp(&self, other: &Self) -> Ordering {
        self.key.cmp(&other.key)
    }
}

impl fmt::Display for Words {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// `tokens` without parentheses that hold all of them. Those of a query stay.
pub(super) fn without_parentheses(tokens: &[Token]) -> &[Token] {
    let is_query = |token: &Token| {
        matches!(token.kind, TokenType::TK_SELECT | TokenType::TK_WITH | TokenType::TK_VALUES)
    };
    let mut inner = tokens;
    while let [first, rest @ .., _] = inner
        && first.kind == TokenType::TK_LP
        && closing(inner, 0) == Some(inner.len() - 1)
        && rest.first().is_some_and(|token| !is_query(token))
        && !is_list(rest)
    {
        inner = rest;
    }
    inner
}

/// Whether commas outside of parentheses separate `tokens`: then they are a row and not a value.
fn is_list(tokens: &[Token]) -> bool {
    let mut depth = 0_i32;
    tokens.iter().any(|token| {
        match token.kind {
            TokenType::TK_LP => depth += 1,
            TokenType::TK_RP => depth -= 1,
            _ => {}
        }
        depth == 0 && token.kind == TokenType::TK_COMMA
    })
}

fn without_semicolon(tokens: &[Token]) -> &[Token] {
    match tokens {
        [rest @ .., last] if last.kind == TokenType::TK_SEMI => without_semicolon(rest),
        _ => tokens,
    }
}

fn is_quoted(kind: TokenType, word: &str) -> bool {
    kind == TokenType::TK_ID && word.starts_with(['"', '[', '`'])
}

/// A token as it is compared.
fn compared(kind: TokenType, word: &str) -> String {
    match kind {
        TokenType::TK_STRING => word.to_owned(),
        _ if is_quoted(kind, word) => {
            let name = unquote(word).to_ascii_lowercase();
            if means_the_same_bare(&name) { name } else { quote(&name) }
        }
        _ => word.to_ascii_lowercase(),
    }
}

/// A token as it is shown.
fn shown(kind: TokenType, word: &str, is_column: impl Fn(&str) -> bool) -> String {
    if is_quoted(kind, word) {
        let name = unquote(word);
        // Only double quotes can hold a string.
        let is_name = !word.starts_with('"') || is_column(&name);
        return if is_name && means_the_same_bare(&name) { spell(&name) } else { quote(&name) };
    }
    match kind {
        TokenType::TK_STRING | TokenType::TK_ID => word.to_owned(),
        // What can be a name is left: the name of a view's column may come of it.
        _ if !means_the_same_bare(word) => match kind {
            TokenType::TK_INTEGER | TokenType::TK_FLOAT | TokenType::TK_BLOB => word.to_owned(),
            _ => word.to_ascii_uppercase(),
        },
        _ => word.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str) -> Words {
        Words::expression(text, &["a", "b", "key"])
    }

    #[test]
    fn spelling_does_not_count_and_strings_do() {
        for (one, other) in [
            ("a > 0 and B < 1", "( \"a\">0 /* why */ AND [b]<1 )"),
            ("lower (a)", "LOWER(`A`)"),
            ("\"key\" > 0", "Key > 0"),
            ("((a))", "a"),
            ("x'AB' || 1E5", "X'ab'||1e5"),
        ] {
            assert_eq!(of(one), of(other), "{one}");
        }
        for (one, other) in [
            ("a = 'X'", "a = 'x'"),
            ("a = \"null\"", "a = null"),
            ("a = \"true\"", "a = true"),
            ("a = \"b c\"", "a = 'b c'"),
            ("(a) + (b)", "a) + (b"),
            ("a = \"select\"", "a = \"selects\""),
        ] {
            assert_ne!(of(one), of(other), "{one}");
        }
    }

    #[test]
    fn what_is_shown_reads_as_what_was_meant() {
        for (text, shown) in [
            ("\"a\"> - 1 and not\n\"zz\"is null", "a > -1 AND NOT \"zz\" IS NULL"),
            ("- - 1 -(-b)", "- -1 - (-b)"),
            ("(select max( x.y )from \"t u\"x)", "(SELECT max(x.y) FROM \"t u\" x)"),
            ("key in(1,2)", "key IN (1, 2)"),
            ("cast(a as text)||'It''s'", "CAST(a AS text) || 'It''s'"),
        ] {
            assert_eq!(of(text).to_string(), shown);
            assert_eq!(of(text), of(shown), "{text}");
        }
    }
}
