//! Writes new values by key.

use rusqlite::types::{ToSqlOutput, ValueRef};
use rusqlite::{Connection, Statement};

use super::cells::Cells;
use super::failure::{Fault, RowError};
use super::layout::Layout;
use super::literal::literal;
use super::refusal::RowsError;
use super::row::Row;

/// The statement of a pass that writes, compiled once.
pub(super) struct Writer<'c> {
    connection: &'c Connection,
    /// None where nothing is to be written.
    update: Option<Statement<'c>>,
}

/// The key and the new values of a row.
#[derive(Clone, Copy)]
pub(super) struct Change<'a> {
    pub(super) keys: &'a Cells,
    pub(super) key_at: usize,
    pub(super) new: &'a Cells,
    pub(super) new_at: usize,
}

impl<'c> Writer<'c> {
    pub(super) fn new(connection: &'c Connection, layout: &Layout) -> Result<Self, RowsError> {
        match layout.update().map(|sql| connection.prepare(&sql)).transpose() {
            Ok(update) => Ok(Self { connection, update }),
            Err(source) => {
                let table = layout.table.clone();
                Err(RowsError::Sqlite { table, attempt: "write the rows of", source })
            }
        }
    }

    /// Writes one row.
    pub(super) fn write(
        &mut self,
        layout: &Layout,
        change: Change<'_>,
    ) -> Result<(), Box<RowError>> {
        match self.update(layout, change) {
            Ok(1) => Ok(()),
            Ok(_) => Err(self.error(layout, change, Fault::Gone)),
            Err(source) => {
                let values = change.new.range(change.new_at, layout.new.len());
                let columns = layout.new.iter().zip(values);
                let new: Vec<_> =
                    columns.map(|(name, value)| format!("`{name}` = {}", literal(value))).collect();
                Err(self.error(layout, change, Fault::Write { new: new.join(", "), source }))
            }
        }
    }

    fn update(&mut self, layout: &Layout, change: Change<'_>) -> rusqlite::Result<usize> {
        let update = self.update.as_mut().ok_or(rusqlite::Error::InvalidQuery)?;
        let new = change.new.range(change.new_at, layout.new.len());
        let values = new.chain(change.key(layout));
        for (number, value) in (1..).zip(values) {
            update.raw_bind_parameter::<usize, _>(number, ToSqlOutput::Borrowed(value))?;
        }
        update.raw_execute()
    }

    /// Names the row by what the table holds of it, since nothing of it was written; by its key if it is gone.
    #[cold]
    fn error(&self, layout: &Layout, change: Change<'_>, fault: Fault) -> Box<RowError> {
        let (key, values) = self.words(layout, change).unwrap_or_else(|_| {
            let key: Vec<_> = change.key(layout).map(literal).collect();
            (key.join(", "), String::new())
        });
        Box::new(RowError { table: layout.table.clone(), key, values, fault })
    }

    fn words(&self, layout: &Layout, change: Change<'_>) -> rusqlite::Result<(String, String)> {
        let mut one = self.connection.prepare(&layout.one())?;
        for (number, value) in (1..).zip(change.key(layout)) {
            one.raw_bind_parameter::<usize, _>(number, ToSqlOutput::Borrowed(value))?;
        }
        let mut rows = one.raw_query();
        let row = rows.next()?.ok_or(rusqlite::Error::QueryReturnedNoRows)?;
        let row = Row::running(layout, row);
        Ok((row.key(), row.values()))
    }
}

impl<'a> Change<'a> {
    fn key(self, layout: &Layout) -> impl Iterator<Item = ValueRef<'a>> {
        self.keys.range(self.key_at, layout.key.width())
    }
}
