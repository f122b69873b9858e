//! The 24 operations.

use super::{
    AddedColumn, Check, ForeignKey, Index, PrimaryKey, Table, TableOptions, Unique, WhichConstraint,
};

/// One change of a schema. Each has a constructor of the same name, such as
/// [`Operation::drop_column`], that reads better than the variant.
///
/// Names of tables, columns, indexes and constraints match whatever their case; what is kept in the
/// database keeps the spelling it has.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Operation {
    /// Makes a table.
    CreateTable(Table),
    /// Removes a table with its indexes, its triggers and its AUTOINCREMENT mark.
    ///
    /// Refused while a view, a trigger of another table, or rows of a child table need it.
    DropTable {
        /// The table to remove.
        table: String,
        /// Whether a table that is not there is no error.
        if_exists: bool,
    },
    /// Gives a table another name; references, views and triggers follow.
    RenameTable {
        /// The table's name.
        table: String,
        /// Its name from now on. A name that differs in case alone works.
        to: String,
        /// Whether the name is all that changes: foreign keys, views and triggers go on naming the
        /// old name, which another table is to take. Otherwise they follow.
        only: bool,
    },
    /// Adds a column; see [`AddedColumn`] for its place and for the values of existing rows.
    AddColumn {
        /// The table that gets the column.
        table: String,
        /// The column.
        column: AddedColumn,
    },
    /// Removes a column with its own clauses.
    ///
    /// Refused while a generated column, a CHECK of another column, a view, a trigger or a child's
    /// foreign key uses it.
    DropColumn {
        /// The table that loses the column.
        table: String,
        /// The column.
        column: String,
        /// Whether indexes, table constraints and a primary key that use the column go with it, as
        /// a whole. Otherwise they are a reason to refuse.
        cascade: bool,
    },
    /// Gives a column another name. Indexes, checks, generated columns, keys on both sides,
    /// triggers and views follow.
    RenameColumn {
        /// The column's table.
        table: String,
        /// The column's name.
        column: String,
        /// Its name from now on.
        to: String,
    },
    /// Changes the declared type of a column and keeps its values and all its other clauses.
    AlterColumnType {
        /// The column's table.
        table: String,
        /// The column.
        column: String,
        /// The new type as it is to be declared; empty for none.
        declared_type: String,
        /// An expression over the old row that makes the new value. Without it, the old value passes
        /// through the affinity of the new type.
        using: Option<String>,
    },
    /// Forbids NULL in a column. Refused while a row holds one and nothing fills it.
    SetNotNull {
        /// The column's table.
        table: String,
        /// The column.
        column: String,
        /// An expression over the row that takes the place of each NULL first.
        fill: Option<String>,
    },
    /// Allows NULL in a column; where it is allowed already, nothing changes.
    DropNotNull {
        /// The column's table.
        table: String,
        /// The column.
        column: String,
    },
    /// Sets or replaces a column's default; existing rows stay as they are.
    SetDefault {
        /// The column's table.
        table: String,
        /// The column.
        column: String,
        /// The default, as SQL.
        default: String,
    },
    /// Removes a column's default; where there is none, nothing changes.
    DropDefault {
        /// The column's table.
        table: String,
        /// The column.
        column: String,
    },
    /// Sets or removes a column's collation.
    SetCollate {
        /// The column's table.
        table: String,
        /// The column.
        column: String,
        /// The collation; `None` for no COLLATE clause.
        collate: Option<String>,
    },
    /// Makes an index.
    AddIndex(Index),
    /// Removes an index.
    DropIndex {
        /// The index.
        name: String,
        /// Whether an index that is not there is no error.
        if_exists: bool,
    },
    /// Gives an index another name and keeps its definition.
    RenameIndex {
        /// The index's name.
        name: String,
        /// Its name from now on.
        to: String,
    },
    /// Adds a UNIQUE constraint to the table itself, not an index.
    AddUnique {
        /// The table that gets the constraint.
        table: String,
        /// The constraint.
        unique: Unique,
    },
    /// Adds a CHECK constraint; the rows that are there are checked.
    AddCheck {
        /// The table that gets the constraint.
        table: String,
        /// The constraint.
        check: Check,
    },
    /// Adds a foreign key; the rows that are there are checked, and the parent's columns must be
    /// unique.
    AddForeignKey {
        /// The child, which gets the constraint.
        table: String,
        /// The constraint.
        foreign_key: ForeignKey,
    },
    /// Removes a constraint, whether it is written at a column or at the table.
    DropConstraint {
        /// The table that loses the constraint.
        table: String,
        /// The constraint, by name or by what it says.
        constraint: WhichConstraint,
    },
    /// Removes the foreign key on exactly these columns.
    DropForeignKey {
        /// The child, which loses the constraint.
        table: String,
        /// The child's columns.
        columns: Vec<String>,
    },
    /// Sets, replaces or removes a table's primary key.
    SetPrimaryKey {
        /// The key's table.
        table: String,
        /// The key.
        key: PrimaryKey,
    },
    /// Puts columns into another order. Those not named follow in the order they have.
    ReorderColumns {
        /// The columns' table.
        table: String,
        /// The columns that come first.
        columns: Vec<String>,
    },
    /// Makes a table STRICT or WITHOUT ROWID, or ends it.
    SetTableOptions {
        /// The table.
        table: String,
        /// The options that change.
        options: TableOptions,
    },
    /// Runs SQL: any number of statements, trigger bodies and statements that return rows included.
    /// Transaction control is refused. Settings of the connection that it changes are put back.
    Execute {
        /// The statements.
        sql: String,
    },
}

impl Operation {
    /// The table that is changed, where one is that is there.
    #[must_use]
    pub fn table(&self) -> Option<&str> {
        match self {
            Self::DropTable { table, .. }
            | Self::RenameTable { table, .. }
            | Self::AddColumn { table, .. }
            | Self::DropColumn { table, .. }
            | Self::RenameColumn { table, .. }
            | Self::AlterColumnType { table, .. }
            | Self::SetNotNull { table, .. }
            | Self::DropNotNull { table, .. }
            | Self::SetDefault { table, .. }
            | Self::DropDefault { table, .. }
            | Self::SetCollate { table, .. }
            | Self::AddUnique { table, .. }
            | Self::AddCheck { table, .. }
            | Self::AddForeignKey { table, .. }
            | Self::DropConstraint { table, .. }
            | Self::DropForeignKey { table, .. }
            | Self::SetPrimaryKey { table, .. }
            | Self::ReorderColumns { table, .. }
            | Self::SetTableOptions { table, .. } => Some(table),
            _ => None,
        }
    }
}
