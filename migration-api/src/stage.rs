//! Stages: what a batched migration consists of.

use std::time::Duration;

use crate::operation::Operation;
use crate::{Error, Result};

/// Who begins and ends the transactions that a migrator works in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mode {
    /// The caller, around all of it.
    Whole,
    /// The host, around each stage.
    #[cfg_attr(not(feature = "plugin"), expect(dead_code, reason = "no other host has stages"))]
    Stages,
}

/// A part of a [batched](crate::Migration::BATCHED) migration, which the host goes through in transactions of its own.
pub struct Stage<'s> {
    /// What is done.
    pub kind: StageKind<'s>,
    /// Gives the number of rows that it is about. Called outside of transactions.
    pub count: &'s mut dyn FnMut() -> Result<u64>,
    /// Does the work of a step, or a batch of rows, in a transaction of the host. After an error the host may roll back
    /// and call it again with the same cursor.
    pub work: &'s mut dyn FnMut(&Batch<'_>) -> Result<BatchDone, BatchFailure>,
}

/// What is done in a stage.
#[derive(Debug, Clone, Copy)]
pub enum StageKind<'s> {
    /// One call of `work`, in one transaction.
    Step,
    /// The rows of a table, a batch in each transaction.
    Rows {
        /// The table.
        table: &'s str,
        /// How many rows may fail, and are noted and passed over.
        skip_failures: u64,
    },
    /// Operations on a table that others go on writing to; `work` is not called.
    Online {
        /// The operations.
        operations: &'s [Operation],
    },
}

/// What is to be done in one transaction.
#[derive(Debug, Clone, Copy)]
pub struct Batch<'b> {
    /// Where the batch before ended; empty: it is the first.
    pub cursor: &'b [u8],
    /// How many rows at most; at least 1.
    pub rows: u64,
    /// For how long rows may be begun; `None`: until all are done.
    pub time: Option<Duration>,
    /// No row is changed: the next one is only read past, and named.
    pub pass_over: bool,
}

/// What was done in one transaction.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct BatchDone {
    /// Where the next batch begins.
    pub cursor: Vec<u8>,
    /// How many rows were looked at.
    pub seen: u64,
    /// How many of them are what the stage is about.
    pub read: u64,
    /// How many of those were changed.
    pub changed: u64,
    /// No row is left.
    pub ended: bool,
    /// The row that was passed over, if that was asked for.
    pub passed_over: Option<NamedRow>,
}

/// A row in words.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct NamedRow {
    /// Its key.
    pub key: String,
    /// The values of it that were read.
    pub values: String,
}

/// Why the work of one transaction could not be done.
#[derive(Debug)]
pub struct BatchFailure {
    /// Why.
    pub error: Error,
    /// The row that it failed at, if it is one row.
    pub row: Option<Box<FailedRow>>,
}

/// The row that a batch failed at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FailedRow {
    /// How many rows before it in the batch were looked at, and are fine.
    pub good: u64,
    /// Behind it.
    pub cursor: Vec<u8>,
    /// The row.
    pub row: NamedRow,
    /// Why it failed, in words.
    pub reason: String,
}

impl From<Error> for BatchFailure {
    fn from(error: Error) -> Self {
        Self { error, row: None }
    }
}
