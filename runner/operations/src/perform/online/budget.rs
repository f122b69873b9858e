//! How much a piece of work may be, and what is left of that.

use std::time::Instant;

/// How much a piece of work may be. Each does a little, however small this is.
#[derive(Debug, Clone, Copy)]
pub struct Budget {
    /// How many rows and notes at most.
    pub rows: u64,
    /// When it is to be over.
    pub until: Instant,
}

/// What is left of a budget.
pub(super) struct Spending<'b> {
    budget: &'b Budget,
    rows: u64,
}

impl<'b> Spending<'b> {
    /// The lock is looked at between batches alone, so each takes a small part of the time.
    const BATCH: u64 = 200;

    pub(super) fn of(budget: &'b Budget) -> Self {
        Self { budget, rows: 0 }
    }

    /// How many rows the next batch has.
    pub(super) fn batch(&self) -> u64 {
        self.budget.rows.saturating_sub(self.rows).clamp(1, Self::BATCH)
    }

    pub(super) fn spend(&mut self, rows: u64) {
        self.rows += rows;
    }

    pub(super) fn is_over(&self) -> bool {
        self.rows >= self.budget.rows || Instant::now() >= self.budget.until
    }
}
