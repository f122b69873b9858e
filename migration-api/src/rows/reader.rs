//! Reads the rows behind a key, in its order.

use rusqlite::types::{ToSqlOutput, ValueRef};
use rusqlite::{Connection, Row, Statement};

use super::cells::Cells;
use super::layout::Layout;
use super::refusal::RowsError;

/// The statements of a pass that read, each compiled once.
///
/// The rows behind a key of several columns are those that agree with it in all but the last and come behind in
/// that, then those that agree in all but the last two, and so on. Each of these is a piece of the index.
pub(super) struct Reader<'c> {
    connection: &'c Connection,
    /// From the start, and behind each prefix of the key.
    sql: Vec<String>,
    statements: Vec<Option<Statement<'c>>>,
    width: usize,
    table: String,
    /// The key of the row behind which there is nothing to read.
    last: Option<Cells>,
}

/// Whether another row is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Wanted {
    More,
    Enough,
}

/// Whether there may be rows behind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Left {
    Some,
    None,
}

/// How a piece of the index came to its end.
enum Piece {
    Ended,
    /// By the row that was to be the last.
    Last,
    Enough,
    /// By a row that holds NULL in its key.
    Null,
}

impl<'c> Reader<'c> {
    /// Compiles the statement that a pass begins with, so that what is wrong with it is known before the first row.
    pub(super) fn new(connection: &'c Connection, layout: &Layout) -> Result<Self, RowsError> {
        let width = layout.key.width();
        let behind = (1..=width).map(|prefix| layout.behind(prefix));
        let sql: Vec<_> = std::iter::once(layout.all()).chain(behind).collect();
        let statements: Vec<_> = sql.iter().map(|_| None).collect();
        let table = layout.table.clone();
        let mut reader = Self { connection, sql, statements, width, table, last: None };
        match compiled(connection, &reader.sql[0], &mut reader.statements[0]) {
            Ok(_) => Ok(reader),
            Err(source) => Err(reader.failed(source)),
        }
    }

    /// Reads no further than to the row that is the last one now: a trigger may add a row behind for each that is
    /// written, and there would be no end.
    pub(super) fn end_with_the_last(&mut self, layout: &Layout) -> Result<(), RowsError> {
        let read = || {
            let mut statement = self.connection.prepare(&layout.last())?;
            let mut rows = statement.query([])?;
            let mut key = Cells::default();
            let Some(row) = rows.next()? else { return Ok(None) };
            (0..self.width).try_for_each(|at| row.get_ref(at).map(|value| key.push(value)))?;
            Ok(Some(key))
        };
        self.last = read().map_err(|source| self.failed(source))?;
        Ok(())
    }

    /// Gives the rows behind `key` to `each`, or all rows if it is empty. `key` is that of the row which `each` has.
    pub(super) fn read(
        &mut self,
        key: &mut Cells,
        each: &mut dyn FnMut(&Row<'_>, &Cells) -> Wanted,
    ) -> Result<Left, RowsError> {
        let mut prefix = if key.len() == 0 { 0 } else { self.width };
        loop {
            match self.piece(prefix, key, each) {
                // The shorter prefix of the last row is that of the key that this began with.
                Ok(Piece::Ended) if prefix > 1 => prefix -= 1,
                Ok(Piece::Ended | Piece::Last) => return Ok(Left::None),
                Ok(Piece::Enough) => return Ok(Left::Some),
                Ok(Piece::Null) => return Err(RowsError::NullInKey { table: self.table.clone() }),
                Err(source) => return Err(self.failed(source)),
            }
        }
    }

    /// The rows that agree with a prefix of `key` in all columns but the last.
    fn piece(
        &mut self,
        prefix: usize,
        key: &mut Cells,
        each: &mut dyn FnMut(&Row<'_>, &Cells) -> Wanted,
    ) -> rusqlite::Result<Piece> {
        let width = self.width;
        let Self { connection, sql, statements, .. } = self;
        let statement = compiled(connection, &sql[prefix], &mut statements[prefix])?;
        for (number, value) in (1..=prefix).zip(key.range(0, prefix)) {
            statement.raw_bind_parameter(number, ToSqlOutput::Borrowed(value))?;
        }
        let mut rows = statement.raw_query();
        while let Some(row) = rows.next()? {
            key.clear();
            for at in 0..width {
                let value = row.get_ref(at)?;
                if value == ValueRef::Null {
                    // Nothing is behind NULL: all other rows would be passed over in silence.
                    return Ok(Piece::Null);
                }
                key.push(value);
            }
            let wanted = each(row, key);
            if self.last.as_ref() == Some(key) {
                return Ok(Piece::Last);
            }
            if wanted == Wanted::Enough {
                return Ok(Piece::Enough);
            }
        }
        Ok(Piece::Ended)
    }

    fn failed(&self, source: rusqlite::Error) -> RowsError {
        let table = self.table.clone();
        RowsError::Sqlite { table, attempt: "read the rows of", source }
    }
}

/// The statement in `slot`, compiled when it is needed first.
fn compiled<'s, 'c>(
    connection: &'c Connection,
    sql: &str,
    slot: &'s mut Option<Statement<'c>>,
) -> rusqlite::Result<&'s mut Statement<'c>> {
    match slot {
        Some(statement) => Ok(statement),
        None => Ok(slot.insert(connection.prepare(sql)?)),
    }
}
