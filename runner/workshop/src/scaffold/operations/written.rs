//! An operation as a migration is to have it: with what stands above it and what is left open in it.

use migration_api::operation::Operation;

/// An operation to write down.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Written {
    /// The operation.
    pub operation: Operation,
    /// Lines of comment right above its call. One that is longer than a line is broken between words.
    pub notes: Vec<String>,
    /// What only the author can say: this short text becomes a compile error that stands where the
    /// answer belongs, in place of what existing rows get in [`Operation::AddColumn`],
    /// [`Operation::SetNotNull`] and [`Operation::AlterColumnType`], else before the operation.
    pub undecided: Option<String>,
}

impl Written {
    /// Adds a line of comment below those it has.
    #[must_use]
    pub fn noted(mut self, line: impl Into<String>) -> Self {
        self.notes.push(line.into());
        self
    }

    /// Leaves something to the author, who is told this.
    #[must_use]
    pub fn undecided(mut self, what: impl Into<String>) -> Self {
        self.undecided = Some(what.into());
        self
    }
}

impl From<Operation> for Written {
    fn from(operation: Operation) -> Self {
        Self { operation, notes: Vec::new(), undecided: None }
    }
}
