//! The difference of two schemas: changes, each an operation.

use std::fmt;

use super::loss::Loss;
use super::options::Rename;
use super::rename_guess::PerhapsRenamed;
use crate::operation::Operation;

/// The changes from one schema to another.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Difference {
    /// The changes, in an order that works; empty if both schemas mean the same.
    pub changes: Vec<Change>,
    /// The renames that are among the changes.
    pub renamed: Vec<Rename>,
    /// What disappears while something like it appears: perhaps an undeclared rename.
    pub perhaps_renamed: Vec<PerhapsRenamed>,
    /// What no operation can change without losing rows; it is left as it is.
    pub beyond: Vec<Beyond>,
}

/// An operation, and what a person should know before it runs.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Change {
    /// The operation.
    pub operation: Operation,
    /// What it may lose, or what may stop it.
    pub losses: Vec<Loss>,
    /// What a person must decide first: see [`Change::fill`].
    pub undecided: Option<Undecided>,
}

/// What two schemas leave open.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Undecided {
    /// The value of existing rows in a column that is never NULL: the column is new and has no default, or
    /// allowed NULL before.
    Fill {
        /// The column's table.
        table: String,
        /// The column.
        column: String,
    },
}

/// Something that stays different.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Beyond {
    /// A virtual table with other arguments: only its module could keep what is in it.
    VirtualTable(String),
    /// A table.
    Table(String),
    /// A view.
    View(String),
    /// A trigger.
    Trigger(String),
}

impl Difference {
    /// The operations alone, in their order: for [`perform::run`](crate::perform::run).
    pub fn operations(&self) -> impl Iterator<Item = Operation> {
        self.changes.iter().map(|change| change.operation.clone())
    }

    /// The losses of values in existing rows.
    pub fn losses_of_values(&self) -> impl Iterator<Item = &Loss> {
        let losses = self.changes.iter().flat_map(|change| &change.losses);
        losses.filter(|loss| loss.is_of_values())
    }

    /// Whether the schemas mean the same.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.changes.is_empty() && self.beyond.is_empty()
    }
}

impl From<Operation> for Change {
    /// One that loses nothing and waits for nobody.
    fn from(operation: Operation) -> Self {
        Self { operation, losses: Vec::new(), undecided: None }
    }
}

impl Change {
    pub(super) fn new(operation: Operation) -> Self {
        Self::from(operation)
    }

    pub(super) fn losing(mut self, losses: impl IntoIterator<Item = Loss>) -> Self {
        self.losses.extend(losses);
        self
    }

    pub(super) fn undecided(mut self, table: &str, column: &str) -> Self {
        self.undecided =
            Some(Undecided::Fill { table: table.to_owned(), column: column.to_owned() });
        self
    }

    /// Decides the value of existing rows: `expression` over the row. Changes nothing if nothing was
    /// undecided.
    pub fn fill(&mut self, expression: impl Into<String>) {
        if self.undecided.take().is_none() {
            return;
        }
        match &mut self.operation {
            Operation::AddColumn { column, .. } => column.backfill = Some(expression.into()),
            Operation::SetNotNull { fill, .. } => *fill = Some(expression.into()),
            _ => {}
        }
    }
}

impl fmt::Display for Undecided {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self::Fill { table, column } = self;
        write!(f, "what do the rows of `{table}` get in `{column}`, which is never NULL?")
    }
}

impl fmt::Display for Beyond {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::VirtualTable(name) => write!(
                f,
                "virtual table `{name}` is declared otherwise, and to make it anew would lose what \
                 is in it"
            ),
            Self::Table(name) => write!(f, "table `{name}` cannot be brought to its new shape"),
            Self::View(name) => write!(f, "view `{name}` cannot be made as it is declared"),
            Self::Trigger(name) => write!(f, "trigger `{name}` cannot be made as it is declared"),
        }
    }
}
