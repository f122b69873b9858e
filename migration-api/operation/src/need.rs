//! What depends on something that an operation would remove.

use std::fmt;

use super::kind::Kind;

/// Something that depends on what an operation would remove.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Need {
    /// A view, a trigger, an index or a virtual table.
    Object {
        /// What it is.
        kind: Kind,
        /// Its name.
        name: String,
    },
    /// A foreign key of another table, or of the table itself.
    ForeignKey {
        /// The table that has it.
        child: String,
    },
    /// Rows of another table that refer to it.
    Rows {
        /// The table.
        child: String,
    },
    /// A generated column of the same table.
    GeneratedColumn {
        /// The column.
        column: String,
    },
    /// A CHECK of another column of the same table.
    Check {
        /// The column.
        column: String,
    },
    /// The primary key of the same table, which is a clause of the column.
    PrimaryKey,
    /// A constraint of the same table.
    Constraint {
        /// Its name, or its definition.
        title: String,
    },
}

impl Need {
    /// The object of this kind and name.
    #[must_use]
    pub fn object(kind: Kind, name: &str) -> Self {
        Self::Object { kind, name: name.to_owned() }
    }
}

impl fmt::Display for Need {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Object { kind, name } => write!(f, "{kind} `{name}`"),
            Self::ForeignKey { child } => write!(f, "a foreign key of `{child}`"),
            Self::Rows { child } => write!(f, "rows of `{child}`"),
            Self::GeneratedColumn { column } => write!(f, "generated column `{column}`"),
            Self::Check { column } => write!(f, "a CHECK of column `{column}`"),
            Self::PrimaryKey => f.write_str("the PRIMARY KEY"),
            Self::Constraint { title } => write!(f, "constraint {title}"),
        }
    }
}
