//! How many rows a chunk should have.

use std::time::Duration;

use super::chunk::Chunk;

/// The time that a chunk should take: long next to what it costs to hand it over, short next to what a person who
/// wants it to stop will wait.
const TIME: Duration = Duration::from_millis(1);

/// The rows of a chunk: few first, since nothing is known of the function.
const FIRST: usize = 16;
pub(super) const MOST: usize = 1_024;

/// What was learned of the chunks before.
pub(super) struct Pace {
    /// The rows of the next chunk.
    pub(super) rows: usize,
    /// How often a chunk comes out at the end, with all threads at work.
    pub(super) interval: Duration,
}

impl Pace {
    pub(super) fn new() -> Self {
        Self { rows: FIRST, interval: Duration::ZERO }
    }

    /// Learns from `chunk`, which was written in the time `wrote` after one of `threads` had computed it.
    pub(super) fn learn(&mut self, chunk: &Chunk, wrote: Duration, threads: u32) {
        self.interval = wrote.max(chunk.took / threads);
        let took = wrote.max(chunk.took);
        if took > TIME * 2 || !chunk.is_done() {
            self.rows = (self.rows / 2).max(1);
        } else if took < TIME / 2 && chunk.ordinals.len() >= self.rows {
            self.rows = (self.rows * 2).min(MOST);
        }
    }
}
