//! A batch: how much it may do, what it did, and why it failed.

use std::time::Instant;

use super::failure::RowError;
use super::refusal::RowsError;
use crate::Error;

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

/// The rows of a batch so far.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Tally {
    pub(super) seen: u64,
    pub(super) read: u64,
    pub(super) changed: u64,
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
