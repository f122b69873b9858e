//! Foreign keys to tables that do not exist.

use std::fmt;

use migration_api::schema::Schema;

/// A foreign key to a table that is not there, as a rename in the wrong order leaves it. While foreign keys
/// are enforced, no row that sets it can be inserted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DanglingKey {
    /// The table that has it.
    pub child: String,
    /// Its columns.
    pub columns: Vec<String>,
    /// The table that is not there.
    pub parent: String,
}

impl DanglingKey {
    /// Those in `schema`.
    #[must_use]
    pub fn all(schema: &Schema) -> Vec<Self> {
        let keys = schema
            .tables
            .iter()
            .flat_map(|child| child.foreign_keys().map(move |key| (child.name.clone(), key)));
        keys.filter(|(_, key)| schema.table(&key.parent).is_none())
            .map(|(child, key)| {
                let (columns, parent) = (key.columns.clone(), key.parent.clone());
                Self { child, columns, parent }
            })
            .collect()
    }
}

impl fmt::Display for DanglingKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let columns: Vec<_> = self.columns.iter().map(|name| format!("`{name}`")).collect();
        write!(
            f,
            "{} of `{}` refers to `{}`, and there is no such table",
            columns.join(", "),
            self.child,
            self.parent
        )
    }
}
