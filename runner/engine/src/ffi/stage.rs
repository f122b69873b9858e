//! A stage that a batched migration asks for, and the calls back into the migration for its work.

use std::ffi::c_void;
use std::time::Duration;

use migration_api::abi::{self, BatchOutcome, Bytes, Stage};
use migration_api::operation::{Operation, OperationError, wire};

/// A stage that a migration asks for.
pub(crate) struct StageRequest<'s> {
    stage: &'s Stage,
}

/// What is to be done in a stage.
pub(crate) enum StageKind {
    Step,
    Rows { table: String, skip_failures: u64 },
    Online(Vec<Operation>),
}

/// Work for one transaction.
pub(crate) struct BatchRequest<'b> {
    /// Where the batch before ended.
    pub(crate) cursor: &'b [u8],
    /// How many rows at most.
    pub(crate) rows: u64,
    /// For how long rows may be begun; `None`: until all are done.
    pub(crate) time: Option<Duration>,
    /// No row is changed: the next one is only named.
    pub(crate) pass_over: bool,
}

/// What the migration says of one transaction.
#[derive(Debug, Default)]
pub(crate) struct BatchAnswer {
    /// Where the next batch begins. Of work that failed: behind the row that it failed at.
    pub(crate) cursor: Vec<u8>,
    /// How many rows were looked at. Of work that failed: how many before that one, which are fine.
    pub(crate) seen: u64,
    /// How many of them are what the stage is about.
    pub(crate) read: u64,
    pub(crate) ended: bool,
    /// The row that failed or was passed over.
    pub(crate) key: String,
    pub(crate) values: String,
    pub(crate) reason: String,
}

impl BatchAnswer {
    /// Whether work failed at a row that the migration knows.
    pub(crate) fn names_a_row(&self) -> bool {
        !self.cursor.is_empty()
    }
}

/// How a stage ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum StageEnd {
    /// It is done.
    Done,
    /// Its own code failed, and says why when it returns.
    Failed,
    /// The host does not go on.
    Ended,
}

impl StageEnd {
    pub(super) fn status(self) -> u32 {
        match self {
            Self::Done => abi::STAGE_DONE,
            Self::Failed => abi::STAGE_FAILED,
            Self::Ended => abi::STAGE_ENDED,
        }
    }
}

impl<'s> StageRequest<'s> {
    /// # Safety
    /// `stage` is a migration's, lent for `'s`, and its functions may be called meanwhile.
    pub(super) unsafe fn of(stage: *const Stage) -> Option<Self> {
        // SAFETY: the caller vouches for it.
        let stage = unsafe { stage.as_ref::<'s>() }?;
        (stage.size as usize >= size_of::<Stage>()).then_some(Self { stage })
    }

    /// What is to be done.
    ///
    /// # Errors
    /// Operations that this runner does not know; another kind of stage.
    pub(crate) fn kind(&self) -> Result<StageKind, OperationError> {
        // SAFETY: the migration lends both while the stage lasts.
        let (table, operations) =
            unsafe { (self.stage.table.read(), self.stage.operations.read()) };
        Ok(match self.stage.kind {
            abi::STAGE_STEP => StageKind::Step,
            abi::STAGE_ROWS => StageKind::Rows {
                table: table.unwrap_or_default().to_owned(),
                skip_failures: self.stage.skip_failures,
            },
            abi::STAGE_ONLINE => StageKind::Online(wire::decode(operations.unwrap_or_default())?),
            other => {
                let reason = format!("a stage of the kind {other} is not known to this runner");
                return Err(migration_api::Refusal::Unreadable { reason })
                    .map_err(|refusal| OperationError::new("go on".to_owned(), refusal));
            }
        })
    }

    /// The number of rows; `None`: the migration failed.
    pub(crate) fn count(&self) -> Option<u64> {
        let mut total = 0;
        // SAFETY: the migration's function takes its own worker, and writes one number.
        let status = unsafe { (self.stage.count)(self.stage.worker, &raw mut total) };
        (status == abi::DONE).then_some(total)
    }

    /// Has the migration do the work of one transaction.
    ///
    /// # Errors
    /// It failed.
    pub(crate) fn work(&self, batch: &BatchRequest<'_>) -> Result<BatchAnswer, BatchAnswer> {
        let mut answer = BatchAnswer::default();
        let asked = abi::Batch {
            size: size_of::<abi::Batch>() as u32,
            pass_over: batch.pass_over.into(),
            rows: batch.rows,
            nanoseconds: batch
                .time
                .map_or(0, |time| u64::try_from(time.as_nanos()).unwrap_or(u64::MAX).max(1)),
            cursor: Bytes::lend(batch.cursor),
            taker: (&raw mut answer).cast(),
            answer: take,
        };
        // SAFETY: the migration's function takes its own worker; what is lent, and `answer`, outlive the call.
        let status = unsafe { (self.stage.work)(self.stage.worker, &raw const asked) };
        if status == abi::DONE { Ok(answer) } else { Err(answer) }
    }
}

/// Copies what the migration answers.
unsafe extern "C" fn take(taker: *mut c_void, outcome: *const BatchOutcome) {
    // SAFETY: the migration hands back the pointer that it was given, before it returns, and lends the outcome.
    unsafe {
        let Some(outcome) = outcome.as_ref() else { return };
        if (outcome.size as usize) < size_of::<BatchOutcome>() {
            return;
        }
        *taker.cast::<BatchAnswer>() = BatchAnswer {
            cursor: outcome.cursor.read().unwrap_or_default().to_vec(),
            seen: outcome.seen,
            read: outcome.read,
            ended: outcome.ended != 0,
            key: outcome.key.read().unwrap_or_default().to_owned(),
            values: outcome.values.read().unwrap_or_default().to_owned(),
            reason: outcome.reason.read().unwrap_or_default().to_owned(),
        };
    }
}
