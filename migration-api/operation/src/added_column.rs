//! A column to add to an existing table: its place, and the values of existing rows.

use super::Column;

/// A column to add, with its place and with the values of existing rows.
///
/// Made from a [`Column`] by [`Column::after`], [`Column::before`], [`Column::backfill`], or by
/// `Column::into` when none of them is needed.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct AddedColumn {
    /// The column.
    pub column: Column,
    /// Its place; the end if `None`.
    pub place: Option<Place>,
    /// An expression over the old row that gives existing rows their value. Without it they get the
    /// default, evaluated for each row, else NULL.
    pub backfill: Option<String>,
}

/// The place of a column among the existing ones.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Place {
    /// Right after this column.
    After(String),
    /// Right before this column.
    Before(String),
}

impl AddedColumn {
    /// Puts the column right after `column`.
    #[must_use]
    pub fn after(mut self, column: impl Into<String>) -> Self {
        self.place = Some(Place::After(column.into()));
        self
    }

    /// Puts the column right before `column`.
    #[must_use]
    pub fn before(mut self, column: impl Into<String>) -> Self {
        self.place = Some(Place::Before(column.into()));
        self
    }

    /// Gives existing rows the value of an expression over the old row. It leaves no DEFAULT behind.
    #[must_use]
    pub fn backfill(mut self, expression: impl Into<String>) -> Self {
        self.backfill = Some(expression.into());
        self
    }
}

impl From<Column> for AddedColumn {
    fn from(column: Column) -> Self {
        Self { column, place: None, backfill: None }
    }
}

impl Column {
    /// To be added right after `column` instead of at the end.
    ///
    /// ```
    /// # use migration_operation::{Column, Operation};
    /// let operation = Operation::add_column("page", Column::text("slug").after("title"));
    /// assert_eq!(operation.to_string(), "add column `slug` TEXT to table `page` after `title`");
    /// ```
    pub fn after(self, column: impl Into<String>) -> AddedColumn {
        AddedColumn::from(self).after(column)
    }

    /// To be added right before `column` instead of at the end.
    pub fn before(self, column: impl Into<String>) -> AddedColumn {
        AddedColumn::from(self).before(column)
    }

    /// To be added with values for existing rows, each from an expression over the old row. It leaves
    /// no DEFAULT behind.
    ///
    /// ```
    /// # use migration_operation::{Column, Operation};
    /// Operation::add_column("player", Column::integer("level").not_null().backfill("score / 100"));
    /// ```
    pub fn backfill(self, expression: impl Into<String>) -> AddedColumn {
        AddedColumn::from(self).backfill(expression)
    }
}
