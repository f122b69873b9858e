//! A pass over the rows of a table, one batch after another.
#![cfg_attr(not(test), allow(dead_code, reason = "for migrations whose batches are transactions"))]

use std::panic::Location;
use std::time::Instant;

use rusqlite::Connection;

use super::builder::Spec;
use super::cells::Cells;
#[cfg(doc)]
use super::cores;
use super::cursor::Cursor;
use super::failure::{Fault, RowError};
use super::here::Pending;
use super::key::KeyKind;
use super::layout::Layout;
use super::reader::{Left, Reader, Wanted};
use super::refusal::RowsError;
use super::row::Row;
use super::table::{Table, Triggers};
use super::values::NewRow;
use super::writer::Writer;
use super::{here, panicked};
use crate::host::Host;
use crate::{Error, Result};

pub(crate) use super::table::Span;

/// What is to be done with a row: whether it gets the values that were put into the new row.
pub(crate) type Function<'f> = dyn FnMut(&Row<'_>, &mut NewRow<'_>) -> Result<bool> + 'f;

/// The same, on several threads at a time.
pub(crate) type Pure<'f> = dyn Fn(&Row<'_>, &mut NewRow<'_>) -> Result<bool> + Sync + 'f;

/// The function, and where it runs.
pub(crate) enum Work<'f> {
    /// On the thread of the connection.
    Here(&'f mut Function<'f>),
    /// On a thread for each core, by [`cores::run`]. It is named only where all cores are asked for: a library that
    /// does not ask for them is built without threads and channels.
    Cores(&'f Pure<'f>, RunOnCores),
}

/// [`cores::run`].
pub(crate) type RunOnCores = for<'p> fn(
    &mut Parts<'p>,
    usize,
    &Pure<'_>,
    &mut Cursor,
    Budget,
    &mut dyn FnMut(u64),
) -> Result<(Left, Tally), Stopped>;

/// How much a batch may do. It sees one row at least, if there is one.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Budget {
    /// The most rows that it looks at, those included that the filter does not let through.
    pub(crate) rows: u64,
    /// When it should be back. Rows that are read are written first.
    pub(crate) until: Option<Instant>,
}

/// What a batch did.
#[derive(Debug)]
pub(crate) struct Batch {
    /// Where the next one begins.
    pub(crate) cursor: Vec<u8>,
    /// The rows that it looked at.
    pub(crate) seen: u64,
    /// Those of them that the filter let through: the function has had them.
    pub(crate) read: u64,
    /// Those of them that were written.
    pub(crate) changed: u64,
    /// Whether there was no row behind them.
    pub(crate) ended: bool,
}

/// Why a batch failed. What it wrote is to be rolled back.
#[derive(Debug)]
pub(crate) enum Stopped {
    /// One row is the reason.
    Row(Box<RowFailure>),
    /// It is no row.
    Refused(RowsError),
    /// It was refused before.
    NotPrepared,
}

/// The first row of a batch, in the order of the key, that failed.
#[derive(Debug)]
pub(crate) struct RowFailure {
    /// A [`RowError`], with the line of the migration.
    pub(crate) error: Error,
    /// How many rows before it the batch looked at: with a budget of so many it succeeds. 0: it is the first.
    pub(crate) good: u64,
    /// Where a batch begins that leaves it out.
    pub(crate) cursor_after: Vec<u8>,
    /// As [`RowError::key`].
    pub(crate) key: String,
    /// As [`RowError::values`].
    pub(crate) values: String,
    /// What is wrong with it.
    pub(crate) reason: String,
}

/// A row, named for a failure that happens after its batch.
#[derive(Debug)]
pub(crate) struct NextRow {
    pub(crate) cursor_after: Vec<u8>,
    pub(crate) key: String,
    pub(crate) values: String,
}

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
}

/// The rows of a batch so far.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Tally {
    pub(super) seen: u64,
    pub(super) read: u64,
    pub(super) changed: u64,
}

/// The number of rows that the function of a pass in several transactions will get. No read lasts long: the table is
/// read in slices, which others may change in between.
///
/// # Errors
/// There is no such table or column; an error of SQLite; a wish to stop.
pub(crate) fn count(connection: &Connection, host: &dyn Host, spec: &Spec) -> Result<u64, Stopped> {
    const SLICE: u64 = 20_000;
    let table =
        Table::read(connection, &spec.table, Span::Transactions).map_err(Stopped::Refused)?;
    let layout = Layout::of(connection, table, spec).map_err(Stopped::Refused)?.without_values();
    let mut reader = Reader::new(connection, &layout).map_err(Stopped::Refused)?;
    let (mut key, mut count, mut left) = (Cells::default(), 0, Left::Some);
    while left == Left::Some {
        if host.should_stop() {
            return Err(Stopped::Refused(RowsError::Stopped));
        }
        let mut seen = 0;
        let read = reader.read(&mut key, &mut |row, _| {
            seen += 1;
            count += u64::from(layout.lets_through(row));
            if seen < SLICE { Wanted::More } else { Wanted::Enough }
        });
        left = read.map_err(Stopped::Refused)?;
    }
    Ok(count)
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
        let triggers = table.triggers;
        let layout = Layout::of(connection, table, spec)?;
        let mut reader = Reader::new(connection, &layout)?;
        if span == Span::OneTransaction && triggers == Triggers::Some {
            reader.end_with_the_last(&layout)?;
        }
        let writer = Writer::new(connection, &layout)?;
        let location = spec.location;
        let parts = Parts { connection, host, layout, reader, writer, location, span };
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
                                   changed twice; start the step over, or give the table a primary key that is NOT NULL";
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

impl Budget {
    /// Whether no row more is to be looked at after `seen`, if what is left to do takes until `then`.
    pub(super) fn is_used(&self, seen: u64, then: impl FnOnce() -> Instant) -> bool {
        seen > 0 && (seen >= self.rows || self.until.is_some_and(|until| then() >= until))
    }
}

impl RowFailure {
    /// The failure of a row, which was the one with the number `ordinal`, from 1, that the batch looked at.
    pub(super) fn stopped(error: Error, ordinal: u64, cursor_after: Vec<u8>) -> Stopped {
        let row = error.source().downcast_ref::<RowError>();
        let (key, values, reason) = row.map_or_else(Default::default, |row| {
            (row.key.clone(), row.values.clone(), row.reason())
        });
        let good = ordinal - 1;
        Stopped::Row(Box::new(Self { error, good, cursor_after, key, values, reason }))
    }
}

/// Calls the function for `row`, and says whether the row is to be written. Whatever goes wrong names the row.
pub(super) fn call(
    layout: &Layout,
    location: &'static Location<'static>,
    row: &Row<'_>,
    new: &mut Cells,
    function: impl FnOnce(&Row<'_>, &mut NewRow<'_>) -> Result<bool>,
) -> Result<bool> {
    let mark = new.mark();
    let before = new.len();
    let outcome = panicked::catch(|| function(row, &mut NewRow::new(new)));
    let (given, wanted) = (new.len() - before, layout.new.len());
    let fault = match outcome {
        Ok(Ok(true)) if given == wanted => return Ok(true),
        Ok(Ok(true)) => Fault::Count { given, wanted },
        Ok(Ok(false)) => {
            new.back_to(mark);
            return Ok(false);
        }
        Ok(Err(error)) if error.source().is::<RowError>() => return Err(error),
        Ok(Err(error)) => return Err(error.wrapped(|inner| row.error(Fault::Function(inner)))),
        Err(panic) => Fault::Panic(panic),
    };
    new.back_to(mark);
    Err(Error::from(row.error(fault)).at(location))
}
