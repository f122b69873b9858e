//! Batches whose function runs on a thread for each core, while one thread reads ahead and writes.
//!
//! Rows go out in chunks, and chunks are written in the order in which they were read, whichever is ready first.

use std::collections::BTreeMap;
use std::panic::Location;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use super::cells::Cells;
use super::cursor::Cursor;
use super::layout::Layout;
use super::panicked;
use super::pass::{Budget, Parts, Pure, RowFailure, Stopped, Tally, call};
use super::reader::{Left, Wanted};
use super::refusal::RowsError;
use super::row::Row;
use super::writer::Change;
use crate::Error;

/// Chunks that are under way for each thread. One is computed while the next one waits, and the ones before it
/// are written.
const AHEAD: u64 = 4;

/// The time that a chunk should take: long next to what it costs to hand it over, short next to what a person who
/// wants it to stop will wait.
const CHUNK_TIME: Duration = Duration::from_millis(1);

/// The rows of a chunk: few first, since nothing is known of the function.
const FIRST_ROWS: usize = 16;
const MOST_ROWS: usize = 1_024;

/// The bytes of a chunk that are read, and of new values that are computed before they are written.
const MOST_BYTES: usize = 256 << 10;

/// How often it is asked whether to stop, while nothing is ready.
const ASKING: Duration = Duration::from_millis(20);

/// Rows on their way through a thread.
#[derive(Default)]
struct Chunk {
    /// What was read, row behind row.
    rows: Cells,
    /// The number of each row in the batch, from 1.
    ordinals: Vec<u64>,
    /// What the function has had when these rows are written.
    read: u64,
    /// The first row that is not computed yet.
    next: usize,
    /// The rows that get new values, and those values.
    changed: Vec<usize>,
    new: Cells,
    /// The first row that failed; those behind it were left alone.
    flaw: Option<(usize, Error)>,
    took: Duration,
}

/// Reads, hands out, takes back and writes until the budget is used.
pub(super) fn run(
    parts: &mut Parts<'_>,
    threads: usize,
    function: &Pure<'_>,
    cursor: &mut Cursor,
    budget: Budget,
    written: &mut dyn FnMut(u64),
) -> Result<(Left, Tally), Stopped> {
    let (layout, location) = (parts.layout.clone(), parts.location);
    let (jobs, waiting) = mpsc::channel();
    let (ready, results) = mpsc::channel();
    let (waiting, stop) = (Mutex::new(waiting), AtomicBool::new(false));
    thread::scope(|scope| {
        let mut started = 0;
        for _ in 0..threads {
            let worker = Worker {
                layout: &layout,
                location,
                function,
                waiting: &waiting,
                ready: ready.clone(),
                stop: &stop,
            };
            match thread::Builder::new().spawn_scoped(scope, move || worker.work()) {
                Ok(_) => started += 1,
                // Fewer do as well.
                Err(_) if started > 0 => break,
                Err(source) => return Err(Stopped::Refused(RowsError::Threads { source })),
            }
        }
        drop(ready);
        // It owns the sender: whichever way it ends, the threads find no more work.
        let line =
            Line { parts, cursor, budget, jobs, results, threads: started, left: Left::Some };
        let outcome = line.run(written);
        stop.store(true, Ordering::Relaxed);
        outcome
    })
}

/// A thread that runs the function.
struct Worker<'w, 'f> {
    layout: &'w Layout,
    location: &'static Location<'static>,
    function: &'w Pure<'f>,
    waiting: &'w Mutex<Receiver<(u64, Chunk)>>,
    ready: Sender<(u64, Chunk)>,
    stop: &'w AtomicBool,
}

impl Worker<'_, '_> {
    fn work(self) {
        panicked::listen();
        loop {
            let next = self.waiting.lock().unwrap_or_else(PoisonError::into_inner).recv();
            let Ok((number, mut chunk)) = next else { return };
            let begun = Instant::now();
            self.compute(&mut chunk);
            chunk.took = begun.elapsed();
            if self.ready.send((number, chunk)).is_err() {
                return;
            }
        }
    }

    /// Computes rows until there are no more, or until their new values should be written first.
    fn compute(&self, chunk: &mut Chunk) {
        let width = self.layout.width();
        while chunk.next < chunk.ordinals.len() && chunk.new.size() < MOST_BYTES {
            if self.stop.load(Ordering::Relaxed) {
                return;
            }
            let at = chunk.next;
            chunk.next += 1;
            let row = Row::kept(self.layout, &chunk.rows, at * width);
            match call(self.layout, self.location, &row, &mut chunk.new, self.function) {
                Ok(true) => chunk.changed.push(at),
                Ok(false) => {}
                Err(error) => {
                    chunk.flaw = Some((at, error));
                    return;
                }
            }
        }
    }
}

/// The thread of the connection.
struct Line<'l, 'p> {
    parts: &'l mut Parts<'p>,
    cursor: &'l mut Cursor,
    budget: Budget,
    jobs: Sender<(u64, Chunk)>,
    results: Receiver<(u64, Chunk)>,
    threads: u64,
    left: Left,
}

impl Line<'_, '_> {
    fn run(mut self, written: &mut dyn FnMut(u64)) -> Result<(Left, Tally), Stopped> {
        let mut tally = Tally::default();
        let (mut sent, mut taken) = (0, 0);
        let mut early = BTreeMap::new();
        let mut spare: Vec<Chunk> = Vec::new();
        let (mut rows, mut pace) = (FIRST_ROWS, Duration::ZERO);
        loop {
            while self.left == Left::Some && sent - taken < AHEAD * self.threads {
                // What is under way has to be waited for and written before it can be back.
                let under_way = pace * u32::try_from(sent - taken).unwrap_or(u32::MAX);
                if self.budget.is_used(tally.seen, || Instant::now() + under_way) {
                    break;
                }
                let mut chunk = spare.pop().unwrap_or_default();
                self.read(&mut chunk, rows, &mut tally)?;
                if chunk.ordinals.is_empty() {
                    spare.push(chunk);
                    continue;
                }
                // It fails if no thread is left, and then so does the wait for what they give.
                let _ = self.jobs.send((sent, chunk));
                sent += 1;
            }
            if sent == taken {
                return Ok((self.left, tally));
            }
            let mut chunk = self.next(taken, &mut early)?;
            let begun = Instant::now();
            tally.changed += self.write(&mut chunk)?;
            let wrote = begun.elapsed();
            pace = wrote.max(chunk.took / u32::try_from(self.threads).unwrap_or(1));
            rows = better(rows, &chunk, wrote.max(chunk.took));
            if chunk.next < chunk.ordinals.len() {
                // The rest of it is computed under its old number, so that nothing behind it is written before.
                chunk.forget_written();
                let _ = self.jobs.send((taken, chunk));
                continue;
            }
            written(chunk.read);
            taken += 1;
            chunk.clear();
            spare.push(chunk);
        }
    }

    /// Reads some rows into `chunk`.
    fn read(&mut self, chunk: &mut Chunk, rows: usize, tally: &mut Tally) -> Result<(), Stopped> {
        let Parts { layout, reader, host, .. } = &mut *self.parts;
        if host.should_stop() {
            return Err(Stopped::Refused(RowsError::Stopped));
        }
        let most = tally.seen + MOST_ROWS as u64;
        let (width, budget) = (layout.width(), self.budget);
        let read = reader.read(&mut self.cursor.key, &mut |row, _| {
            tally.seen += 1;
            if layout.lets_through(row) {
                tally.read += 1;
                let row = Row::running(layout, row);
                (0..width).for_each(|at| chunk.rows.push(row.value(at)));
                chunk.ordinals.push(tally.seen);
            }
            let is_full = chunk.ordinals.len() >= rows || chunk.rows.size() >= MOST_BYTES;
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
    fn next(&self, number: u64, early: &mut BTreeMap<u64, Chunk>) -> Result<Chunk, Stopped> {
        loop {
            if let Some(chunk) = early.remove(&number) {
                return Ok(chunk);
            }
            match self.results.recv_timeout(ASKING) {
                Ok((number, chunk)) => {
                    early.insert(number, chunk);
                }
                Err(RecvTimeoutError::Timeout) if !self.parts.host.should_stop() => {}
                // Threads end by themselves only when a panic gets past all that catches it; then the scope panics.
                Err(_) => return Err(Stopped::Refused(RowsError::Stopped)),
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

/// The number of rows with which a chunk takes about as long as it should, where `chunk` took so long.
fn better(rows: usize, chunk: &Chunk, took: Duration) -> usize {
    let is_large = chunk.next < chunk.ordinals.len();
    if took < CHUNK_TIME / 2 && chunk.ordinals.len() >= rows && !is_large {
        (rows * 2).min(MOST_ROWS)
    } else if took > CHUNK_TIME * 2 || is_large {
        (rows / 2).max(1)
    } else {
        rows
    }
}

impl Chunk {
    fn forget_written(&mut self) {
        self.new.clear();
        self.changed.clear();
    }

    fn clear(&mut self) {
        self.forget_written();
        self.rows.clear();
        self.ordinals.clear();
        self.next = 0;
        self.flaw = None;
    }
}
