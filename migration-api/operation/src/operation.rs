//! The operations. This table is all that there is to say of each: its data, its name, how it is made,
//! and what it is in words.
//!
//! A row is read from top to bottom:
//!
//! - what the operation does, for whoever reads the documentation of the variant, of its constructor or of
//!   the method of `Migrator`;
//! - its name in JSON and on the wire, and its variant. In square brackets is how a field is written: always
//!   (`required`), only where it says something (`optional`), or as fields beside the others (`flat`);
//! - the sentence that follows "to", or "cannot";
//! - its constructors: what is given, and what the fields get. Each is a method of `Migrator` too, by the
//!   same name or by the one after `as`. The first needs no words of its own.
//!
//! [`operations!`] makes the code of it. What must be decided for an operation elsewhere is a match of
//! [`Exhaustive`], which does not compile until it is.

mod declare;

use crate::*;
use declare::operations;
use sentence::{
    clauses, collation_change, column_names, given, index_columns, key_change, names, opening,
    option_change, place, type_change, when,
};

operations! {
    /// One change of a schema. Each has a constructor of the same name, such as
    /// [`Operation::drop_column`], that reads better than the variant.
    ///
    /// Names of tables, columns, indexes and constraints match whatever their case; what is kept in the
    /// database keeps the spelling it has.
    #[derive(Debug, Clone, PartialEq, Eq, Hash)]
    #[non_exhaustive]
    pub enum Operation by "op":

    /// Makes a table.
    "create_table" = CreateTable(table: Table [flat])
    sentence(
        "create table `{}`{}{}",
        table.name,
        match table.columns.len() {
            0 => " without columns".to_owned(),
            _ => format!(" with {}", column_names(table.columns.iter().map(|column| &column.name))),
        },
        when(table.if_not_exists, ", if it does not exist"),
    )
    constructors {
        fn create_table(table: Table) (table)
    }

    /// Removes a table with its indexes, its triggers and its AUTOINCREMENT counter.
    ///
    /// Refused while a view, a trigger of another table, or rows of a child table need it.
    "drop_table" = DropTable {
        /// The table to remove.
        table: String [required],
        /// Whether a table that is not there is no error.
        if_exists: bool [optional],
    }
    sentence("drop table `{table}`{}", when(*if_exists, ", if it exists"))
    constructors {
        fn drop_table(table: impl Into<String>) { table: table.into(), if_exists: false }

        /// Removes a table, if it is there; see [`Self::drop_table`].
        fn drop_table_if_exists(table: impl Into<String>) { table: table.into(), if_exists: true }
    }

    /// Gives a table another name; references, views and triggers follow.
    ///
    /// Native: costs the same for any number of rows.
    "rename_table" = RenameTable {
        /// The table's name.
        table: String [required],
        /// Its name from now on. A name that differs in case alone works.
        to: String [required],
        /// Whether the name is all that changes: foreign keys, views and triggers go on naming the
        /// old name, which another table is to take. Otherwise they follow.
        only: bool [optional],
    }
    sentence("rename table `{table}` to `{to}`{}", when(*only, ", and leave what refers to it"))
    constructors {
        fn rename_table(table: impl Into<String>, to: impl Into<String>) {
            table: table.into(),
            to: to.into(),
            only: false,
        }

        /// Gives a table another name and nothing else: foreign keys, views and triggers go on naming the
        /// old name, and mean the table that is made under it next. It is what `PRAGMA
        /// legacy_alter_table` is for, without a pragma. So a table is made anew by hand:
        ///
        /// ```
        /// # use migration_operation::Operation;
        /// let anew = [
        ///     Operation::rename_table_only("parent", "parent_old"),
        ///     Operation::execute(
        ///         "CREATE TABLE parent (id INTEGER PRIMARY KEY, name TEXT NOT NULL DEFAULT '');
        ///          INSERT INTO parent (id, name) SELECT id, name FROM parent_old;",
        ///     ),
        ///     Operation::drop_table("parent_old"),
        /// ];
        /// # let first = "rename table `parent` to `parent_old`, and leave what refers to it";
        /// # assert_eq!(anew[0].to_string(), first);
        /// ```
        ///
        /// Native: costs the same for any number of rows. What refers to the old name need not work until
        /// something has that name again.
        #[doc(alias = "legacy_alter_table")]
        fn rename_table_only(table: impl Into<String>, to: impl Into<String>) {
            table: table.into(),
            to: to.into(),
            only: true,
        }
    }

    /// Adds a column: a [`Column`], or one with a place ([`after`](Column::after)) or with values for existing
    /// rows ([`backfill`](Column::backfill)).
    ///
    /// Native where SQLite can do it; a rebuild for UNIQUE, PRIMARY KEY, STORED, a place among the other
    /// columns, a backfill, and a default that is not the same for every row.
    "add_column" = AddColumn {
        /// The table that gets the column.
        table: String [required],
        /// The column.
        column: AddedColumn [flat],
    }
    sentence(
        "add column `{}`{} to table `{table}`{}{}",
        column.column.name,
        clauses(&column.column),
        place(column.place.as_ref()),
        given(", existing rows filled with", &column.backfill),
    )
    constructors {
        fn add_column(table: impl Into<String>, column: impl Into<AddedColumn>) {
            table: table.into(),
            column: column.into(),
        }
    }

    /// Removes a column with its own clauses.
    ///
    /// Refused while a generated column, a CHECK of another column, a view, a trigger or a child's
    /// foreign key uses it; and while an index, a table constraint or the primary key does, which
    /// [`Self::drop_column_cascade`] removes too.
    ///
    /// Native where no constraint goes with it, else a rebuild.
    "drop_column" = DropColumn {
        /// The table that loses the column.
        table: String [required],
        /// The column.
        column: String [required],
        /// Whether indexes, table constraints and a primary key that use the column go with it, as
        /// a whole. Otherwise they are a reason to refuse.
        cascade: bool [optional],
    }
    sentence(
        "drop column `{column}` of table `{table}`{}",
        when(*cascade, ", and what its table builds on it"),
    )
    constructors {
        fn drop_column(table: impl Into<String>, column: impl Into<String>) {
            table: table.into(),
            column: column.into(),
            cascade: false,
        }

        /// Removes a column with the indexes, table constraints and the primary key that use it; see
        /// [`Self::drop_column`].
        fn drop_column_cascade(table: impl Into<String>, column: impl Into<String>) {
            table: table.into(),
            column: column.into(),
            cascade: true,
        }
    }

    /// Gives a column another name; indexes, checks, generated columns, keys on both sides, triggers and
    /// views follow.
    ///
    /// Native: costs the same for any number of rows.
    "rename_column" = RenameColumn {
        /// The column's table.
        table: String [required],
        /// The column's name.
        column: String [required],
        /// Its name from now on.
        to: String [required],
    }
    sentence("rename column `{column}` of table `{table}` to `{to}`")
    constructors {
        fn rename_column(
            table: impl Into<String>,
            column: impl Into<String>,
            to: impl Into<String>,
        ) {
            table: table.into(),
            column: column.into(),
            to: to.into(),
        }
    }

    /// Changes the type of a column and nothing else; values pass through the new type's affinity.
    ///
    /// Only the schema's text changes where the affinity stays the same, else a rebuild.
    "alter_column_type" = AlterColumnType {
        /// The column's table.
        table: String [required],
        /// The column.
        column: String [required],
        /// The new type as it is to be declared; empty for none.
        declared_type as "type": String [required],
        /// An expression over the old row that makes the new value. Without it, the old value passes
        /// through the affinity of the new type.
        using: Option<String> [optional],
    }
    sentence(
        "{}{}",
        type_change(table, column, declared_type),
        given(", each value made by", using),
    )
    constructors {
        fn alter_column_type(
            table: impl Into<String>,
            column: impl Into<String>,
            declared_type: impl Into<String>,
        ) {
            table: table.into(),
            column: column.into(),
            declared_type: declared_type.into(),
            using: None,
        }

        /// Changes the type of a column; the expression `using` over the old row makes the new values.
        ///
        /// A rebuild.
        fn alter_column_type_using(
            table: impl Into<String>,
            column: impl Into<String>,
            declared_type: impl Into<String>,
            using: impl Into<String>,
        ) {
            table: table.into(),
            column: column.into(),
            declared_type: declared_type.into(),
            using: Some(using.into()),
        }
    }

    /// Forbids NULL. Refused while a row holds one, which [`Self::set_not_null_filling`] fills.
    ///
    /// The rows are read, then only the schema's text changes.
    "set_not_null" = SetNotNull {
        /// The column's table.
        table: String [required],
        /// The column.
        column: String [required],
        /// An expression over the row that takes the place of each NULL first.
        fill: Option<String> [optional],
    }
    sentence(
        "make column `{column}` of table `{table}` NOT NULL{}",
        given(", each NULL filled with", fill),
    )
    constructors {
        fn set_not_null(table: impl Into<String>, column: impl Into<String>) {
            table: table.into(),
            column: column.into(),
            fill: None,
        }

        /// Forbids NULL; the expression `fill` takes the place of each that is there.
        ///
        /// The rows are read; a rebuild if one holds NULL, else only the schema's text changes.
        fn set_not_null_filling(
            table: impl Into<String>,
            column: impl Into<String>,
            fill: impl Into<String>,
        ) {
            table: table.into(),
            column: column.into(),
            fill: Some(fill.into()),
        }
    }

    /// Allows NULL; where it is allowed already, nothing changes.
    ///
    /// Only the schema's text changes.
    "drop_not_null" = DropNotNull {
        /// The column's table.
        table: String [required],
        /// The column.
        column: String [required],
    }
    sentence("drop NOT NULL of column `{column}` of table `{table}`")
    constructors {
        fn drop_not_null(table: impl Into<String>, column: impl Into<String>) {
            table: table.into(),
            column: column.into(),
        }
    }

    /// Sets the default of new rows; existing rows keep their values.
    ///
    /// A rebuild, unless the table is empty: rows that are older than a column read its default from
    /// the schema.
    "set_default" = SetDefault {
        /// The column's table.
        table: String [required],
        /// The column.
        column: String [required],
        /// The default, as SQL.
        default: String [required],
    }
    sentence("set the default of column `{column}` of table `{table}` to {default}")
    constructors {
        fn set_default(
            table: impl Into<String>,
            column: impl Into<String>,
            value: impl Into<Literal>,
        ) {
            table: table.into(),
            column: column.into(),
            default: value.into().to_string(),
        }

        /// Sets the default to an expression, such as `CURRENT_TIMESTAMP`; see [`Self::set_default`].
        fn set_default_sql(
            table: impl Into<String>,
            column: impl Into<String>,
            default: impl Into<String>,
        ) {
            table: table.into(),
            column: column.into(),
            default: default.into(),
        }
    }

    /// Removes the default; where there is none, nothing changes. See [`Self::set_default`].
    "drop_default" = DropDefault {
        /// The column's table.
        table: String [required],
        /// The column.
        column: String [required],
    }
    sentence("drop the default of column `{column}` of table `{table}`")
    constructors {
        fn drop_default(table: impl Into<String>, column: impl Into<String>) {
            table: table.into(),
            column: column.into(),
        }
    }

    /// Sets how the text of a column is compared.
    ///
    /// A rebuild where an index, a key, a check or a generated column compares it, else only the
    /// schema's text changes.
    "set_collate" = SetCollate {
        /// The column's table.
        table: String [required],
        /// The column.
        column: String [required],
        /// The collation; `None` for no COLLATE clause, which is written as null.
        collate: Option<String> [required],
    }
    sentence("{}", collation_change(table, column, collate.as_deref()))
    constructors {
        fn set_collate(
            table: impl Into<String>,
            column: impl Into<String>,
            collate: impl Into<String>,
        ) {
            table: table.into(),
            column: column.into(),
            collate: Some(collate.into()),
        }

        /// Lets a column compare as SQLite does by itself; see [`Self::set_collate`].
        fn drop_collate(table: impl Into<String>, column: impl Into<String>) {
            table: table.into(),
            column: column.into(),
            collate: None,
        }
    }

    /// Makes an index of any form.
    ///
    /// Native.
    "add_index" = AddIndex(index: Index [flat])
    sentence(
        "add {}index{} on table `{}` ({}){}{}",
        when(index.unique, "unique "),
        given("", &index.name),
        index.table,
        index_columns(&index.columns),
        given(" where", &index.condition),
        when(index.if_not_exists, ", if it does not exist"),
    )
    constructors {
        // `Migrator::add_index` takes a table and columns, and nothing else.
        fn add_index as create_index(index: Index) (index)
    }

    /// Removes an index.
    ///
    /// Native.
    "drop_index" = DropIndex {
        /// The index.
        name: String [required],
        /// Whether an index that is not there is no error.
        if_exists: bool [optional],
    }
    sentence("drop index `{name}`{}", when(*if_exists, ", if it exists"))
    constructors {
        fn drop_index(name: impl Into<String>) { name: name.into(), if_exists: false }

        /// Removes an index, if it is there.
        ///
        /// Native.
        fn drop_index_if_exists(name: impl Into<String>) { name: name.into(), if_exists: true }
    }

    /// Gives an index another name and keeps its definition.
    ///
    /// Only the schema's text changes.
    "rename_index" = RenameIndex {
        /// The index's name.
        name: String [required],
        /// Its name from now on.
        to: String [required],
    }
    sentence("rename index `{name}` to `{to}`")
    constructors {
        fn rename_index(name: impl Into<String>, to: impl Into<String>) {
            name: name.into(),
            to: to.into(),
        }
    }

    /// Adds a UNIQUE constraint to the table itself.
    ///
    /// A rebuild; an [`Index`] that is unique does without.
    "add_unique" = AddUnique {
        /// The table that gets the constraint.
        table: String [required],
        /// The constraint.
        unique: Unique [flat],
    }
    sentence(
        "add UNIQUE ({}) to table `{table}`{}",
        names(&unique.columns),
        given(", called", &unique.name),
    )
    constructors {
        fn add_unique(table: impl Into<String>, unique: Unique) { table: table.into(), unique }
    }

    /// Adds a CHECK: the text of an expression, or a [`Check`] with a name.
    ///
    /// The rows are read, then only the schema's text changes.
    "add_check" = AddCheck {
        /// The table that gets the constraint.
        table: String [required],
        /// The constraint.
        check: Check [flat],
    }
    sentence(
        "add CHECK ({}) to table `{table}`{}",
        check.expression,
        given(", called", &check.name),
    )
    constructors {
        fn add_check(table: impl Into<String>, check: impl Into<Check>) {
            table: table.into(),
            check: check.into(),
        }
    }

    /// Adds a foreign key; the parent's columns must be unique.
    ///
    /// The rows are read, then only the schema's text changes.
    "add_foreign_key" = AddForeignKey {
        /// The child, which gets the constraint.
        table: String [required],
        /// The constraint.
        foreign_key: ForeignKey [flat],
    }
    sentence(
        "add a foreign key from table `{table}` ({}) to table `{}` ({}){}",
        names(&foreign_key.columns),
        foreign_key.ref_table,
        names(&foreign_key.ref_columns),
        given(", called", &foreign_key.name),
    )
    constructors {
        fn add_foreign_key(table: impl Into<String>, foreign_key: ForeignKey) {
            table: table.into(),
            foreign_key,
        }
    }

    /// Removes a constraint, whether it is written at a column or at the table: by its name, or by what it
    /// says ([`WhichConstraint`]).
    ///
    /// A rebuild for UNIQUE and PRIMARY KEY, else only the schema's text changes.
    "drop_constraint" = DropConstraint {
        /// The table that loses the constraint.
        table: String [required],
        /// The constraint, by name or by what it says.
        constraint: WhichConstraint [flat],
    }
    sentence("drop {constraint} of table `{table}`")
    constructors {
        fn drop_constraint(table: impl Into<String>, constraint: impl Into<WhichConstraint>) {
            table: table.into(),
            constraint: constraint.into(),
        }
    }

    /// Removes the foreign key on exactly these columns.
    ///
    /// Only the schema's text changes.
    "drop_foreign_key" = DropForeignKey {
        /// The child, which loses the constraint.
        table: String [required],
        /// The child's columns.
        columns: Vec<String> [required],
    }
    sentence("drop the foreign key on ({}) of table `{table}`", names(columns))
    constructors {
        fn drop_foreign_key(
            table: impl Into<String>,
            columns: impl IntoIterator<Item = impl Into<String>>,
        ) {
            table: table.into(),
            columns: columns.into_iter().map(Into::into).collect(),
        }
    }

    /// Sets, replaces or removes the primary key.
    ///
    /// A rebuild.
    "set_primary_key" = SetPrimaryKey {
        /// The key's table.
        table: String [required],
        /// The key.
        key: PrimaryKey [flat],
    }
    sentence("{}", key_change(table, key))
    constructors {
        fn set_primary_key(table: impl Into<String>, key: PrimaryKey) { table: table.into(), key }
    }

    /// Puts columns first, in this order; the others follow in the order they have.
    ///
    /// A rebuild.
    "reorder_columns" = ReorderColumns {
        /// The columns' table.
        table: String [required],
        /// The columns that come first.
        columns: Vec<String> [required],
    }
    sentence("put {} first in table `{table}`", column_names(columns))
    constructors {
        fn reorder_columns(
            table: impl Into<String>,
            columns: impl IntoIterator<Item = impl Into<String>>,
        ) {
            table: table.into(),
            columns: columns.into_iter().map(Into::into).collect(),
        }
    }

    /// Makes a table STRICT or WITHOUT ROWID, or ends it.
    ///
    /// A rebuild.
    "set_table_options" = SetTableOptions {
        /// The table.
        table: String [required],
        /// The options that change.
        options: TableOptions [flat],
    }
    sentence("{}", option_change(table, *options))
    constructors {
        fn set_table_options(table: impl Into<String>, options: TableOptions) {
            table: table.into(),
            options,
        }
    }

    /// Runs a script, all of it or nothing: any number of statements, trigger bodies and statements that
    /// return rows included. Views, triggers and foreign keys are checked afterwards.
    ///
    /// Words that begin or end a transaction are refused. Settings of the connection that it changes
    /// are put back.
    "execute" = Execute {
        /// The statements.
        sql: String [required],
    }
    sentence("execute `{}`", opening(sql))
    constructors {
        // `Migrator::execute` is one statement with parameters, and no operation.
        fn execute as execute_script(sql: impl Into<String>) { sql: sql.into() }
    }
}

impl Operation {
    /// The table that is changed, where one is that is there.
    #[must_use]
    pub fn table(&self) -> Option<&str> {
        match self {
            Self::CreateTable(_)
            | Self::AddIndex(_)
            | Self::DropIndex { .. }
            | Self::RenameIndex { .. }
            | Self::Execute { .. } => None,
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
        }
    }
}
