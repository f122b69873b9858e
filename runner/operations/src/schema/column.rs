//! A table's column and its clauses.

use std::borrow::Cow;

use sqlite3_parser::ast::{ColumnConstraint, ColumnDefinition, SortOrder};
use sqlite3_parser::dialect::TokenType;

use super::affinity::Affinity;
use super::constraint::ConstraintKind;
use super::expression::Expression;
use super::key::{ForeignKey, KeyColumn, OnConflict};
use super::layout::{ColumnLayout, inside_parentheses, is_named};
use super::name::{self, same, unquote};
use super::sql::{self, Span};

/// A column of a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    /// Its name.
    pub name: String,
    /// Its declared type, with its blanks; empty if there is none.
    pub declared_type: String,
    /// Its other clauses, in order.
    pub clauses: Vec<Clause>,
    pub(crate) layout: ColumnLayout,
}

/// A clause of a column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Clause {
    /// The name from `CONSTRAINT name`.
    pub name: Option<String>,
    /// Its kind.
    pub kind: ClauseKind,
    pub(crate) span: Span,
}

/// The kind of a clause.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum ClauseKind {
    /// PRIMARY KEY
    PrimaryKey {
        /// AUTOINCREMENT
        autoincrement: bool,
        /// DESC
        descending: bool,
        /// ON CONFLICT
        on_conflict: Option<OnConflict>,
    },
    /// NOT NULL
    NotNull(Option<OnConflict>),
    /// NULL, which has no effect
    Null,
    /// UNIQUE
    Unique(Option<OnConflict>),
    /// CHECK
    Check(Expression),
    /// DEFAULT: the text after the word
    Default(String),
    /// COLLATE
    Collate(String),
    /// REFERENCES
    References(ForeignKey),
    /// `DEFERRABLE` and the like, of the REFERENCES before it
    Deferral,
    /// GENERATED ALWAYS AS
    Generated {
        /// The expression.
        expression: Expression,
        /// STORED
        stored: bool,
    },
}

impl Column {
    pub(super) fn read(
        text: &str,
        definition: &ColumnDefinition<'_>,
        layout: ColumnLayout,
    ) -> Self {
        let name = name::unquote(definition.col_name.0);
        let declared_type =
            layout.declared_type.clone().map_or(String::new(), |span| name::unquote(&text[span]));
        let mut clauses: Vec<Clause> = Vec::new();
        for (constraint, span) in definition.constraints.iter().zip(&layout.clauses) {
            let given = constraint.name.as_ref().filter(|_| is_named(&text[span.clone()]));
            let given = given.map(|given| name::unquote(given.0));
            if let ColumnConstraint::Defer(defer) = &constraint.constraint {
                let key = clauses.iter_mut().rev().find_map(|clause| match &mut clause.kind {
                    ClauseKind::References(key) => Some(key),
                    _ => None,
                });
                if let Some(key) = key {
                    key.defer(Some(defer));
                }
            }
            let kind = ClauseKind::read(&text[span.clone()], &name, given.as_ref(), constraint);
            clauses.push(Clause { name: given, kind, span: span.clone() });
        }
        Self { name, declared_type, clauses, layout }
    }

    fn find<'c, T>(&'c self, pick: impl Fn(&'c ClauseKind) -> Option<T>) -> Option<T> {
        // Of two such clauses the last one counts.
        self.clauses.iter().rev().find_map(|clause| pick(&clause.kind))
    }

    /// Whether NULL is refused by a NOT NULL of its own.
    #[must_use]
    pub fn is_not_null(&self) -> bool {
        self.find(|kind| match kind {
            ClauseKind::NotNull(_) => Some(()),
            _ => None,
        })
        .is_some()
    }

    /// The text of its default.
    #[must_use]
    pub fn default(&self) -> Option<&str> {
        self.find(|kind| match kind {
            ClauseKind::Default(text) => Some(text.as_str()),
            _ => None,
        })
    }

    /// The same as an expression that has this value anywhere: behind DEFAULT, and nowhere else, a bare word
    /// is a string.
    #[must_use]
    pub fn default_expression(&self) -> Option<Cow<'_, str>> {
        let text = self.default()?;
        Some(match bare_word(text) {
            Some(word) => name::literal(&word).into(),
            None => text.into(),
        })
    }

    /// Its collation, where one is given.
    #[must_use]
    pub fn collate(&self) -> Option<&str> {
        self.find(|kind| match kind {
            ClauseKind::Collate(collation) => Some(collation.as_str()),
            _ => None,
        })
    }

    /// What it is generated from, and whether the result is stored.
    #[must_use]
    pub fn generated(&self) -> Option<(&Expression, bool)> {
        self.find(|kind| match kind {
            ClauseKind::Generated { expression, stored } => Some((expression, *stored)),
            _ => None,
        })
    }

    /// Its own CHECKs.
    pub fn checks(&self) -> impl Iterator<Item = &Expression> {
        self.clauses.iter().filter_map(|clause| match &clause.kind {
            ClauseKind::Check(expression) => Some(expression),
            _ => None,
        })
    }

    /// The foreign keys that it declares itself.
    pub fn references(&self) -> impl Iterator<Item = &ForeignKey> {
        self.clauses.iter().filter_map(|clause| match &clause.kind {
            ClauseKind::References(key) => Some(key),
            _ => None,
        })
    }

    /// Its PRIMARY KEY clause.
    #[must_use]
    pub fn primary_key(&self) -> Option<&Clause> {
        self.clauses.iter().find(|clause| matches!(clause.kind, ClauseKind::PrimaryKey { .. }))
    }

    /// Its UNIQUE clause.
    #[must_use]
    pub fn unique(&self) -> Option<&Clause> {
        self.clauses.iter().find(|clause| matches!(clause.kind, ClauseKind::Unique(_)))
    }

    /// What it does to the values that are stored in it, in a table that is not STRICT.
    #[must_use]
    pub fn affinity(&self) -> Affinity {
        Affinity::of(&self.declared_type)
    }
}

impl Clause {
    /// The equivalent table constraint for `column`.
    pub(crate) fn as_constraint(&self, column: &Column) -> Option<ConstraintKind> {
        match &self.kind {
            ClauseKind::Unique(on_conflict) => Some(ConstraintKind::Unique {
                columns: vec![KeyColumn::plain(&column.name)],
                on_conflict: *on_conflict,
            }),
            ClauseKind::Check(expression) => Some(ConstraintKind::Check(expression.clone())),
            ClauseKind::References(key) => Some(ConstraintKind::ForeignKey(key.clone())),
            _ => None,
        }
    }
}

impl ClauseKind {
    fn read(
        text: &str,
        column: &str,
        name: Option<&String>,
        constraint: &sqlite3_parser::ast::NamedColumnConstraint<'_>,
    ) -> Self {
        match &constraint.constraint {
            ColumnConstraint::PrimaryKey { order, conflict_clause, auto_increment } => {
                Self::PrimaryKey {
                    autoincrement: *auto_increment,
                    descending: *order == Some(SortOrder::Desc),
                    on_conflict: conflict_clause.map(OnConflict::read),
                }
            }
            ColumnConstraint::NotNull { nullable: true, .. } => Self::Null,
            ColumnConstraint::NotNull { conflict_clause, .. } => {
                Self::NotNull(conflict_clause.map(OnConflict::read))
            }
            ColumnConstraint::Unique(conflict) => Self::Unique(conflict.map(OnConflict::read)),
            ColumnConstraint::Check(expression) => {
                Self::Check(Expression::known(inside_parentheses(text), expression))
            }
            ColumnConstraint::Default(_) => Self::Default(after_default(text).to_owned()),
            ColumnConstraint::Defer(_) => Self::Deferral,
            ColumnConstraint::Collate { collation_name } => {
                Self::Collate(name::unquote(collation_name.0))
            }
            ColumnConstraint::ForeignKey { clause, defer_clause } => {
                Self::References(ForeignKey::read(
                    name.cloned(),
                    vec![column.to_owned()],
                    clause,
                    defer_clause.as_ref(),
                ))
            }
            ColumnConstraint::Generated { expr, typ } => Self::Generated {
                expression: Expression::known(inside_parentheses(text), expr),
                stored: typ.as_ref().is_some_and(|word| name::same(word.0, "STORED")),
            },
        }
    }
}

/// What is after the word DEFAULT in the clause `text`.
fn after_default(text: &str) -> &str {
    let tokens = sql::tokens(text).unwrap_or_default();
    tokens
        .iter()
        .find(|token| name::same(&text[token.span.clone()], "DEFAULT"))
        .map_or("", |word| text[word.span.end..].trim())
}

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
