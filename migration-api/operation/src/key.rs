//! A primary key to set.

/// A primary key to set on an existing table.
///
/// ```
/// # use migration_operation::{Operation, PrimaryKey};
/// let operation = Operation::set_primary_key("stay", PrimaryKey::new(["room_id", "guest"]));
/// assert_eq!(operation.to_string(), "set the primary key of table `stay` to `room_id`, `guest`");
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct PrimaryKey {
    /// The columns, in the order of the key; empty for no primary key.
    pub columns: Vec<String>,
    /// The constraint's name.
    pub name: Option<String>,
    /// Whether the key never gives a number out twice. `None` leaves it as it is where the key stays
    /// on its column.
    pub autoincrement: Option<bool>,
}

impl PrimaryKey {
    /// A key of these columns, in this order.
    pub fn new(columns: impl IntoIterator<Item = impl Into<String>>) -> Self {
        Self {
            columns: columns.into_iter().map(Into::into).collect(),
            name: None,
            autoincrement: None,
        }
    }

    /// No primary key.
    #[must_use]
    pub fn none() -> Self {
        Self::new(Vec::<String>::new())
    }

    /// Gives the constraint a name.
    #[must_use]
    pub fn named(mut self, name: impl Into<String>) -> Self {
        self.name = Some(name.into());
        self
    }

    /// Sets whether a number is never given out twice.
    #[must_use]
    pub fn autoincrement(mut self, autoincrement: bool) -> Self {
        self.autoincrement = Some(autoincrement);
        self
    }
}
