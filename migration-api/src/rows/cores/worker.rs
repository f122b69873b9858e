//! A thread that runs the function.

use std::panic::Location;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, Sender};
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

use super::super::function::{Pure, call};
use super::super::layout::Layout;
use super::super::panicked;
use super::super::row::Row;
use super::chunk::{Chunk, Numbered};

/// A thread that runs the function.
pub(super) struct Worker<'w, 'f> {
    pub(super) layout: &'w Layout,
    pub(super) location: &'static Location<'static>,
    pub(super) function: &'w Pure<'f>,
    pub(super) waiting: &'w Mutex<Receiver<Numbered>>,
    pub(super) ready: Sender<Numbered>,
    pub(super) stop: &'w AtomicBool,
    pub(super) most_bytes: usize,
}

impl Worker<'_, '_> {
    /// Works until there are no more chunks.
    pub(super) fn work(self) {
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
        while !chunk.is_done() && chunk.new.size() < self.most_bytes {
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
