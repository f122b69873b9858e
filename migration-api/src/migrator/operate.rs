//! The methods that carry out one operation: [`Migrator::run`] with that operation alone.
//!
//! Each constructor of [`Operation`] is a method too, with the same arguments and the same documentation. They
//! come from the table of operations, `operation.rs` in `migration-operation`.
//!
//! Several changes of one table cost one rebuild when they are run together, and one each when they
//! are not.

// The rows of the table name types of any operation.
use crate::operation::*;
use crate::{Migrator, Result};

/// Makes the methods of `Migrator` of the constructors of `Operation`.
macro_rules! methods {
    ($($(#$doc:tt)* fn $constructor:ident $(as $method:ident)? ($($argument:tt)*))*) => {
        impl Migrator<'_> {
            $(method! { $(#$doc)* fn $constructor $(as $method)? ($($argument)*) })*
        }
    };
}

/// Makes one method: called as its constructor, or as the table says.
macro_rules! method {
    ($(#$doc:tt)* fn $constructor:ident ($($argument:tt)*)) => {
        method! { $(#$doc)* fn $constructor as $constructor ($($argument)*) }
    };
    (
        $(#$doc:tt)*
        fn $constructor:ident as $method:ident ($($argument:ident: $type:ty),* $(,)?)
    ) => {
        $(#$doc)*
        #[doc = ""]
        #[doc = " # Errors"]
        #[doc = " As [`Self::run`]."]
        #[track_caller]
        pub fn $method(&mut self, $($argument: $type),*) -> Result {
            self.run_one(Operation::$constructor($($argument),*))
        }
    };
}

each_constructor!(methods);

impl Migrator<'_> {
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
