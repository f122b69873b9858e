//! The thread of the connection: it reads ahead, and writes in order.

use std::collections::BTreeMap;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender};
use std::time::{Duration, Instant};

use super::super::batch::{Budget, RowFailure, Stopped, Tally};
use super::super::cells::Cells;
use super::super::cursor::Cursor;
use super::super::pass::Parts;
use super::super::reader::{Left, Wanted};
use super::super::refusal::RowsError;
use super::super::row::Row;
use super::super::writer::Change;
use super::AHEAD;
use super::chunk::{Chunk, Numbered};
use super::pace::{self, Pace};
use crate::Error;

/// How often it is asked whether to stop, while nothing is ready.
const ASKING: Duration = Duration::from_millis(20);

/// The threads, as the pipeline sees them.
pub(super) struct Threads {
    pub(super) count: u32,
    pub(super) jobs: Sender<Numbered>,
    pub(super) results: Receiver<Numbered>,
    /// The bytes that are read of a chunk.
    pub(super) most_bytes: usize,
}

/// The thread of the connection.
pub(super) struct Pipeline<'l, 'p> {
    parts: &'l mut Parts<'p>,
    cursor: &'l mut Cursor,
    budget: Budget,
    /// It owns their jobs: whichever way it ends, they find no more.
    threads: Threads,
    /// Chunks that are ready before one that was read before them.
    early: BTreeMap<u64, Chunk>,
    tally: Tally,
    left: Left,
}

impl<'l, 'p> Pipeline<'l, 'p> {
    pub(super) fn new(
        parts: &'l mut Parts<'p>,
        cursor: &'l mut Cursor,
        budget: Budget,
        threads: Threads,
    ) -> Self {
        let (early, tally, left) = (BTreeMap::new(), Tally::default(), Left::Some);
        Self { parts, cursor, budget, threads, early, tally, left }
    }

    /// Reads ahead and writes until the budget is used and nothing is under way.
    pub(super) fn run(mut self, written: &mut dyn FnMut(u64)) -> Result<(Left, Tally), Stopped> {
        let (mut sent, mut taken) = (0, 0);
        let (mut pace, mut spare) = (Pace::new(), Vec::<Chunk>::new());
        loop {
            while self.left == Left::Some && sent - taken < u64::from(AHEAD * self.threads.count) {
                // What is under way has to be waited for and written before it can be back.
                let under_way = pace.interval * u32::try_from(sent - taken).unwrap_or(u32::MAX);
                if self.budget.is_used(self.tally.seen, || Instant::now() + under_way) {
                    break;
                }
                let mut chunk = spare.pop().unwrap_or_default();
                self.read(&mut chunk, pace.rows)?;
                if chunk.ordinals.is_empty() {
                    spare.push(chunk);
                    continue;
                }
                // It fails if no thread is left, and then so does the wait for what they give.
                let _ = self.threads.jobs.send((sent, chunk));
                sent += 1;
            }
            if sent == taken {
                return Ok((self.left, self.tally));
            }
            let mut chunk = self.next(taken)?;
            let begun = Instant::now();
            self.tally.changed += self.write(&mut chunk)?;
            pace.learn(&chunk, begun.elapsed(), self.threads.count);
            if !chunk.is_done() {
                // The rest of it is computed under its old number, so that nothing behind it is written before.
                chunk.forget_written();
                let _ = self.threads.jobs.send((taken, chunk));
                continue;
            }
            written(chunk.read);
            taken += 1;
            chunk.clear();
            spare.push(chunk);
        }
    }

    /// Reads some rows into `chunk`.
    fn read(&mut self, chunk: &mut Chunk, rows: usize) -> Result<(), Stopped> {
        let tally = &mut self.tally;
        let Parts { layout, reader, host, .. } = &mut *self.parts;
        if host.should_stop() {
            return Err(Stopped::Refused(RowsError::Stopped));
        }
        let most = tally.seen + pace::MOST as u64;
        let (width, budget, most_bytes) = (layout.width(), self.budget, self.threads.most_bytes);
        let read = reader.read(&mut self.cursor.key, &mut |row, _| {
            tally.seen += 1;
            if layout.lets_through(row) {
                tally.read += 1;
                let row = Row::running(layout, row);
                (0..width).for_each(|at| chunk.rows.push(row.value(at)));
                chunk.ordinals.push(tally.seen);
            }
            let is_full = chunk.ordinals.len() >= rows || chunk.rows.size() >= most_bytes;
            if is_full || tally.seen >= most || budget.is_used(tally.seen, Instant::now) {
                Wanted::Enough
            } else {
                Wanted::More
            }
        });
        self.left = read.map_err(Stopped::Refused)?;
        chunk.read = tally.read;
        Ok(())
    }

    /// Waits for the chunk `number`, and keeps those that are early.
    fn next(&mut self, number: u64) -> Result<Chunk, Stopped> {
        loop {
            if self.parts.host.should_stop() {
                return Err(Stopped::Refused(RowsError::Stopped));
            }
            if let Some(chunk) = self.early.remove(&number) {
                return Ok(chunk);
            }
            match self.threads.results.recv_timeout(ASKING) {
                Ok((number, chunk)) => {
                    self.early.insert(number, chunk);
                }
                Err(RecvTimeoutError::Timeout) => {}
                // Threads end by themselves only when a panic gets past all that catches it; then the scope panics.
                Err(RecvTimeoutError::Disconnected) => {
                    return Err(Stopped::Refused(RowsError::Stopped));
                }
            }
        }
    }

    /// Writes what the function gave for the rows of `chunk`, and says for how many.
    fn write(&mut self, chunk: &mut Chunk) -> Result<u64, Stopped> {
        let Parts { layout, writer, location, .. } = &mut *self.parts;
        let (width, new_width) = (layout.width(), layout.new.len());
        let failed = chunk.changed.iter().enumerate().find_map(|(nth, &at)| {
            let (key_at, new_at) = (at * width, nth * new_width);
            let change = Change { keys: &chunk.rows, key_at, new: &chunk.new, new_at };
            writer.write(layout, change).err().map(|error| (at, Error::from(*error).at(location)))
        });
        match failed.or(chunk.flaw.take()) {
            Some((at, error)) => {
                let mut key = Cells::default();
                chunk.rows.range(at * width, layout.key.width()).for_each(|value| key.push(value));
                let cursor = Cursor { key, schema_version: self.cursor.schema_version };
                let cursor = cursor.encode(&layout.key);
                Err(RowFailure::stopped(error, chunk.ordinals[at], cursor))
            }
            None => Ok(chunk.changed.len() as u64),
        }
    }
}
