//! A method for each operation: [`Migrator::run`] with that operation alone.
//!
//! Several changes of one table cost one rebuild when they are run together, and one each when they
//! are not.

use crate::operation::{
    AddedColumn, Check, ForeignKey, Index, IndexColumn, Literal, Operation, PrimaryKey, Table,
    TableOptions, Unique, WhichConstraint,
};
use crate::{Migrator, Result};

impl Migrator<'_> {
    /// Makes a table.
    ///
    /// # Errors
    /// As [`Self::run`].
    #[track_caller]
    pub fn create_table(&mut self, table: Table) -> Result {
        self.run([Operation::create_table(table)])
    }

    /// Removes a table with its indexes, triggers and sequence.
    ///
    /// Refused while a view, a trigger elsewhere or rows of a child table need it.
    ///
    /// # Errors
    /// As [`Self::run`].
    #[track_caller]
    pub fn drop_table(&mut self, table: impl Into<String>) -> Result {
        self.run([Operation::drop_table(table)])
    }

    /// Removes a table, if it is there; see [`Self::drop_table`].
    ///
    /// # Errors
    /// As [`Self::run`].
    #[track_caller]
    pub fn drop_table_if_exists(&mut self, table: impl Into<String>) -> Result {
        self.run([Operation::drop_table_if_exists(table)])
    }

    /// Gives a table another name; references, views and triggers follow.
    ///
    /// Native: costs the same for any number of rows.
    ///
    /// # Errors
    /// As [`Self::run`].
    #[track_caller]
    pub fn rename_table(&mut self, table: impl Into<String>, to: impl Into<String>) -> Result {
        self.run([Operation::rename_table(table, to)])
    }

    /// Gives a table another name and nothing else: foreign keys, views and triggers go on naming the
    /// old name, and mean the table that is made under it next. It is what `PRAGMA
    /// legacy_alter_table` is for, without a pragma.
    ///
    /// ```
    /// use migration_api::prelude::*;
    ///
    /// # fn main() -> Result {
    /// # let connection = rusqlite::Connection::open_in_memory()?;
    /// # connection.execute_batch(
    /// #     "CREATE TABLE parent (id INTEGER PRIMARY KEY, name TEXT);
    /// #      CREATE TABLE child (parent_id INTEGER REFERENCES parent (id));
    /// #      INSERT INTO parent VALUES (1, 'ann'); INSERT INTO child VALUES (1);",
    /// # )?;
    /// # let mut migrator = Migrator::new(&connection);
    /// migrator.rename_table_only("parent", "parent_old")?;
    /// migrator.execute_batch(
    ///     "CREATE TABLE parent (id INTEGER PRIMARY KEY, name TEXT NOT NULL DEFAULT '');
    ///      INSERT INTO parent (id, name) SELECT id, name FROM parent_old;",
    /// )?;
    /// migrator.drop_table("parent_old")?;
    /// # let parent: String = connection.query_row(
    /// #     "SELECT \"table\" FROM pragma_foreign_key_list('child')", [], |row| row.get(0))?;
    /// # assert_eq!(parent, "parent");
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// Native: costs the same for any number of rows.
    ///
    /// # Errors
    /// As [`Self::run`]. What refers to the old name need not work until something has that name
    /// again.
    #[doc(alias = "legacy_alter_table")]
    #[track_caller]
    pub fn rename_table_only(&mut self, table: impl Into<String>, to: impl Into<String>) -> Result {
        self.run([Operation::rename_table_only(table, to)])
    }

    /// Adds a column: a [`Column`](crate::operation::Column), perhaps with its place and a backfill for the
    /// rows that are there.
    ///
    /// Native where SQLite can do it; a rebuild for UNIQUE, PRIMARY KEY, STORED, a place among the other
    /// columns, a backfill, and a default that is not the same for every row.
    ///
    /// # Errors
    /// As [`Self::run`].
    #[track_caller]
    pub fn add_column(
        &mut self,
        table: impl Into<String>,
        column: impl Into<AddedColumn>,
    ) -> Result {
        self.run([Operation::add_column(table, column)])
    }

    /// Removes a column, refused while an index or a constraint uses it.
    ///
    /// Native where no constraint goes with it, else a rebuild.
    ///
    /// # Errors
    /// As [`Self::run`].
    #[track_caller]
    pub fn drop_column(&mut self, table: impl Into<String>, column: impl Into<String>) -> Result {
        self.run([Operation::drop_column(table, column)])
    }

    /// Removes a column with the indexes, table constraints and the primary key that use it.
    ///
    /// Native where no constraint goes with it, else a rebuild.
    ///
    /// # Errors
    /// As [`Self::run`].
    #[track_caller]
    pub fn drop_column_cascade(
        &mut self,
        table: impl Into<String>,
        column: impl Into<String>,
    ) -> Result {
        self.run([Operation::drop_column_cascade(table, column)])
    }

    /// Gives a column another name; indexes, checks, keys on both sides, triggers and views follow.
    ///
    /// Native: costs the same for any number of rows.
    ///
    /// # Errors
    /// As [`Self::run`].
    #[track_caller]
    pub fn rename_column(
        &mut self,
        table: impl Into<String>,
        column: impl Into<String>,
        to: impl Into<String>,
    ) -> Result {
        self.run([Operation::rename_column(table, column, to)])
    }

    /// Changes the type of a column and nothing else; values pass through the new type's affinity.
    ///
    /// Only the schema's text changes where the affinity stays the same, else a rebuild.
    ///
    /// # Errors
    /// As [`Self::run`].
    #[track_caller]
    pub fn alter_column_type(
        &mut self,
        table: impl Into<String>,
        column: impl Into<String>,
        declared_type: impl Into<String>,
    ) -> Result {
        self.run([Operation::alter_column_type(table, column, declared_type)])
    }

    /// Changes the type of a column; the expression `using` over the old row makes the new values.
    ///
    /// A rebuild.
    ///
    /// # Errors
    /// As [`Self::run`].
    #[track_caller]
    pub fn alter_column_type_using(
        &mut self,
        table: impl Into<String>,
        column: impl Into<String>,
        declared_type: impl Into<String>,
        using: impl Into<String>,
    ) -> Result {
        self.run([Operation::alter_column_type_using(table, column, declared_type, using)])
    }

    /// Forbids NULL, refused while a row holds one.
    ///
    /// The rows are read, then only the schema's text changes.
    ///
    /// # Errors
    /// As [`Self::run`].
    #[track_caller]
    pub fn set_not_null(&mut self, table: impl Into<String>, column: impl Into<String>) -> Result {
        self.run([Operation::set_not_null(table, column)])
    }

    /// Forbids NULL; the expression `fill` takes the place of each that is there.
    ///
    /// The rows are read; a rebuild if one holds NULL, else only the schema's text changes.
    ///
    /// # Errors
    /// As [`Self::run`].
    #[track_caller]
    pub fn set_not_null_filling(
        &mut self,
        table: impl Into<String>,
        column: impl Into<String>,
        fill: impl Into<String>,
    ) -> Result {
        self.run([Operation::set_not_null_filling(table, column, fill)])
    }

    /// Allows NULL.
    ///
    /// Only the schema's text changes.
    ///
    /// # Errors
    /// As [`Self::run`].
    #[track_caller]
    pub fn drop_not_null(&mut self, table: impl Into<String>, column: impl Into<String>) -> Result {
        self.run([Operation::drop_not_null(table, column)])
    }

    /// Sets what new rows get where nothing is given; rows that are there stay.
    ///
    /// A rebuild, unless the table is empty: rows that are older than a column read its default from
    /// the schema.
    ///
    /// # Errors
    /// As [`Self::run`].
    #[track_caller]
    pub fn set_default(
        &mut self,
        table: impl Into<String>,
        column: impl Into<String>,
        value: impl Into<Literal>,
    ) -> Result {
        self.run([Operation::set_default(table, column, value)])
    }

    /// Sets the default to an expression, such as `CURRENT_TIMESTAMP`; see [`Self::set_default`].
    ///
    /// # Errors
    /// As [`Self::run`].
    #[track_caller]
    pub fn set_default_sql(
        &mut self,
        table: impl Into<String>,
        column: impl Into<String>,
        default: impl Into<String>,
    ) -> Result {
        self.run([Operation::set_default_sql(table, column, default)])
    }

    /// Removes the default; see [`Self::set_default`].
    ///
    /// # Errors
    /// As [`Self::run`].
    #[track_caller]
    pub fn drop_default(&mut self, table: impl Into<String>, column: impl Into<String>) -> Result {
        self.run([Operation::drop_default(table, column)])
    }

    /// Sets how the text of a column is compared.
    ///
    /// A rebuild where an index, a key, a check or a generated column compares it, else only the
    /// schema's text changes.
    ///
    /// # Errors
    /// As [`Self::run`].
    #[track_caller]
    pub fn set_collate(
        &mut self,
        table: impl Into<String>,
        column: impl Into<String>,
        collate: impl Into<String>,
    ) -> Result {
        self.run([Operation::set_collate(table, column, collate)])
    }

    /// Lets a column compare as SQLite does by itself; see [`Self::set_collate`].
    ///
    /// # Errors
    /// As [`Self::run`].
    #[track_caller]
    pub fn drop_collate(&mut self, table: impl Into<String>, column: impl Into<String>) -> Result {
        self.run([Operation::drop_collate(table, column)])
    }

    /// Makes an index on columns, under a name made of theirs; see [`Self::create_index`] for more.
    ///
    /// # Errors
    /// As [`Self::run`].
    #[track_caller]
    pub fn add_index(
        &mut self,
        table: impl Into<String>,
        columns: impl IntoIterator<Item = impl Into<IndexColumn>>,
    ) -> Result {
        self.create_index(Index::on(table, columns))
    }

    /// Makes an index of any form.
    ///
    /// Native.
    ///
    /// # Errors
    /// As [`Self::run`].
    #[track_caller]
    pub fn create_index(&mut self, index: Index) -> Result {
        self.run([Operation::add_index(index)])
    }

    /// Removes an index.
    ///
    /// Native.
    ///
    /// # Errors
    /// As [`Self::run`].
    #[track_caller]
    pub fn drop_index(&mut self, name: impl Into<String>) -> Result {
        self.run([Operation::drop_index(name)])
    }

    /// Removes an index, if it is there.
    ///
    /// Native.
    ///
    /// # Errors
    /// As [`Self::run`].
    #[track_caller]
    pub fn drop_index_if_exists(&mut self, name: impl Into<String>) -> Result {
        self.run([Operation::drop_index_if_exists(name)])
    }

    /// Gives an index another name and keeps its definition.
    ///
    /// Only the schema's text changes.
    ///
    /// # Errors
    /// As [`Self::run`].
    #[track_caller]
    pub fn rename_index(&mut self, name: impl Into<String>, to: impl Into<String>) -> Result {
        self.run([Operation::rename_index(name, to)])
    }

    /// Adds a UNIQUE constraint to the table itself.
    ///
    /// A rebuild; [`Self::create_index`] with a unique index does without.
    ///
    /// # Errors
    /// As [`Self::run`].
    #[track_caller]
    pub fn add_unique(&mut self, table: impl Into<String>, unique: Unique) -> Result {
        self.run([Operation::add_unique(table, unique)])
    }

    /// Adds a CHECK: the text of an expression, or a [`Check`] with a name.
    ///
    /// The rows are read, then only the schema's text changes.
    ///
    /// # Errors
    /// As [`Self::run`].
    #[track_caller]
    pub fn add_check(&mut self, table: impl Into<String>, check: impl Into<Check>) -> Result {
        self.run([Operation::add_check(table, check)])
    }

    /// Adds a foreign key; the parent's columns must be unique.
    ///
    /// The rows are read, then only the schema's text changes.
    ///
    /// # Errors
    /// As [`Self::run`].
    #[track_caller]
    pub fn add_foreign_key(&mut self, table: impl Into<String>, foreign_key: ForeignKey) -> Result {
        self.run([Operation::add_foreign_key(table, foreign_key)])
    }

    /// Removes a constraint: by its name, or by what it says.
    ///
    /// A rebuild for UNIQUE and PRIMARY KEY, else only the schema's text changes.
    ///
    /// # Errors
    /// As [`Self::run`].
    #[track_caller]
    pub fn drop_constraint(
        &mut self,
        table: impl Into<String>,
        constraint: impl Into<WhichConstraint>,
    ) -> Result {
        self.run([Operation::drop_constraint(table, constraint)])
    }

    /// Removes the foreign key on exactly these columns.
    ///
    /// Only the schema's text changes.
    ///
    /// # Errors
    /// As [`Self::run`].
    #[track_caller]
    pub fn drop_foreign_key(
        &mut self,
        table: impl Into<String>,
        columns: impl IntoIterator<Item = impl Into<String>>,
    ) -> Result {
        self.run([Operation::drop_foreign_key(table, columns)])
    }

    /// Sets, replaces or removes the primary key.
    ///
    /// A rebuild.
    ///
    /// # Errors
    /// As [`Self::run`].
    #[track_caller]
    pub fn set_primary_key(&mut self, table: impl Into<String>, key: PrimaryKey) -> Result {
        self.run([Operation::set_primary_key(table, key)])
    }

    /// Puts columns first, in this order.
    ///
    /// A rebuild.
    ///
    /// # Errors
    /// As [`Self::run`].
    #[track_caller]
    pub fn reorder_columns(
        &mut self,
        table: impl Into<String>,
        columns: impl IntoIterator<Item = impl Into<String>>,
    ) -> Result {
        self.run([Operation::reorder_columns(table, columns)])
    }

    /// Makes a table STRICT or WITHOUT ROWID, or ends it.
    ///
    /// A rebuild.
    ///
    /// # Errors
    /// As [`Self::run`].
    #[track_caller]
    pub fn set_table_options(&mut self, table: impl Into<String>, options: TableOptions) -> Result {
        self.run([Operation::set_table_options(table, options)])
    }

    /// Runs a script of any statements, and checks views, triggers and foreign keys afterwards;
    /// unlike [`Self::execute_batch`], all of it or nothing.
    ///
    /// # Errors
    /// As [`Self::run`]; words that begin or end a transaction.
    #[track_caller]
    pub fn execute_script(&mut self, sql: impl Into<String>) -> Result {
        self.run([Operation::execute(sql)])
    }
}

#[cfg(test)]
mod tests {
    use crate::operation::{Column, Index, Table};
    use crate::{Migrator, OperationError};

    #[test]
    fn a_table_lives_through_all_that_can_be_asked_of_it() {
        let connection = rusqlite::Connection::open_in_memory().unwrap();
        let mut migrator = Migrator::new(&connection);
        migrator
            .create_table(Table::new("player").column(Column::integer("id").primary_key()))
            .unwrap();
        migrator.add_column("player", Column::integer("experience").not_null().default(0)).unwrap();
        migrator.execute("INSERT INTO player (id) VALUES (7)", []).unwrap();
        migrator.alter_column_type("player", "experience", "TEXT").unwrap();
        migrator.add_index("player", ["experience"]).unwrap();
        migrator.create_index(Index::on("player", ["id"]).unique().named("one")).unwrap();
        migrator.rename_index("one", "only").unwrap();
        migrator.rename_column("player", "experience", "xp").unwrap();
        migrator.rename_table("player", "gamer").unwrap();
        let row: (i64, String) = connection
            .query_row("SELECT id, xp FROM gamer INDEXED BY player_experience", [], |row| {
                Ok((row.get(0)?, row.get(1)?))
            })
            .unwrap();
        assert_eq!(row, (7, "0".to_owned()));
        migrator.drop_index("only").unwrap();
        migrator.drop_column_cascade("gamer", "xp").unwrap();
        migrator.drop_table("gamer").unwrap();
        migrator.drop_table_if_exists("gamer").unwrap();
    }

    #[test]
    fn an_error_says_what_was_asked_for_and_where() {
        let connection = rusqlite::Connection::open_in_memory().unwrap();
        let error = Migrator::new(&connection).drop_column("plyer", "a").unwrap_err();
        assert_eq!(error.location().line(), line!() - 1);
        assert_eq!(error.to_string(), "cannot drop column `a` of table `plyer`");
        assert!(error.source().downcast_ref::<OperationError>().is_some());
    }
}
