//! The new values that the function gives for a row.

use rusqlite::ToSql;
use rusqlite::types::{ToSqlOutput, ValueRef};

use super::cells::Cells;
use crate::Result;

/// The new values of a row, one for each column that [`Rows::update`](super::Rows::update) names, in that order:
/// an array, a tuple of up to twelve types, or a `Vec`, of what rusqlite can write. NULL is `None::<T>` or
/// [`rusqlite::types::Null`].
///
/// A type of your own may be it too:
///
/// ```
/// use migration_api::prelude::*;
/// use migration_api::rows::{NewRow, NewValues};
///
/// struct Name { family: String, given: Option<String> }
///
/// impl NewValues for Name {
///     fn put(self, row: &mut NewRow<'_>) -> Result {
///         row.push(&self.family)?;
///         row.push(&self.given)
///     }
/// }
/// ```
pub trait NewValues {
    /// Gives each value to `row`.
    ///
    /// # Errors
    /// A value that SQLite cannot hold.
    fn put(self, row: &mut NewRow<'_>) -> Result;
}

/// Takes the new values of a row.
pub struct NewRow<'c> {
    cells: &'c mut Cells,
}

impl<'c> NewRow<'c> {
    pub(super) fn new(cells: &'c mut Cells) -> Self {
        Self { cells }
    }

    /// Takes the value of the next column.
    ///
    /// # Errors
    /// A value that SQLite cannot hold, as a `u64` above the largest `i64`.
    #[track_caller]
    pub fn push(&mut self, value: &dyn ToSql) -> Result {
        match value.to_sql() {
            Ok(ToSqlOutput::Borrowed(value)) => self.cells.push(value),
            Ok(ToSqlOutput::Owned(value)) => self.cells.push(ValueRef::from(&value)),
            Ok(_) => return Err("a value that is neither NULL, a number, a text nor a blob".into()),
            Err(error) => return Err(error.into()),
        }
        Ok(())
    }
}

impl<T: ToSql, const N: usize> NewValues for [T; N] {
    fn put(self, row: &mut NewRow<'_>) -> Result {
        self.iter().try_for_each(|value| row.push(value))
    }
}

impl<T: ToSql> NewValues for Vec<T> {
    fn put(self, row: &mut NewRow<'_>) -> Result {
        self.iter().try_for_each(|value| row.push(value))
    }
}

/// Makes tuples new values, each with all that are shorter.
macro_rules! tuples {
    ($first:ident $($rest:ident)*) => {
        impl<$first: ToSql, $($rest: ToSql),*> NewValues for ($first, $($rest,)*) {
            #[allow(non_snake_case, reason = "each type names its value")]
            fn put(self, row: &mut NewRow<'_>) -> Result {
                let ($first, $($rest,)*) = self;
                row.push(&$first)?;
                $(row.push(&$rest)?;)*
                Ok(())
            }
        }
        tuples! { $($rest)* }
    };
    () => {};
}

tuples! { A B C D E F G H I J K L }
