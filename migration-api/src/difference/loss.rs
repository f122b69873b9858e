//! What may be gone for good, or stop a change.

use std::fmt;

use crate::schema::Affinity;
use crate::schema::normal::Table;

/// Something that a change takes away, or that stops it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Loss {
    /// A table with its rows.
    Table {
        /// The table.
        table: String,
    },
    /// A column with its values.
    Column {
        /// Its table.
        table: String,
        /// The column.
        column: String,
    },
    /// Values that another type converts, perhaps without a way back.
    Values {
        /// The column's table.
        table: String,
        /// The column.
        column: String,
        /// Its type before.
        from: String,
        /// Its type after.
        to: String,
    },
    /// Which values were NULL.
    Nulls {
        /// The column's table.
        table: String,
        /// The column.
        column: String,
    },
    /// The numbers of rows that have no other key.
    Rowids {
        /// The table.
        table: String,
    },
    /// Nothing is lost, but rows that do not keep a new rule stop the migration.
    Refusal {
        /// The table.
        table: String,
        /// The rule.
        rule: String,
    },
}

impl Loss {
    pub(super) fn column(table: &Table, column: &str) -> Self {
        Self::Column { table: String::from(&table.name), column: column.to_owned() }
    }

    pub(super) fn rule(table: &Table, rule: impl fmt::Display) -> Self {
        Self::Refusal { table: String::from(&table.name), rule: rule.to_string() }
    }

    /// What another type does to the values of a column.
    pub(super) fn of_types(table: &Table, column: &str, from: &str, to: &str) -> Option<Self> {
        let (old, new) = (Affinity::of(from), Affinity::of(to));
        let keeps = old == new
            || new == Affinity::Blob
            || matches!(
                (old, new),
                (Affinity::Integer, Affinity::Numeric | Affinity::Text)
                    | (Affinity::Numeric, Affinity::Integer)
            );
        (!keeps).then(|| Self::Values {
            table: String::from(&table.name),
            column: column.to_owned(),
            from: from.to_owned(),
            to: to.to_owned(),
        })
    }
}

impl fmt::Display for Loss {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let typed =
            |name: &str| if name.is_empty() { "no type".to_owned() } else { name.to_owned() };
        match self {
            Self::Table { table } => write!(f, "table `{table}` goes with all its rows"),
            Self::Column { table, column } => {
                write!(f, "column `{column}` of `{table}` goes with all its values")
            }
            Self::Values { table, column, from, to } => write!(
                f,
                "values in `{column}` of `{table}` may change on their way from {} to {}",
                typed(from),
                typed(to)
            ),
            Self::Nulls { table, column } => {
                write!(f, "which values in `{column}` of `{table}` were NULL is forgotten")
            }
            Self::Rowids { table } => write!(f, "rows of `{table}` lose their rowids"),
            Self::Refusal { table, rule } => {
                write!(f, "rows of `{table}` that do not keep {rule} stop the migration")
            }
        }
    }
}
