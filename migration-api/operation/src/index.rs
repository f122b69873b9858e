//! An index and what it orders by.

/// An index to make.
///
/// ```
/// use migration_operation::{Index, IndexColumn};
///
/// Index::on("roomstay", ["seam_access_code_id"]);
/// Index::on("player", ["name"]).unique().named("one_name").where_("deleted_at IS NULL");
/// Index::on("player", [IndexColumn::new("score").desc(), IndexColumn::expression("lower(name)")]);
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Index {
    /// The table, not quoted.
    pub table: String,
    /// What rows are ordered by, the first first.
    pub columns: Vec<IndexColumn>,
    /// The name; `None` for one made from the table and the columns, as `player_name`, with a number
    /// behind it where something has that name: `player_name_2`.
    pub name: Option<String>,
    /// Whether no two rows may agree.
    pub unique: bool,
    /// Which rows the index holds; all without it.
    pub condition: Option<String>,
    /// Whether an index of this name that is there already is no error.
    pub if_not_exists: bool,
}

/// One thing that an index orders by: a column's name becomes one by `into`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct IndexColumn {
    /// The column or the expression.
    pub indexed: Indexed,
    /// Whether the largest comes first.
    pub descending: bool,
    /// How its text is compared; as the column says without it.
    pub collate: Option<String>,
}

/// What the values in an index come from.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Indexed {
    /// A column, by name.
    Column(String),
    /// An expression over the row.
    Expression(String),
}

impl Index {
    /// An index of `table` over columns, named by their names or as [`IndexColumn`]s.
    pub fn on(
        table: impl Into<String>,
        columns: impl IntoIterator<Item = impl Into<IndexColumn>>,
    ) -> Self {
        Self {
            table: table.into(),
            columns: columns.into_iter().map(Into::into).collect(),
            name: None,
            unique: false,
            condition: None,
            if_not_exists: false,
        }
    }

    /// Gives the index this name.
    #[must_use]
    pub fn named(mut self, name: impl Into<String>) -> Self {
        self.name = Some(name.into());
        self
    }

    /// Forbids that two rows agree in all that it orders by.
    #[must_use]
    pub fn unique(mut self) -> Self {
        self.unique = true;
        self
    }

    /// Holds only the rows of which `condition` is true.
    #[must_use]
    pub fn where_(mut self, condition: impl Into<String>) -> Self {
        self.condition = Some(condition.into());
        self
    }

    /// Does nothing if an index of this name is there; for an index without a name, if the table has
    /// one of the name that it would get first.
    #[must_use]
    pub fn if_not_exists(mut self) -> Self {
        self.if_not_exists = true;
        self
    }
}

impl IndexColumn {
    /// Orders by a column.
    pub fn new(column: impl Into<String>) -> Self {
        Self { indexed: Indexed::Column(column.into()), descending: false, collate: None }
    }

    /// Orders by an expression over the row.
    pub fn expression(expression: impl Into<String>) -> Self {
        Self { indexed: Indexed::Expression(expression.into()), descending: false, collate: None }
    }

    /// Puts the largest first.
    #[must_use]
    pub fn desc(mut self) -> Self {
        self.descending = true;
        self
    }

    /// Compares text by this collation.
    #[must_use]
    pub fn collate(mut self, collation: impl Into<String>) -> Self {
        self.collate = Some(collation.into());
        self
    }
}

impl From<&str> for IndexColumn {
    fn from(column: &str) -> Self {
        Self::new(column)
    }
}

impl From<&String> for IndexColumn {
    fn from(column: &String) -> Self {
        Self::new(column)
    }
}

impl From<String> for IndexColumn {
    fn from(column: String) -> Self {
        Self::new(column)
    }
}
