//! A constructor for each operation, named as the operation.

use super::{
    AddedColumn, Check, ForeignKey, Index, Literal, Operation, PrimaryKey, Table, TableOptions,
    Unique, WhichConstraint,
};

impl Operation {
    /// [`Operation::CreateTable`].
    #[must_use]
    pub fn create_table(table: Table) -> Self {
        Self::CreateTable(table)
    }

    /// [`Operation::DropTable`], which must be there.
    pub fn drop_table(table: impl Into<String>) -> Self {
        Self::DropTable { table: table.into(), if_exists: false }
    }

    /// [`Operation::DropTable`], if it is there.
    pub fn drop_table_if_exists(table: impl Into<String>) -> Self {
        Self::DropTable { table: table.into(), if_exists: true }
    }

    /// [`Operation::RenameTable`].
    pub fn rename_table(table: impl Into<String>, to: impl Into<String>) -> Self {
        Self::RenameTable { table: table.into(), to: to.into(), only: false }
    }

    /// [`Operation::RenameTable`], and nothing else: foreign keys, views and triggers go on naming the
    /// old name, as with `PRAGMA legacy_alter_table`.
    #[doc(alias = "legacy_alter_table")]
    pub fn rename_table_only(table: impl Into<String>, to: impl Into<String>) -> Self {
        Self::RenameTable { table: table.into(), to: to.into(), only: true }
    }

    /// [`Operation::AddColumn`]: a [`Column`](super::Column), or one that says
    /// [`after`](super::Column::after) which it stands or what existing rows get
    /// ([`backfill`](super::Column::backfill)).
    pub fn add_column(table: impl Into<String>, column: impl Into<AddedColumn>) -> Self {
        Self::AddColumn { table: table.into(), column: column.into() }
    }

    /// [`Operation::DropColumn`], refused while an index or a constraint uses it.
    pub fn drop_column(table: impl Into<String>, column: impl Into<String>) -> Self {
        Self::DropColumn { table: table.into(), column: column.into(), cascade: false }
    }

    /// [`Operation::DropColumn`], with the indexes, table constraints and the primary key that use it.
    pub fn drop_column_cascade(table: impl Into<String>, column: impl Into<String>) -> Self {
        Self::DropColumn { table: table.into(), column: column.into(), cascade: true }
    }

    /// [`Operation::RenameColumn`].
    pub fn rename_column(
        table: impl Into<String>,
        column: impl Into<String>,
        to: impl Into<String>,
    ) -> Self {
        Self::RenameColumn { table: table.into(), column: column.into(), to: to.into() }
    }

    /// [`Operation::AlterColumnType`]; the values pass through the affinity of the new type.
    pub fn alter_column_type(
        table: impl Into<String>,
        column: impl Into<String>,
        declared_type: impl Into<String>,
    ) -> Self {
        Self::AlterColumnType {
            table: table.into(),
            column: column.into(),
            declared_type: declared_type.into(),
            using: None,
        }
    }

    /// [`Operation::AlterColumnType`]; the expression `using` makes the values.
    pub fn alter_column_type_using(
        table: impl Into<String>,
        column: impl Into<String>,
        declared_type: impl Into<String>,
        using: impl Into<String>,
    ) -> Self {
        Self::AlterColumnType {
            table: table.into(),
            column: column.into(),
            declared_type: declared_type.into(),
            using: Some(using.into()),
        }
    }

    /// [`Operation::SetNotNull`], refused while a row holds NULL.
    pub fn set_not_null(table: impl Into<String>, column: impl Into<String>) -> Self {
        Self::SetNotNull { table: table.into(), column: column.into(), fill: None }
    }

    /// [`Operation::SetNotNull`]; the expression `fill` takes the place of each NULL first.
    pub fn set_not_null_filling(
        table: impl Into<String>,
        column: impl Into<String>,
        fill: impl Into<String>,
    ) -> Self {
        Self::SetNotNull { table: table.into(), column: column.into(), fill: Some(fill.into()) }
    }

    /// [`Operation::DropNotNull`].
    pub fn drop_not_null(table: impl Into<String>, column: impl Into<String>) -> Self {
        Self::DropNotNull { table: table.into(), column: column.into() }
    }

    /// [`Operation::SetDefault`] with a value.
    pub fn set_default(
        table: impl Into<String>,
        column: impl Into<String>,
        value: impl Into<Literal>,
    ) -> Self {
        Self::set_default_sql(table, column, value.into().to_string())
    }

    /// [`Operation::SetDefault`] with an expression, such as `CURRENT_TIMESTAMP`.
    pub fn set_default_sql(
        table: impl Into<String>,
        column: impl Into<String>,
        default: impl Into<String>,
    ) -> Self {
        Self::SetDefault { table: table.into(), column: column.into(), default: default.into() }
    }

    /// [`Operation::DropDefault`].
    pub fn drop_default(table: impl Into<String>, column: impl Into<String>) -> Self {
        Self::DropDefault { table: table.into(), column: column.into() }
    }

    /// [`Operation::SetCollate`] with a collation.
    pub fn set_collate(
        table: impl Into<String>,
        column: impl Into<String>,
        collate: impl Into<String>,
    ) -> Self {
        Self::SetCollate {
            table: table.into(),
            column: column.into(),
            collate: Some(collate.into()),
        }
    }

    /// [`Operation::SetCollate`] without one: the column compares as SQLite does by itself.
    pub fn drop_collate(table: impl Into<String>, column: impl Into<String>) -> Self {
        Self::SetCollate { table: table.into(), column: column.into(), collate: None }
    }

    /// [`Operation::AddIndex`].
    #[must_use]
    pub fn add_index(index: Index) -> Self {
        Self::AddIndex(index)
    }

    /// [`Operation::DropIndex`], which must be there.
    pub fn drop_index(name: impl Into<String>) -> Self {
        Self::DropIndex { name: name.into(), if_exists: false }
    }

    /// [`Operation::DropIndex`], if it is there.
    pub fn drop_index_if_exists(name: impl Into<String>) -> Self {
        Self::DropIndex { name: name.into(), if_exists: true }
    }

    /// [`Operation::RenameIndex`].
    pub fn rename_index(name: impl Into<String>, to: impl Into<String>) -> Self {
        Self::RenameIndex { name: name.into(), to: to.into() }
    }

    /// [`Operation::AddUnique`].
    pub fn add_unique(table: impl Into<String>, unique: Unique) -> Self {
        Self::AddUnique { table: table.into(), unique }
    }

    /// [`Operation::AddCheck`]: the text of an expression, or a [`Check`] with a name.
    pub fn add_check(table: impl Into<String>, check: impl Into<Check>) -> Self {
        Self::AddCheck { table: table.into(), check: check.into() }
    }

    /// [`Operation::AddForeignKey`].
    pub fn add_foreign_key(table: impl Into<String>, foreign_key: ForeignKey) -> Self {
        Self::AddForeignKey { table: table.into(), foreign_key }
    }

    /// [`Operation::DropConstraint`]: a name, or a [`WhichConstraint`] for one that has none.
    pub fn drop_constraint(
        table: impl Into<String>,
        constraint: impl Into<WhichConstraint>,
    ) -> Self {
        Self::DropConstraint { table: table.into(), constraint: constraint.into() }
    }

    /// [`Operation::DropForeignKey`].
    pub fn drop_foreign_key(
        table: impl Into<String>,
        columns: impl IntoIterator<Item = impl Into<String>>,
    ) -> Self {
        Self::DropForeignKey {
            table: table.into(),
            columns: columns.into_iter().map(Into::into).collect(),
        }
    }

    /// [`Operation::SetPrimaryKey`].
    pub fn set_primary_key(table: impl Into<String>, key: PrimaryKey) -> Self {
        Self::SetPrimaryKey { table: table.into(), key }
    }

    /// [`Operation::ReorderColumns`].
    pub fn reorder_columns(
        table: impl Into<String>,
        columns: impl IntoIterator<Item = impl Into<String>>,
    ) -> Self {
        Self::ReorderColumns {
            table: table.into(),
            columns: columns.into_iter().map(Into::into).collect(),
        }
    }

    /// [`Operation::SetTableOptions`].
    pub fn set_table_options(table: impl Into<String>, options: TableOptions) -> Self {
        Self::SetTableOptions { table: table.into(), options }
    }

    /// [`Operation::Execute`].
    pub fn execute(sql: impl Into<String>) -> Self {
        Self::Execute { sql: sql.into() }
    }
}
