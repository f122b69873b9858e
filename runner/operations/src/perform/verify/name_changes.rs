//! Which operations change the names that views and triggers read.

use crate::operation::{Exhaustive, Operation};

#[derive(PartialEq, Eq)]
enum NameChange {
    None,
    /// A table or a column has another name.
    Renamed,
    /// Columns are there that were not, or are gone.
    Columns,
}

impl NameChange {
    fn by(operation: &Operation) -> Self {
        match operation.exhaustive() {
            Exhaustive::AddColumn { .. }
            | Exhaustive::DropColumn { .. }
            | Exhaustive::CreateTable(_)
            | Exhaustive::DropTable { .. }
            | Exhaustive::Execute { .. } => Self::Columns,
            Exhaustive::RenameTable { .. } | Exhaustive::RenameColumn { .. } => Self::Renamed,
            Exhaustive::AlterColumnType { .. }
            | Exhaustive::SetNotNull { .. }
            | Exhaustive::DropNotNull { .. }
            | Exhaustive::SetDefault { .. }
            | Exhaustive::DropDefault { .. }
            | Exhaustive::SetCollate { .. }
            | Exhaustive::AddIndex(_)
            | Exhaustive::DropIndex { .. }
            | Exhaustive::RenameIndex { .. }
            | Exhaustive::AddUnique { .. }
            | Exhaustive::AddCheck { .. }
            | Exhaustive::AddForeignKey { .. }
            | Exhaustive::DropConstraint { .. }
            | Exhaustive::DropForeignKey { .. }
            | Exhaustive::SetPrimaryKey { .. }
            | Exhaustive::ReorderColumns { .. }
            | Exhaustive::SetTableOptions { .. } => Self::None,
        }
    }
}

/// Whether `operation` adds, drops or changes names.
pub(super) fn changes_names(operation: &Operation) -> bool {
    NameChange::by(operation) != NameChange::None
}

/// Whether `operation` adds or drops columns.
pub(super) fn changes_columns(operation: &Operation) -> bool {
    NameChange::by(operation) == NameChange::Columns
}
