//! A table to create, and the options of one that is there.

use super::{Check, Column, Constraint, ForeignKey, Unique};

/// A table to create.
///
/// ```
/// use migration_operation::{Column, ForeignKey, Table};
///
/// Table::new("stay")
///     .column(Column::integer("room_id").not_null())
///     .column(Column::text("guest").not_null())
///     .column(Column::integer("nights").check("nights > 0"))
///     .primary_key(["room_id", "guest"])
///     .foreign_key(ForeignKey::new(["room_id"]).references("room", ["id"]))
///     .without_rowid();
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Table {
    /// The name, not quoted.
    pub name: String,
    /// The columns, in order.
    pub columns: Vec<Column>,
    /// The columns of a primary key written at the table; empty for none.
    pub primary_key: Vec<String>,
    /// Constraints written at the table, in order.
    pub constraints: Vec<Constraint>,
    /// Whether each value must fit the type of its column.
    pub strict: bool,
    /// Whether the table is ordered by its primary key and has no rowid.
    pub without_rowid: bool,
    /// Whether a table that is there already is no error, and stays as it is.
    pub if_not_exists: bool,
}

impl Table {
    /// A table without columns yet.
    pub fn new(name: impl Into<String>) -> Self {
        Self::of(name.into())
    }

    /// Compiled once: what is generic is compiled in each migration.
    fn of(name: String) -> Self {
        Self {
            name,
            columns: Vec::new(),
            primary_key: Vec::new(),
            constraints: Vec::new(),
            strict: false,
            without_rowid: false,
            if_not_exists: false,
        }
    }

    /// Adds a column after those it has.
    #[must_use]
    pub fn column(mut self, column: Column) -> Self {
        self.columns.push(column);
        self
    }

    /// Adds columns after those it has.
    #[must_use]
    pub fn columns(mut self, columns: impl IntoIterator<Item = Column>) -> Self {
        self.columns.extend(columns);
        self
    }

    /// Sets the primary key to these columns, in this order.
    #[must_use]
    pub fn primary_key(mut self, columns: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.primary_key = columns.into_iter().map(Into::into).collect();
        self
    }

    /// Adds a constraint of any kind.
    #[must_use]
    pub fn constraint(mut self, constraint: impl Into<Constraint>) -> Self {
        self.constraints.push(constraint.into());
        self
    }

    /// Forbids that two rows agree in all of these columns.
    #[must_use]
    pub fn unique(self, columns: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.constraint(Unique::new(columns))
    }

    /// Requires that something be true of each row: the text of an expression, or a [`Check`] with
    /// a name.
    #[must_use]
    pub fn check(self, check: impl Into<Check>) -> Self {
        self.constraint(check.into())
    }

    /// Allows only values that another table holds.
    #[must_use]
    pub fn foreign_key(self, foreign_key: ForeignKey) -> Self {
        self.constraint(foreign_key)
    }

    /// Requires each value to fit the type of its column.
    #[must_use]
    pub fn strict(mut self) -> Self {
        self.strict = true;
        self
    }

    /// Orders the table by its primary key, without a rowid.
    #[must_use]
    pub fn without_rowid(mut self) -> Self {
        self.without_rowid = true;
        self
    }

    /// Does nothing if a table of this name is there.
    #[must_use]
    pub fn if_not_exists(mut self) -> Self {
        self.if_not_exists = true;
        self
    }
}

/// Options to change of a table that is there; what is not mentioned stays.
///
/// ```
/// # use migration_operation::{Operation, TableOptions};
/// let operation = Operation::set_table_options("room", TableOptions::new().strict(true));
/// assert_eq!(operation.to_string(), "make table `room` STRICT");
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct TableOptions {
    /// Whether each value must fit the type of its column; `None` leaves it as it is.
    pub strict: Option<bool>,
    /// Whether the table has no rowid; `None` leaves it as it is.
    pub without_rowid: Option<bool>,
}

impl TableOptions {
    /// No change yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Makes the table STRICT, or ends it.
    ///
    /// A column without a type becomes ANY in a STRICT table, and one that is ANY has no type outside of it,
    /// where ANY would make a number of the text `007` (<https://sqlite.org/stricttables.html>).
    #[must_use]
    pub fn strict(mut self, strict: bool) -> Self {
        self.strict = Some(strict);
        self
    }

    /// Makes the table WITHOUT ROWID, or ends it.
    #[must_use]
    pub fn without_rowid(mut self, without_rowid: bool) -> Self {
        self.without_rowid = Some(without_rowid);
        self
    }
}
