//! A row as the function sees it.

use rusqlite::types::{FromSql, FromSqlError, ValueRef};

use super::cells::Cells;
use super::failure::{Fault, Mismatch, RowError};
use super::layout::Layout;
use super::literal::literal;
use crate::{Error, Result};

/// A row of the table: the values of the columns that [`Rows::read`](super::Rows::read) names.
pub struct Row<'r> {
    layout: &'r Layout,
    source: Source<'r>,
}

enum Source<'r> {
    /// Values of a statement that runs; nothing is copied.
    Running(&'r rusqlite::Row<'r>),
    /// Values that were kept, from a place on.
    Kept(&'r Cells, usize),
}

impl<'r> Row<'r> {
    pub(super) fn running(layout: &'r Layout, row: &'r rusqlite::Row<'r>) -> Self {
        Self { layout, source: Source::Running(row) }
    }

    pub(super) fn kept(layout: &'r Layout, cells: &'r Cells, from: usize) -> Self {
        Self { layout, source: Source::Kept(cells, from) }
    }

    /// The value of the column `name`, as the type that is asked for: `Option<T>` where it may be NULL,
    /// [`Value`](rusqlite::types::Value) where it may be of any type.
    ///
    /// # Errors
    /// The column was not read, or its value is NULL or of another type. The error names the row, the column and the
    /// value.
    #[track_caller]
    pub fn get<T: FromSql>(&self, name: &str) -> Result<T> {
        let value = self.get_ref(name)?;
        match T::column_result(value) {
            Ok(value) => Ok(value),
            Err(error) => Err(self.mismatch(name, value, &error, std::any::type_name::<T>())),
        }
    }

    /// The value of the column `name` itself: a text or a blob is lent, not copied.
    ///
    /// # Errors
    /// The column was not read.
    #[track_caller]
    pub fn get_ref(&self, name: &str) -> Result<ValueRef<'_>> {
        match self.layout.read.iter().position(|read| read.eq_ignore_ascii_case(name)) {
            Some(at) => Ok(self.value(self.layout.first_read() + at)),
            None => Err(self.not_read(name)),
        }
    }

    /// The key of the row in words: `17`, `'ada'`, `(1, 'ada')`. Where the table has a primary key, it is that;
    /// otherwise the rowid.
    #[must_use]
    pub fn key(&self) -> String {
        let labels: Vec<_> = self.layout.labels().map(|at| self.value(at)).collect();
        let words = |values: &[ValueRef<'_>]| match values {
            [one] => literal(*one),
            several => {
                let several: Vec<_> = several.iter().map(|value| literal(*value)).collect();
                format!("({})", several.join(", "))
            }
        };
        if !labels.is_empty() && !labels.contains(&ValueRef::Null) {
            return words(&labels);
        }
        words(&(0..self.layout.key.width()).map(|at| self.value(at)).collect::<Vec<_>>())
    }

    /// The values that were read, in words: "`amount` = '2s 6d', `coin` = NULL"; of many columns the first.
    pub(super) fn values(&self) -> String {
        const SHOWN: usize = 8;
        let columns = self.layout.read.iter().zip(self.layout.first_read()..);
        let values = columns.map(|(name, at)| format!("`{name}` = {}", literal(self.value(at))));
        let shown = values.take(SHOWN).collect::<Vec<_>>().join(", ");
        match self.layout.read.len().saturating_sub(SHOWN) {
            0 => shown,
            more => format!("{shown}, and {more} more"),
        }
    }

    pub(super) fn value(&self, at: usize) -> ValueRef<'_> {
        match self.source {
            // It is one of the columns that the layout itself has put there.
            Source::Running(row) => row.get_ref(at).unwrap_or(ValueRef::Null),
            Source::Kept(cells, from) => cells.get(from + at),
        }
    }

    pub(super) fn error(&self, fault: Fault) -> RowError {
        RowError { table: self.layout.table.clone(), key: self.key(), values: self.values(), fault }
    }

    #[cold]
    #[track_caller]
    fn not_read(&self, name: &str) -> Error {
        self.error(Fault::NotRead { column: name.to_owned() }).into()
    }

    #[cold]
    #[track_caller]
    fn mismatch(
        &self,
        name: &str,
        value: ValueRef<'_>,
        error: &FromSqlError,
        wanted: &str,
    ) -> Error {
        self.error(Fault::Mismatch(Mismatch::of(name, value, wanted, error))).into()
    }
}
