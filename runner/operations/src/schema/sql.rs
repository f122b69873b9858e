//! SQL as text with positions: the tokenizer and the parser of SQLite's grammar, from
//! `sqlite3-parser`.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::ops::Range;

use sqlite3_parser::ast::{Cmd, Stmt};
use sqlite3_parser::dialect::TokenType;
use sqlite3_parser::lexer::Scanner;
use sqlite3_parser::lexer::sql::{Error as ParserError, Parser, Tokenizer};
use sqlite3_parser::{Bump, FallibleIterator as _};

use super::{SyntaxError, SyntaxReason, name};

/// A piece of a text, in bytes.
pub(crate) type Span = Range<usize>;

fn grammar(error: &ParserError, sql: &str) -> SyntaxError {
    SyntaxError { sql: sql.to_owned(), reason: SyntaxReason::Grammar(error.to_string()) }
}

/// A word, a sign, a literal: what is left of a text without blanks and comments.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Token {
    pub(crate) kind: TokenType,
    pub(crate) span: Span,
}

/// `sql` with a blank for each vertical tab, which is one to SQLite and not to the tokenizer.
fn readable(sql: &str) -> Cow<'_, str> {
    if sql.contains('\u{b}') { sql.replace('\u{b}', " ").into() } else { sql.into() }
}

/// The tokens of `sql`, in order.
///
/// # Errors
/// A literal or comment that does not end, or a character that SQL does not have.
pub(crate) fn tokens(sql: &str) -> Result<Vec<Token>, SyntaxError> {
    let text = readable(sql);
    let mut scanner = Scanner::new(Tokenizer::new());
    let mut tokens = Vec::new();
    loop {
        match scanner.scan(text.as_bytes()) {
            Ok((start, Some((_, kind)), end)) => tokens.push(Token { kind, span: start..end }),
            Ok((_, None, _)) => return Ok(tokens),
            Err(error) => return Err(grammar(&error, sql)),
        }
    }
}

/// Whether `sql` has one of `names`, which are in lower case, as a word.
pub(crate) fn names_any(sql: &str, names: &BTreeSet<String>) -> bool {
    let is_one =
        |token: Token| names.contains(&name::unquote(&sql[token.span]).to_ascii_lowercase());
    tokens(sql).is_ok_and(|tokens| tokens.into_iter().any(is_one))
}

/// The words and names of `sql`, in lower case and without quotes, each once.
pub(crate) fn words(sql: &str) -> BTreeSet<String> {
    let tokens = tokens(sql).unwrap_or_default().into_iter();
    tokens.map(|token| name::unquote(&sql[token.span]).to_ascii_lowercase()).collect()
}

/// Where `sql` says `name` and a dot before something else, and a schema before both or none.
pub(crate) fn qualifiers(sql: &str, name: &str) -> Vec<Span> {
    let tokens = tokens(sql).unwrap_or_default();
    let is_dot = |at: usize| tokens.get(at).is_some_and(|token| token.kind == TokenType::TK_DOT);
    let is_own = |at: usize| name::same(&name::unquote(&sql[tokens[at].span.clone()]), name);
    (0..tokens.len())
        .filter(|&at| is_own(at) && is_dot(at + 1))
        .map(|at| {
            let first = if at > 1 && is_dot(at - 1) { at - 2 } else { at };
            tokens[first].span.start..tokens[at + 1].span.end
        })
        .collect()
}

/// `sql` without `name` and a dot before something else: `t.a` becomes `a`.
pub(crate) fn unqualified(sql: &str, name: &str) -> String {
    let mut text = sql.to_owned();
    for span in qualifiers(sql, name).into_iter().rev() {
        text.replace_range(span, "");
    }
    text
}

/// Shows the one statement that `sql` is to `look`.
///
/// # Errors
/// `sql` does not parse, or is not exactly one statement.
pub(crate) fn statement<R>(sql: &str, look: impl FnOnce(&Stmt<'_>) -> R) -> Result<R, SyntaxError> {
    let text = readable(sql);
    let arena = Bump::new();
    let mut parser = Parser::new(&arena, text.as_bytes());
    let first = parser.next().map_err(|error| grammar(&error, sql))?;
    let Some(Cmd::Stmt(statement)) = first else {
        return Err(SyntaxError::not("statement", sql));
    };
    match parser.next() {
        Ok(None) => Ok(look(&statement)),
        Ok(Some(_)) => Err(SyntaxError::not("single statement", sql)),
        Err(error) => Err(grammar(&error, sql)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_stand_where_they_stand_in_the_text_and_comments_are_none() {
        let sql = "a /* b */ \"c d\" -- e\n x'00ff'";
        let found: Vec<_> =
            tokens(sql).unwrap().into_iter().map(|token| &sql[token.span]).collect();
        assert_eq!(found, ["a", "\"c d\"", "x'00ff'"]);
    }

    #[test]
    fn two_statements_are_not_one() {
        statement("SELECT 1;", |_| ()).unwrap();
        let error = statement("SELECT 1; SELECT 2", |_| ()).unwrap_err();
        assert_eq!(error.reason.to_string(), "it is no single statement");
        assert!(statement("", |_| ()).is_err());
        assert!(statement("CREAT TABLE x(a)", |_| ()).is_err());
    }
}
