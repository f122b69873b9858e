//! What a person says about a difference.

use crate::schema::name::same;
use crate::schema::normal::ColumnOrder;

/// What two schemas do not tell themselves.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(default))]
pub struct Options {
    /// What has another name; anything else that goes and comes is dropped and made.
    pub renames: Vec<Rename>,
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
    /// The options for the way back.
    ///
    /// ```
    /// use migration_api::difference::{Options, Rename};
    ///
    /// let renames = vec![
    ///     Rename::Table { from: "player".into(), to: "gamer".into() },
    ///     Rename::Column { table: "gamer".into(), from: "name".into(), to: "title".into() },
    /// ];
    /// let back = Options { renames, ..Options::default() }.inverse();
    /// assert_eq!(back.renames, [
    ///     Rename::Table { from: "gamer".into(), to: "player".into() },
    ///     Rename::Column { table: "player".into(), from: "title".into(), to: "name".into() },
    /// ]);
    /// ```
    #[must_use]
    pub fn inverse(&self) -> Self {
        let renames = self.renames.iter().map(|rename| match rename {
            Rename::Table { from, to } => Rename::Table { from: to.clone(), to: from.clone() },
            Rename::Column { table, from, to } => Rename::Column {
                table: self.before(table).to_owned(),
                from: to.clone(),
                to: from.clone(),
            },
        });
        Self { renames: renames.collect(), column_order: self.column_order }
    }

    /// The name that `table` had before.
    fn before<'o>(&'o self, table: &'o str) -> &'o str {
        let old = self.renames.iter().find_map(|rename| match rename {
            Rename::Table { from, to } if same(to, table) => Some(from.as_str()),
            _ => None,
        });
        old.unwrap_or(table)
    }
}
