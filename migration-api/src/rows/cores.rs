//! Batches whose function runs on a thread for each core, while one thread reads ahead and writes.
//!
//! Rows go out in chunks (`chunk`), of a size that suits the function (`pace`), to threads (`worker`). The thread of the
//! connection (`pipeline`) writes them in the order in which it read them, whichever are ready first.

mod chunk;
mod pace;
mod pipeline;
mod worker;

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, mpsc};
use std::thread;

use super::batch::{Budget, Stopped, Tally};
use super::cursor::Cursor;
use super::function::Pure;
use super::pass::Parts;
use super::reader::Left;
use super::refusal::RowsError;
use pipeline::{Pipeline, Threads};
use worker::Worker;

/// Chunks that are under way for each thread. One is computed while the next one waits, and the ones before it
/// are written.
const AHEAD: u32 = 4;

/// The bytes that are read of a chunk, and the bytes of its new values that are computed before they are written. On many
/// cores they are fewer, so that all chunks together take some megabytes on any machine.
fn bytes_of_a_chunk(threads: usize) -> usize {
    const OF_ALL: usize = 16 << 20;
    (OF_ALL / threads / AHEAD as usize).clamp(16 << 10, 256 << 10)
}

/// What the main thread of a process usually has: a function that recurses should not end the process here alone. Of
/// what is not used only the addresses are taken.
const STACK: usize = 8 << 20;

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
    let most_bytes = bytes_of_a_chunk(threads);
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
                most_bytes,
            };
            match thread::Builder::new()
                .stack_size(STACK)
                .spawn_scoped(scope, move || worker.work())
            {
                Ok(_) => started += 1,
                // Fewer do as well.
                Err(_) if started > 0 => break,
                Err(source) => return Err(Stopped::Refused(RowsError::Threads { source })),
            }
        }
        drop(ready);
        let threads = Threads { count: started, jobs, results, most_bytes };
        let pipeline = Pipeline::new(parts, cursor, budget, threads);
        let outcome = pipeline.run(written);
        stop.store(true, Ordering::Relaxed);
        outcome
    })
}
