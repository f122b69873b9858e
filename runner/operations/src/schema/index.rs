//! An index of a table.

use sqlite3_parser::ast::{Expr, SortOrder, Stmt};
use sqlite3_parser::dialect::TokenType;

use super::expression::Expression;
use super::key::column_name;
use super::layout::closing;
use super::mention::Mentions;
use super::name;
use super::{SyntaxError, sql};

/// An index.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Index {
    /// Its name.
    pub name: String,
    /// The table it is on.
    pub table: String,
    /// The text that made it. `None`: a PRIMARY KEY or a UNIQUE did.
    pub sql: Option<String>,
    /// UNIQUE
    pub unique: bool,
    /// Its parts, in order.
    pub columns: Vec<IndexColumn>,
    /// The condition of a partial index.
    pub condition: Option<Expression>,
    pub(super) mentions: Mentions,
}

/// A part of an index.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IndexColumn {
    /// A column, or an expression.
    pub term: IndexTerm,
    /// The collation, where the index gives one.
    pub collate: Option<String>,
    /// DESC
    pub descending: bool,
}

/// What an index sorts by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum IndexTerm {
    /// A column, by its name.
    Column(String),
    /// The text of an expression.
    Expression(String),
}

impl Index {
    /// Reads an index from its CREATE INDEX.
    ///
    /// # Errors
    /// `sql` is no CREATE INDEX.
    pub fn parse(sql: &str) -> Result<Self, SyntaxError> {
        let tokens = sql::tokens(sql)?;
        sql::statement(sql, |statement| {
            let Stmt::CreateIndex { unique, idx_name, tbl_name, columns, where_clause, .. } =
                statement
            else {
                return Err(SyntaxError::not("CREATE INDEX", sql));
            };
            let open = tokens.iter().position(|token| token.kind == TokenType::TK_LP);
            let close = open.and_then(|open| closing(&tokens, open));
            let (Some(open), Some(close)) = (open, close) else {
                return Err(SyntaxError::not("CREATE INDEX", sql));
            };
            let condition = where_clause.as_ref().map(|expression| {
                // After the closing parenthesis comes the word WHERE.
                let start = tokens[close + 1].span.end;
                let end = tokens.last().map_or(start, |last| last.span.end);
                Expression::known(sql[start..end].trim(), expression)
            });
            let mut mentions = Mentions::default();
            mentions.sorted(columns);
            if let Some(expression) = where_clause {
                mentions.expression(expression);
            }
            let inside = &sql[tokens[open].span.end..tokens[close].span.start];
            let texts = terms(inside);
            let columns = columns
                .iter()
                .zip(texts)
                .map(|(column, text)| {
                    let (term, collate) = match &column.expr {
                        Expr::Collate(inner, collation) => (*inner, Some(name::unquote(collation))),
                        other => (other, None),
                    };
                    IndexColumn {
                        term: column_name(term).map_or_else(
                            || IndexTerm::Expression(text.to_owned()),
                            IndexTerm::Column,
                        ),
                        collate,
                        descending: column.order == Some(SortOrder::Desc),
                    }
                })
                .collect();
            Ok(Self {
                name: name::unquote(idx_name.name.0),
                table: name::unquote(tbl_name.0),
                sql: Some(sql.to_owned()),
                unique: *unique,
                columns,
                condition,
                mentions,
            })
        })?
    }

    /// Whether it needs `column`: as a part, in an expression, or in its condition.
    #[must_use]
    pub fn mentions(&self, column: &str) -> bool {
        self.mentions.column(column)
    }

    /// Whether PRIMARY KEY or UNIQUE made it.
    #[must_use]
    pub fn is_automatic(&self) -> bool {
        self.sql.is_none()
    }
}

/// The texts between the outermost commas of `inside`, without ASC and DESC.
fn terms(inside: &str) -> Vec<&str> {
    let tokens = sql::tokens(inside).unwrap_or_default();
    let mut depth = 0_i32;
    let runs = tokens.split(|token| {
        match token.kind {
            TokenType::TK_LP => depth += 1,
            TokenType::TK_RP => depth -= 1,
            _ => {}
        }
        depth == 0 && token.kind == TokenType::TK_COMMA
    });
    runs.map(|run| {
        let kept = match run.last().map(|last| last.kind) {
            Some(TokenType::TK_ASC | TokenType::TK_DESC) => &run[..run.len() - 1],
            _ => run,
        };
        match (kept.first(), kept.last()) {
            (Some(first), Some(last)) => &inside[first.span.start..last.span.end],
            _ => "",
        }
    })
    .collect()
}
