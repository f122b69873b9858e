//! Rows as structs: what they are in a table, and what they are to become.

use std::marker::PhantomData;

use rusqlite::ToSql;

use super::builder::{Rows, RowsOnAllCores};
use super::row::Row;
use super::values::{NewRow, NewValues};
use crate::Result;

/// The rows of a table as values of a type, which a migration has for itself: it stays what it is when the structs of the
/// application change. `runner create NAME --typed TABLE` writes it.
///
/// Its names are those that the table and its columns have when [`Migrator::rows_of`](crate::Migrator::rows_of) goes over
/// them.
pub trait TableRow: Sized {
    /// The table.
    const TABLE: &'static str;

    /// The columns that are read: those that [`Self::from_row`] asks for.
    const COLUMNS: &'static [&'static str];

    /// The value of a row.
    ///
    /// # Errors
    /// A value that is NULL, or of another type than the field; [`Row::get`] names row, column and value.
    fn from_row(row: &Row<'_>) -> Result<Self>;
}

/// New values for some columns of a row.
///
/// What it belongs to is part of its type: a change of the rows of one table is none of another's.
///
/// ```compile_fail,E0271
/// # use migration_api::prelude::*;
/// # use migration_api::rows::{NewValue, Row, RowChange, TableRow};
/// # struct Purse;
/// # impl TableRow for Purse {
/// #     const TABLE: &'static str = "purse";
/// #     const COLUMNS: &'static [&'static str] = &[];
/// #     fn from_row(_: &Row<'_>) -> Result<Self> { Ok(Self) }
/// # }
/// # struct Player;
/// # impl TableRow for Player {
/// #     const TABLE: &'static str = "player";
/// #     const COLUMNS: &'static [&'static str] = &[];
/// #     fn from_row(_: &Row<'_>) -> Result<Self> { Ok(Self) }
/// # }
/// # struct PlayerChange { level: i64 }
/// # impl RowChange for PlayerChange {
/// #     type Row = Player;
/// #     const COLUMNS: &'static [NewValue<Self>] = &[("level", |it| &it.level)];
/// # }
/// # fn migrate(migrator: &Migrator<'_>) -> Result<u64> {
/// migrator.rows_of::<Purse>().update(|_| Ok(Some(PlayerChange { level: 1 })))
/// # }
/// ```
pub trait RowChange: Sized + 'static {
    /// The row that it changes, as it was.
    type Row: TableRow;

    /// The columns that are written, each with the value that it gets.
    const COLUMNS: &'static [NewValue<Self>];
}

/// A column, and its new value in a change.
pub type NewValue<C> = (&'static str, fn(&C) -> &dyn ToSql);

/// A pass over the rows of a table as values of `T`: [`Migrator::rows_of`](crate::Migrator::rows_of).
#[must_use = "nothing is done before `update` or `for_each`"]
pub struct RowsOf<'m, T> {
    rows: Rows<'m>,
    of: PhantomData<fn() -> T>,
}

/// A pass whose function runs on all cores: [`RowsOf::on_all_cores`].
#[must_use = "nothing is done before `update`"]
pub struct RowsOfOnAllCores<'m, T> {
    rows: RowsOnAllCores<'m>,
    of: PhantomData<fn() -> T>,
}

impl<'m, T: TableRow> RowsOf<'m, T> {
    pub(crate) fn new(rows: Rows<'m>) -> Self {
        Self { rows: rows.read(T::COLUMNS.iter().copied()), of: PhantomData }
    }

    /// As [`Rows::filter`].
    pub fn filter(self, condition: impl Into<String>) -> Self {
        Self { rows: self.rows.filter(condition), ..self }
    }

    /// As [`Rows::with_progress`].
    pub fn with_progress(self) -> Self {
        Self { rows: self.rows.with_progress(), ..self }
    }

    /// As [`Rows::skip_failures`].
    pub fn skip_failures(self, most: u64) -> Self {
        Self { rows: self.rows.skip_failures(most), ..self }
    }

    /// As [`Rows::on_all_cores`], behind what else is asked for.
    pub fn on_all_cores(self) -> RowsOfOnAllCores<'m, T> {
        RowsOfOnAllCores { rows: self.rows.on_all_cores(), of: PhantomData }
    }

    /// Has `function` see the rows, as [`Rows::for_each`] does.
    ///
    /// # Errors
    /// As [`Rows::for_each`]; a value that is not of its field's type, with row and column.
    ///
    /// # Panics
    /// If the function does; the message names the row.
    #[track_caller]
    pub fn for_each(self, mut function: impl FnMut(T) -> Result) -> Result {
        self.rows.for_each(|row| function(T::from_row(row)?))
    }

    /// Has `function` go over the rows, as [`Rows::update`] does: what it returns are the new values, or `None` for a row
    /// that stays as it is.
    ///
    /// # Errors
    /// As [`Rows::update`]; a value that is not of its field's type, with row and column.
    ///
    /// # Panics
    /// If the function does; the message names the row.
    #[track_caller]
    pub fn update<C: RowChange<Row = T>>(
        self,
        mut function: impl FnMut(T) -> Result<Option<C>>,
    ) -> Result<u64> {
        self.rows.update(columns::<C>(), |row| Ok(function(T::from_row(row)?)?.map(Change)))
    }
}

impl<T: TableRow> RowsOfOnAllCores<'_, T> {
    /// As [`RowsOf::update`], on all cores: see [`RowsOnAllCores::update`].
    ///
    /// # Errors
    /// As [`RowsOf::update`].
    ///
    /// # Panics
    /// If the function does; the message names the row.
    #[track_caller]
    pub fn update<C: RowChange<Row = T>>(
        self,
        function: impl Fn(T) -> Result<Option<C>> + Sync,
    ) -> Result<u64> {
        self.rows.update(columns::<C>(), |row| Ok(function(T::from_row(row)?)?.map(Change)))
    }
}

fn columns<C: RowChange>() -> impl Iterator<Item = &'static str> {
    C::COLUMNS.iter().map(|(name, _)| *name)
}

/// A change as new values.
struct Change<C>(C);

impl<C: RowChange> NewValues for Change<C> {
    fn put(self, row: &mut NewRow<'_>) -> Result {
        C::COLUMNS.iter().try_for_each(|(_, value)| row.push(value(&self.0)))
    }
}
