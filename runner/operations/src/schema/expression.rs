//! Expressions: text that parses by itself, and the names in it.

use std::fmt;

use sqlite3_parser::ast::{Expr, OneSelect, ResultColumn, Stmt};
use sqlite3_parser::dialect::TokenType;

use super::mention::Mentions;
use super::normal::Words;
use super::sql::{self, Token};
use super::{SyntaxError, SyntaxReason};

/// The greatest depth of an expression in SQLite (<https://sqlite.org/limits.html#max_expr_depth>). What reads a
/// definition needs stack for each step down, and SQLite, which would refuse, is asked after that.
const DEEPEST: usize = 1000;

/// An expression of SQL: its text, byte for byte, and which columns it mentions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Expression {
    text: String,
    mentions: Mentions,
}

impl Expression {
    /// Reads `text`.
    ///
    /// # Errors
    /// It is not one whole expression: `a) OR (b` is none. It is nested too deeply.
    pub fn parse(text: &str) -> Result<Self, SyntaxError> {
        let too_deep = || SyntaxError { sql: text.to_owned(), reason: SyntaxReason::TooDeep };
        // Subqueries are seen in the tokens alone.
        if brackets(text) > DEEPEST {
            return Err(too_deep());
        }
        let mentions = sql::statement(&format!("SELECT (\n{text}\n)"), |statement| {
            only_expression(statement).map(Mentions::in_expression)
        })
        .map_err(|error| SyntaxError { sql: text.to_owned(), ..error })?
        .ok_or_else(|| SyntaxError::not("expression", text))?;
        if mentions.depth() > DEEPEST {
            return Err(too_deep());
        }
        Ok(Self { text: text.trim().to_owned(), mentions })
    }

    /// The expression `text` that the parser has read as `expression`.
    pub(super) fn known(text: &str, expression: &Expr<'_>) -> Self {
        Self { text: text.to_owned(), mentions: Mentions::in_expression(expression) }
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Whether it mentions `column`, outside of strings and subqueries.
    #[must_use]
    pub fn mentions(&self, column: &str) -> bool {
        self.mentions.column(column)
    }

    /// Whether `text` is the same expression: blanks, comments, the case of words and the quoting of names do not
    /// count.
    pub(crate) fn has_the_words_of(&self, text: &str) -> bool {
        Words::expression(text, &[]) == Words::expression(&self.text, &[])
    }

    /// Whether it reads other rows or tables: by a subquery, or by IN and the name of a table.
    pub(crate) fn asks_other_rows(&self) -> bool {
        let tokens = sql::tokens(&self.text).unwrap_or_default();
        let in_table =
            |pair: &[Token]| pair[0].kind == TokenType::TK_IN && pair[1].kind != TokenType::TK_LP;
        tokens.iter().any(|token| token.kind == TokenType::TK_SELECT)
            || tokens.windows(2).any(in_table)
    }

    /// Its text, without the name of `table` before its columns: `t.a` becomes `a`.
    pub(crate) fn unqualified(&self, table: &str) -> String {
        sql::unqualified(&self.text, table)
    }
}

impl fmt::Display for Expression {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

fn only_expression<'s>(statement: &'s Stmt<'s>) -> Option<&'s Expr<'s>> {
    let Stmt::Select(select) = statement else { return None };
    let OneSelect::Select { columns: [ResultColumn::Expr(expression, None)], from: None, .. } =
        &select.body.select
    else {
        return None;
    };
    match expression {
        Expr::Parenthesized(inner) if inner.len() == 1 => inner.first(),
        _ => None,
    }
}

/// How many round brackets and CASEs of `text` are open at once.
fn brackets(text: &str) -> usize {
    let (mut open, mut most) = (0_usize, 0);
    for token in sql::tokens(text).unwrap_or_default() {
        match token.kind {
            TokenType::TK_LP | TokenType::TK_CASE => open += 1,
            TokenType::TK_RP | TokenType::TK_END => open = open.saturating_sub(1),
            _ => {}
        }
        most = most.max(open);
    }
    most
}

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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_expression_stands_by_itself_or_is_none() {
        for text in ["1", "a > 0 AND b", "(1)", "(SELECT max(x) FROM y)", "a -- why", "'it''s'"] {
            Expression::parse(text).unwrap_or_else(|error| panic!("{text}: {error:?}"));
        }
        for text in ["", "1, 2", "1) OR (1", "a >", "1; DROP TABLE x", "'", "/* a"] {
            assert!(Expression::parse(text).is_err(), "{text}");
        }
    }
}
