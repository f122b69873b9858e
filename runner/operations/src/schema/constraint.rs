//! A constraint that a table declares after its columns.

use sqlite3_parser::ast::{NamedTableConstraint, TableConstraint};

use super::expression::Expression;
use super::key::{ForeignKey, KeyColumn, OnConflict};
use super::layout::{inside_parentheses, is_named};
use super::name;
use super::sql::Span;

/// A table constraint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Constraint {
    /// The name from `CONSTRAINT name`.
    pub name: Option<String>,
    /// Its kind.
    pub kind: ConstraintKind,
    pub(crate) span: Span,
}

/// The kind of a table constraint.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum ConstraintKind {
    /// PRIMARY KEY
    PrimaryKey {
        /// The columns of the key.
        columns: Vec<KeyColumn>,
        /// AUTOINCREMENT
        autoincrement: bool,
        /// ON CONFLICT
        on_conflict: Option<OnConflict>,
    },
    /// UNIQUE
    Unique {
        /// The columns of the key.
        columns: Vec<KeyColumn>,
        /// ON CONFLICT
        on_conflict: Option<OnConflict>,
    },
    /// CHECK
    Check(Expression),
    /// FOREIGN KEY
    ForeignKey(ForeignKey),
}

impl Constraint {
    pub(super) fn read(text: &str, constraint: &NamedTableConstraint<'_>, span: Span) -> Self {
        let given = constraint.name.as_ref().filter(|_| is_named(&text[span.clone()]));
        let given = given.map(|given| name::unquote(given.0));
        let kind = match &constraint.constraint {
            TableConstraint::PrimaryKey { columns, auto_increment, conflict_clause } => {
                ConstraintKind::PrimaryKey {
                    columns: KeyColumn::read_all(columns),
                    autoincrement: *auto_increment,
                    on_conflict: conflict_clause.map(OnConflict::read),
                }
            }
            TableConstraint::Unique { columns, conflict_clause } => ConstraintKind::Unique {
                columns: KeyColumn::read_all(columns),
                on_conflict: conflict_clause.map(OnConflict::read),
            },
            TableConstraint::Check(expression, _) => ConstraintKind::Check(Expression::known(
                inside_parentheses(&text[span.clone()]),
                expression,
            )),
            TableConstraint::ForeignKey { columns, clause, defer_clause } => {
                let columns =
                    columns.iter().map(|column| name::unquote(column.col_name.0)).collect();
                ConstraintKind::ForeignKey(ForeignKey::read(
                    given.clone(),
                    columns,
                    clause,
                    defer_clause.as_ref(),
                ))
            }
        };
        Self { name: given, kind, span }
    }

    /// Whether it is about `column`.
    #[must_use]
    pub fn mentions(&self, column: &str) -> bool {
        let among = |keys: &[KeyColumn]| keys.iter().any(|key| name::same(&key.name, column));
        match &self.kind {
            ConstraintKind::PrimaryKey { columns, .. } | ConstraintKind::Unique { columns, .. } => {
                among(columns)
            }
            ConstraintKind::Check(expression) => expression.mentions(column),
            ConstraintKind::ForeignKey(key) => {
                key.columns.iter().any(|other| name::same(other, column))
            }
        }
    }

    /// Its name in messages: its own, or its text in one line.
    #[must_use]
    pub fn title(&self) -> String {
        match (&self.name, &self.kind) {
            (Some(name), _) => name.clone(),
            (None, ConstraintKind::Check(expression)) => format!("CHECK ({expression})"),
            (None, ConstraintKind::PrimaryKey { .. }) => "PRIMARY KEY".to_owned(),
            (None, ConstraintKind::Unique { columns, .. }) => {
                format!("UNIQUE ({})", name::spell_all(columns.iter().map(|key| &key.name)))
            }
            (None, ConstraintKind::ForeignKey(key)) => {
                format!("FOREIGN KEY ({})", name::spell_all(&key.columns))
            }
        }
    }
}
