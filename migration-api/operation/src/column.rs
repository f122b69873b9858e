//! A column and its clauses.

use super::{Action, Check, Literal, Reference};

/// A column: a name, perhaps a declared type, and clauses.
///
/// ```
/// use migration_operation::{Action, Column};
///
/// Column::integer("experience").not_null().default(0);
/// Column::text("name").unique().collate("NOCASE").check("length(name) > 0");
/// Column::integer("room_id").references("room", "id").on_delete(Action::Cascade);
/// Column::new("price", "DECIMAL(10, 2)").default_sql("CURRENT_TIMESTAMP");
/// Column::text("upper_name").generated("upper(name)").stored();
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Column {
    /// The name, not quoted.
    pub name: String,
    /// The type as it is to be declared; `None` for none.
    pub declared_type: Option<String>,
    /// Whether NULL is forbidden.
    pub not_null: bool,
    /// The default, as SQL.
    pub default: Option<String>,
    /// Whether no two rows may hold the same value.
    pub unique: bool,
    /// Whether the column alone is the primary key, and of which kind.
    pub primary_key: Option<KeyColumn>,
    /// How its text is compared.
    pub collate: Option<String>,
    /// What must be true of each row.
    pub check: Option<Check>,
    /// What its value is computed from.
    pub generated: Option<Generated>,
    /// The column of another table whose values it may hold.
    pub references: Option<Reference>,
}

/// A primary key written at its column.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum KeyColumn {
    /// `PRIMARY KEY`.
    Plain,
    /// `PRIMARY KEY AUTOINCREMENT`: a number is never given out twice.
    Autoincrement,
}

/// How a column's value is computed.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Generated {
    /// The expression over the row.
    pub expression: String,
    /// Whether the value is kept in the row.
    pub storage: Storage,
}

/// Where the value of a generated column comes from when it is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Storage {
    /// Computed when it is read.
    Virtual,
    /// Computed when the row is written, and kept.
    Stored,
}

impl Column {
    /// A column whose type is declared as `declared_type`, such as `VARCHAR(10)`.
    pub fn new(name: impl Into<String>, declared_type: impl Into<String>) -> Self {
        Self::of(name.into(), Some(declared_type.into()))
    }

    /// A column without a declared type.
    pub fn untyped(name: impl Into<String>) -> Self {
        Self::of(name.into(), None)
    }

    /// Compiled once: what is generic is compiled in each migration.
    fn of(name: String, declared_type: Option<String>) -> Self {
        Self {
            name,
            declared_type,
            not_null: false,
            default: None,
            unique: false,
            primary_key: None,
            collate: None,
            check: None,
            generated: None,
            references: None,
        }
    }

    /// A column of type INTEGER.
    pub fn integer(name: impl Into<String>) -> Self {
        Self::new(name, "INTEGER")
    }

    /// A column of type TEXT.
    pub fn text(name: impl Into<String>) -> Self {
        Self::new(name, "TEXT")
    }

    /// A column of type REAL.
    pub fn real(name: impl Into<String>) -> Self {
        Self::new(name, "REAL")
    }

    /// A column of type BLOB.
    pub fn blob(name: impl Into<String>) -> Self {
        Self::new(name, "BLOB")
    }

    /// Forbids NULL.
    #[must_use]
    pub fn not_null(mut self) -> Self {
        self.not_null = true;
        self
    }

    /// Sets the default to a value, written as an SQL literal.
    #[must_use]
    pub fn default(self, value: impl Into<Literal>) -> Self {
        self.default_sql(value.into().to_string())
    }

    /// Sets the default to an expression, such as `CURRENT_TIMESTAMP`.
    #[must_use]
    pub fn default_sql(mut self, expression: impl Into<String>) -> Self {
        self.default = Some(expression.into());
        self
    }

    /// Forbids that two rows hold the same value.
    #[must_use]
    pub fn unique(mut self) -> Self {
        self.unique = true;
        self
    }

    /// Makes the column the primary key; the rowid, if its type is INTEGER.
    #[must_use]
    pub fn primary_key(mut self) -> Self {
        self.primary_key.get_or_insert(KeyColumn::Plain);
        self
    }

    /// Makes the column the primary key, of a kind that gives no number out twice.
    #[must_use]
    pub fn autoincrement(mut self) -> Self {
        self.primary_key = Some(KeyColumn::Autoincrement);
        self
    }

    /// Compares its text by this collation.
    #[must_use]
    pub fn collate(mut self, collation: impl Into<String>) -> Self {
        self.collate = Some(collation.into());
        self
    }

    /// Requires that something be true of each row: the text of an expression, or a [`Check`] with
    /// a name. A column has one check; a second takes the place of the first.
    #[must_use]
    pub fn check(mut self, check: impl Into<Check>) -> Self {
        self.check = Some(check.into());
        self
    }

    /// Computes the value from an expression over the row, when it is read.
    #[must_use]
    pub fn generated(mut self, expression: impl Into<String>) -> Self {
        self.generated =
            Some(Generated { expression: expression.into(), storage: Storage::Virtual });
        self
    }

    /// Keeps the computed value in the row.
    ///
    /// # Panics
    /// If the column is not [`generated`](Self::generated).
    #[must_use]
    #[track_caller]
    pub fn stored(mut self) -> Self {
        let Some(generated) = &mut self.generated else {
            panic!("column `{}` is `stored` but not `generated`", self.name);
        };
        generated.storage = Storage::Stored;
        self
    }

    /// Allows only values that `column` of `table` holds.
    #[must_use]
    pub fn references(mut self, table: impl Into<String>, column: impl Into<String>) -> Self {
        self.references = Some(Reference::to(table, column));
        self
    }

    /// What becomes of the row when the row it refers to is deleted.
    ///
    /// # Panics
    /// If the column does not [`reference`](Self::references) anything.
    #[must_use]
    #[track_caller]
    pub fn on_delete(mut self, action: Action) -> Self {
        self.reference("on_delete").on_delete = Some(action);
        self
    }

    /// What becomes of the row when the key it refers to changes.
    ///
    /// # Panics
    /// If the column does not [`reference`](Self::references) anything.
    #[must_use]
    #[track_caller]
    pub fn on_update(mut self, action: Action) -> Self {
        self.reference("on_update").on_update = Some(action);
        self
    }

    #[track_caller]
    fn reference(&mut self, clause: &str) -> &mut Reference {
        match &mut self.references {
            Some(reference) => reference,
            None => panic!("column `{}` has `{clause}` but no `references` before it", self.name),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn autoincrement_and_primary_key_agree_in_either_order() {
        let one = Column::integer("id").primary_key().autoincrement();
        assert_eq!(one, Column::integer("id").autoincrement().primary_key());
        assert_eq!(one.primary_key, Some(KeyColumn::Autoincrement));
    }

    #[test]
    fn defaults_are_kept_as_sql() {
        assert_eq!(Column::text("a").default("it's").default.as_deref(), Some("'it''s'"));
        assert_eq!(Column::text("a").default_sql("hex(1)").default.as_deref(), Some("hex(1)"));
    }

    #[test]
    #[should_panic(expected = "column `a` has `on_delete` but no `references` before it")]
    fn an_action_without_a_reference_is_no_silent_loss() {
        let _ = Column::integer("a").on_delete(Action::Cascade);
    }
}
