//! Rows that go through a thread together.

use std::time::Duration;

use super::super::cells::Cells;
use crate::Error;

/// A chunk with its place in the order of the key.
pub(super) type Numbered = (u64, Chunk);

/// Rows on their way through a thread.
#[derive(Default)]
pub(super) struct Chunk {
    /// What was read, row behind row.
    pub(super) rows: Cells,
    /// The number of each row in the batch, from 1.
    pub(super) ordinals: Vec<u64>,
    /// What the function has had when these rows are written.
    pub(super) read: u64,
    /// The first row that is not computed yet.
    pub(super) next: usize,
    /// The rows that get new values, and those values.
    pub(super) changed: Vec<usize>,
    pub(super) new: Cells,
    /// The first row that failed; those behind it were left alone.
    pub(super) flaw: Option<(usize, Error)>,
    pub(super) took: Duration,
}

impl Chunk {
    /// Whether each of its rows is computed; otherwise the new values are written first, since they are large.
    pub(super) fn is_done(&self) -> bool {
        self.next == self.ordinals.len()
    }

    /// Forgets the new values, once they are written.
    pub(super) fn forget_written(&mut self) {
        self.new.clear();
        self.changed.clear();
    }

    pub(super) fn clear(&mut self) {
        self.forget_written();
        self.rows.clear();
        self.ordinals.clear();
        self.next = 0;
        self.flaw = None;
    }
}
