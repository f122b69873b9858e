//! What a table requires of its rows: UNIQUE, CHECK, and how a constraint is found again.

use super::ForeignKey;

/// A constraint written at the table.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Constraint {
    /// No two rows agree.
    Unique(Unique),
    /// Something is true of each row.
    Check(Check),
    /// Values are those that another table holds.
    ForeignKey(ForeignKey),
}

/// A UNIQUE constraint: no two rows agree in all of these columns.
///
/// ```
/// use migration_operation::{Conflict, Unique};
///
/// Unique::new(["house", "number"]).named("one_number").on_conflict(Conflict::Ignore);
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Unique {
    /// The columns.
    pub columns: Vec<String>,
    /// The constraint's name.
    pub name: Option<String>,
    /// What becomes of a row that breaks it.
    pub on_conflict: Option<Conflict>,
}

/// What becomes of a statement whose row breaks a constraint.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Conflict {
    /// The transaction is rolled back.
    Rollback,
    /// The statement is undone.
    Abort,
    /// The statement stops; its earlier rows stay.
    Fail,
    /// The row is left out.
    Ignore,
    /// The rows in its way are deleted.
    Replace,
}

/// A CHECK constraint: an expression that is true, or NULL, for each row. Its text becomes one by
/// `into`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Check {
    /// The constraint's name.
    pub name: Option<String>,
    /// The expression.
    pub expression: String,
}

/// An existing constraint, by its name or, if it has none, by its definition. A name becomes one by
/// `into`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum WhichConstraint {
    /// The constraint of this name.
    Named(String),
    /// The UNIQUE on exactly these columns.
    Unique(Vec<String>),
    /// The CHECK of this expression.
    Check(String),
    /// The foreign key on exactly these columns.
    ForeignKey(Vec<String>),
}

impl Constraint {
    /// The constraint's name.
    #[must_use]
    pub fn name(&self) -> &Option<String> {
        match self {
            Self::Unique(unique) => &unique.name,
            Self::Check(check) => &check.name,
            Self::ForeignKey(key) => &key.name,
        }
    }
}

impl Unique {
    /// No two rows agree in all of these columns.
    pub fn new(columns: impl IntoIterator<Item = impl Into<String>>) -> Self {
        let columns = columns.into_iter().map(Into::into).collect();
        Self { columns, name: None, on_conflict: None }
    }

    /// Gives the constraint a name.
    #[must_use]
    pub fn named(mut self, name: impl Into<String>) -> Self {
        self.name = Some(name.into());
        self
    }

    /// Sets what becomes of a statement whose row breaks it.
    #[must_use]
    pub fn on_conflict(mut self, conflict: Conflict) -> Self {
        self.on_conflict = Some(conflict);
        self
    }
}

impl Check {
    /// Requires that `expression` be true, or NULL, for each row.
    pub fn new(expression: impl Into<String>) -> Self {
        Self { name: None, expression: expression.into() }
    }

    /// Gives the constraint a name.
    #[must_use]
    pub fn named(mut self, name: impl Into<String>) -> Self {
        self.name = Some(name.into());
        self
    }
}

impl WhichConstraint {
    /// The UNIQUE on exactly these columns.
    pub fn unique(columns: impl IntoIterator<Item = impl Into<String>>) -> Self {
        Self::Unique(columns.into_iter().map(Into::into).collect())
    }

    /// The CHECK of this expression.
    pub fn check(expression: impl Into<String>) -> Self {
        Self::Check(expression.into())
    }

    /// The foreign key on exactly these columns.
    pub fn foreign_key(columns: impl IntoIterator<Item = impl Into<String>>) -> Self {
        Self::ForeignKey(columns.into_iter().map(Into::into).collect())
    }
}

impl From<&str> for Check {
    fn from(expression: &str) -> Self {
        Self::new(expression)
    }
}

impl From<String> for Check {
    fn from(expression: String) -> Self {
        Self::new(expression)
    }
}

impl From<&str> for WhichConstraint {
    fn from(name: &str) -> Self {
        Self::Named(name.to_owned())
    }
}

impl From<String> for WhichConstraint {
    fn from(name: String) -> Self {
        Self::Named(name)
    }
}

impl From<Unique> for Constraint {
    fn from(unique: Unique) -> Self {
        Self::Unique(unique)
    }
}

impl From<Check> for Constraint {
    fn from(check: Check) -> Self {
        Self::Check(check)
    }
}

impl From<ForeignKey> for Constraint {
    fn from(foreign_key: ForeignKey) -> Self {
        Self::ForeignKey(foreign_key)
    }
}
