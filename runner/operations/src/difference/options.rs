//! What a person says about a difference.

use super::change::Difference;
use crate::schema::name::same;
use crate::schema::normal::ColumnOrder;

/// What two schemas do not tell themselves.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(default))]
pub struct Options {
    /// What gets another name now; anything else that goes and comes is dropped and made.
    pub renames: Vec<Rename>,
    /// What was called otherwise once: it gets its name now, or has it already.
    pub was: Vec<Rename>,
    /// Whether columns must stand in the same order.
    pub column_order: ColumnOrder,
}

/// Another name.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "snake_case")
)]
pub enum Rename {
    /// A table's.
    Table {
        /// Its name before.
        from: String,
        /// Its name after.
        to: String,
    },
    /// A column's.
    Column {
        /// The name of its table, after.
        table: String,
        /// Its name before.
        from: String,
        /// Its name after.
        to: String,
    },
}

impl Options {
    /// The options for the way back of `forward`, which was found with these: what was renamed there
    /// gets its old name again.
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
