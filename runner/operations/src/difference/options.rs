//! What a person declares about a difference.

use super::change::Difference;
use crate::schema::name::same;
use crate::schema::normal::ColumnOrder;

/// What two schemas leave open, declared by a person.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(default))]
pub struct Options {
    /// The renames to carry out now.
    pub renames: Vec<Rename>,
    /// The old names in the models: these renames are carried out now, or were before.
    pub was: Vec<Rename>,
    /// Whether columns must have the same order.
    pub column_order: ColumnOrder,
}

/// A rename.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "snake_case")
)]
pub enum Rename {
    /// Of a table.
    Table {
        /// Its name before.
        from: String,
        /// Its name after.
        to: String,
    },
    /// Of a column.
    Column {
        /// The new name of its table.
        table: String,
        /// Its name before.
        from: String,
        /// Its name after.
        to: String,
    },
}

impl Options {
    /// Whether there are renames, to carry out now or done before.
    #[must_use]
    pub fn renames_something(&self) -> bool {
        !self.renames.is_empty() || !self.was.is_empty()
    }

    /// The options for the way back of `forward`, which was found with these: renames are reversed.
    #[must_use]
    pub fn back(&self, forward: &Difference) -> Self {
        let renamed = forward.renamed.as_slice();
        let renames = renamed.iter().map(|rename| match rename {
            Rename::Table { from, to } => Rename::Table { from: to.clone(), to: from.clone() },
            Rename::Column { table, from, to } => Rename::Column {
                table: before(renamed, table).to_owned(),
                from: to.clone(),
                to: from.clone(),
            },
        });
        Self { renames: renames.collect(), was: Vec::new(), column_order: self.column_order }
    }
}

/// The name that `table` had before.
fn before<'o>(renamed: &'o [Rename], table: &'o str) -> &'o str {
    let old = renamed.iter().find_map(|rename| match rename {
        Rename::Table { from, to } if same(to, table) => Some(from.as_str()),
        _ => None,
    });
    old.unwrap_or(table)
}
