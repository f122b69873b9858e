//! Equality of two schemas.

use super::model::{Column, Normal, Table};

/// Whether the order of a table's columns counts.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "snake_case")
)]
pub enum ColumnOrder {
    /// The order does not count: ALTER TABLE adds a column behind the others, wherever the model has it, and
    /// no table is rebuilt for that.
    #[default]
    Any,
    /// The order counts.
    Same,
}

impl PartialEq for Normal {
    fn eq(&self, other: &Self) -> bool {
        self.same_as(other, ColumnOrder::Any)
    }
}

impl Normal {
    /// Whether both mean the same, with or without regard to the order of columns.
    ///
    /// ```
    /// use runner_operations::schema::Schema;
    /// use runner_operations::schema::normal::ColumnOrder;
    ///
    /// let of = |sql: &str| -> Result<_, Box<dyn std::error::Error>> {
    ///     let connection = rusqlite::Connection::open_in_memory()?;
    ///     connection.execute_batch(sql)?;
    ///     Ok(Schema::read(&connection)?.normal())
    /// };
    /// let one = of("CREATE TABLE t (a, b)")?;
    /// let other = of("CREATE TABLE t (b, a)")?;
    /// assert!(one.same_as(&other, ColumnOrder::Any));
    /// assert!(!one.same_as(&other, ColumnOrder::Same));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn same_as(&self, other: &Self, order: ColumnOrder) -> bool {
        self.tables.len() == other.tables.len()
            && self.tables.iter().zip(&other.tables).all(|(a, b)| a.same_as(b, order))
            && self.virtual_tables == other.virtual_tables
            && self.views == other.views
            && self.triggers == other.triggers
    }
}

impl Table {
    /// Whether both mean the same, indexes included.
    #[must_use]
    pub fn same_as(&self, other: &Self, order: ColumnOrder) -> bool {
        match order {
            ColumnOrder::Same => self == other,
            ColumnOrder::Any => self.by_name() == other.by_name(),
        }
    }

    fn by_name(&self) -> Self {
        let mut columns: Vec<Column> = self.columns.clone();
        columns.sort();
        Self { columns, ..self.clone() }
    }
}
