//! Foreign keys, at the table and at a column.

/// A foreign key written at the table.
///
/// ```
/// use migration_operation::{Action, ForeignKey};
///
/// ForeignKey::new(["room_id"]).references("room", ["id"]).on_delete(Action::Cascade);
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct ForeignKey {
    /// The child's columns.
    pub columns: Vec<String>,
    /// The parent table.
    pub ref_table: String,
    /// The parent's columns, one for each of the child's.
    pub ref_columns: Vec<String>,
    /// The constraint's name.
    pub name: Option<String>,
    /// What becomes of a child when its parent is deleted.
    pub on_delete: Option<Action>,
    /// What becomes of a child when its parent's key changes.
    pub on_update: Option<Action>,
    /// When it is checked; after each statement without it.
    pub deferrable: Option<Deferrable>,
}

/// The child's columns of a foreign key that does not name its parent yet: [`ForeignKey::new`].
#[derive(Debug, Clone)]
pub struct ReferencingColumns(Vec<String>);

/// The parent of a foreign key written at its column: [`Column::references`](super::Column::references).
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Reference {
    /// The parent table.
    pub table: String,
    /// The parent's column.
    pub column: String,
    /// What becomes of a child when its parent is deleted.
    pub on_delete: Option<Action>,
    /// What becomes of a child when its parent's key changes.
    pub on_update: Option<Action>,
}

/// What becomes of a child row when its parent is deleted or changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Action {
    /// It is deleted or changed too.
    Cascade,
    /// Its key becomes NULL.
    SetNull,
    /// Its key becomes the default of its columns.
    SetDefault,
    /// The change of the parent fails at once, even where the key is deferred.
    Restrict,
    /// The change of the parent fails when the key is checked.
    NoAction,
}

/// When a foreign key is checked, if not after each statement.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Deferrable {
    /// At COMMIT.
    InitiallyDeferred,
}

impl ForeignKey {
    /// The child's columns; [`references`](ReferencingColumns::references) names the parent's.
    #[expect(clippy::new_ret_no_self, reason = "a key without its parent is no foreign key yet")]
    pub fn new(columns: impl IntoIterator<Item = impl Into<String>>) -> ReferencingColumns {
        ReferencingColumns(columns.into_iter().map(Into::into).collect())
    }

    /// Gives the constraint a name.
    #[must_use]
    pub fn named(mut self, name: impl Into<String>) -> Self {
        self.name = Some(name.into());
        self
    }

    /// What becomes of a child when its parent is deleted.
    #[must_use]
    pub fn on_delete(mut self, action: Action) -> Self {
        self.on_delete = Some(action);
        self
    }

    /// What becomes of a child when its parent's key changes.
    #[must_use]
    pub fn on_update(mut self, action: Action) -> Self {
        self.on_update = Some(action);
        self
    }

    /// Checks the key at COMMIT.
    #[must_use]
    pub fn initially_deferred(mut self) -> Self {
        self.deferrable = Some(Deferrable::InitiallyDeferred);
        self
    }
}

impl ReferencingColumns {
    /// Names the parent, and one of its columns for each of the child's.
    pub fn references(
        self,
        table: impl Into<String>,
        columns: impl IntoIterator<Item = impl Into<String>>,
    ) -> ForeignKey {
        ForeignKey {
            columns: self.0,
            ref_table: table.into(),
            ref_columns: columns.into_iter().map(Into::into).collect(),
            name: None,
            on_delete: None,
            on_update: None,
            deferrable: None,
        }
    }
}

impl Reference {
    /// A reference to `column` of `table`.
    pub fn to(table: impl Into<String>, column: impl Into<String>) -> Self {
        Self { table: table.into(), column: column.into(), on_delete: None, on_update: None }
    }
}
