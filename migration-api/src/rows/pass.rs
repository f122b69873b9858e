//! A pass over the rows of a table, one batch after another.

use std::panic::Location;

use rusqlite::Connection;

use super::batch::{Batch, Budget, NextRow, Stopped, Tally};
use super::builder::{Purpose, Spec};
use super::cursor::Cursor;
use super::function::Work;
use super::here::{self, Pending};
use super::key::KeyKind;
use super::layout::Layout;
use super::reader::{Left, Reader, Wanted};
use super::refusal::RowsError;
use super::row::Row;
use super::table::{SideEffects, Span, Table};
use super::values::NewRow;
use super::writer::Writer;
use crate::host::Host;

/// A pass over the rows of a table. Its statements are compiled once.
pub(crate) struct Pass<'p, 'f> {
    parts: Parts<'p>,
    work: Work<'f>,
    pending: Pending,
}

/// What reads and writes.
pub(crate) struct Parts<'p> {
    connection: &'p Connection,
    pub(super) host: &'p dyn Host,
    pub(super) layout: Layout,
    pub(super) reader: Reader<'p>,
    pub(super) writer: Writer<'p>,
    /// The line that asked for the pass.
    pub(super) location: &'static Location<'static>,
    span: Span,
    pub(super) side_effects: SideEffects,
}

impl<'p, 'f> Pass<'p, 'f> {
    /// Looks at the table and compiles the statements.
    ///
    /// # Errors
    /// There is no such table or column, or the pass cannot promise what it has to.
    pub(crate) fn prepare(
        connection: &'p Connection,
        host: &'p dyn Host,
        spec: &Spec,
        span: Span,
        work: Work<'f>,
    ) -> Result<Self, RowsError> {
        let table = Table::read(connection, &spec.table, span)?;
        let side_effects = table.side_effects;
        let layout = Layout::of(connection, table, spec)?;
        let mut reader = Reader::new(connection, &layout)?;
        // What reads alone writes elsewhere, perhaps behind in the same table.
        let may_grow = side_effects == SideEffects::Possible || spec.purpose == Purpose::Read;
        if span == Span::OneTransaction && may_grow {
            reader.end_with_the_last(&layout)?;
        }
        let writer = Writer::new(connection, &layout)?;
        let location = spec.location;
        let parts =
            Parts { connection, host, layout, reader, writer, location, span, side_effects };
        Ok(Self { parts, work, pending: Pending::default() })
    }

    /// Has the function go over the rows behind `cursor`, or from the start if it is empty.
    ///
    /// # Errors
    /// The first row that fails; a cursor that is not of this pass; an error of SQLite; a wish to stop. What was
    /// written is still there: the caller rolls it back.
    pub(crate) fn batch(&mut self, cursor: &[u8], budget: Budget) -> Result<Batch, Stopped> {
        let mut cursor = self.parts.cursor(cursor)?;
        let (left, tally) = self.run(&mut cursor, budget, &mut |_| {})?;
        Ok(Batch {
            cursor: cursor.encode(&self.parts.layout.key),
            seen: tally.seen,
            read: tally.read,
            changed: tally.changed,
            ended: left == Left::None,
        })
    }

    /// All rows at once; `written` hears how many the function has had, whenever some were written.
    pub(super) fn all(&mut self, written: &mut dyn FnMut(u64)) -> Result<u64, Stopped> {
        let budget = Budget { rows: u64::MAX, until: None };
        let mut cursor = self.parts.cursor(&[])?;
        let (_, tally) = self.run(&mut cursor, budget, written)?;
        Ok(tally.changed)
    }

    fn run(
        &mut self,
        cursor: &mut Cursor,
        budget: Budget,
        written: &mut dyn FnMut(u64),
    ) -> Result<(Left, Tally), Stopped> {
        let Self { parts, work, pending } = self;
        match work {
            Work::Here(function) => here::run(parts, pending, *function, cursor, budget, written),
            Work::Cores(function, run_on_cores) => {
                let threads = std::thread::available_parallelism().map_or(1, usize::from);
                if threads == 1 {
                    let function = &mut |row: &Row<'_>, new: &mut NewRow<'_>| function(row, new);
                    here::run(parts, pending, function, cursor, budget, written)
                } else {
                    run_on_cores(parts, threads, *function, cursor, budget, written)
                }
            }
        }
    }

    /// The next row behind `cursor` that the function would get.
    ///
    /// # Errors
    /// A cursor that is not of this pass; an error of SQLite.
    pub(crate) fn next_row(&mut self, cursor: &[u8]) -> Result<Option<NextRow>, Stopped> {
        let mut cursor = self.parts.cursor(cursor)?;
        let mut words = None;
        let Parts { layout, reader, .. } = &mut self.parts;
        let read = reader.read(&mut cursor.key, &mut |row, _| {
            if !layout.lets_through(row) {
                return Wanted::More;
            }
            let row = Row::running(layout, row);
            words = Some((row.key(), row.values()));
            Wanted::Enough
        });
        read.map_err(Stopped::Refused)?;
        let cursor_after = cursor.encode(&self.parts.layout.key);
        Ok(words.map(|(key, values)| NextRow { cursor_after, key, values }))
    }

    /// The number of rows that the function will get, within one transaction.
    pub(super) fn count_at_once(&self) -> Result<u64, Stopped> {
        let Parts { connection, layout, .. } = &self.parts;
        let count = connection.query_row(&layout.count(), [], |row| row.get::<_, i64>(0));
        let count = count.map_err(|source| self.parts.failed("count the rows of", source))?;
        Ok(count.unsigned_abs())
    }
}

impl Parts<'_> {
    /// The place that `bytes` say, or the start.
    fn cursor(&self, bytes: &[u8]) -> Result<Cursor, Stopped> {
        let refused = |reason| {
            let table = self.layout.table.clone();
            Stopped::Refused(RowsError::Checkpoint { table, reason })
        };
        let mut cursor = match bytes {
            [] => Cursor::default(),
            bytes => Cursor::decode(bytes, &self.layout.key).map_err(refused)?,
        };
        if self.layout.key.kind == KeyKind::Rowid && self.span == Span::Transactions {
            const CHANGED: &str = "the table has no key but the rowid, and the schema was changed or VACUUM ran since it \
                                   began: rows may have other rowids now, so some would be passed over and others \
                                   changed twice; take it back, or go back to a backup from before it, and give the table a \
                                   primary key that is NOT NULL first";
            let now = self.connection.query_row("PRAGMA main.schema_version", [], |row| row.get(0));
            let now = now.map_err(|source| self.failed("read the schema version of", source))?;
            if !bytes.is_empty() && cursor.schema_version != now {
                return Err(refused(CHANGED));
            }
            cursor.schema_version = now;
        }
        Ok(cursor)
    }

    fn failed(&self, attempt: &'static str, source: rusqlite::Error) -> Stopped {
        let table = self.layout.table.clone();
        Stopped::Refused(RowsError::Sqlite { table, attempt, source })
    }
}
