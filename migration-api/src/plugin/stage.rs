//! Has the host go through a stage of a batched migration.

use std::ffi::c_void;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::time::Duration;

use migration_operation::wire;

use super::abi::{self, BatchOutcome, Bytes, Call, Text};
use crate::host::Stage;
use crate::stage::{Batch, BatchDone, BatchFailure, NamedRow, StageKind};
use crate::{Error, Result};

/// A stage while the host goes through it.
struct Worker<'w, 's> {
    stage: &'w mut Stage<'s>,
    /// Why it failed last.
    error: Option<Error>,
    /// What it panicked with: nothing may unwind through the host.
    panic: Option<Box<dyn std::any::Any + Send>>,
}

/// Has the host behind `call` go through `stage`.
///
/// # Errors
/// That of the stage's own work; the host does not go on.
pub(super) fn ask(call: &Call, stage: &mut Stage<'_>) -> Result {
    // Nobody but a host of this minor loads a plugin with our flag.
    if (call.size as usize) < size_of::<Call>() {
        return Err("the runner is older than this migration".into());
    }
    let operations = match stage.kind {
        StageKind::Online { operations } => wire::encode(operations),
        StageKind::Step | StageKind::Rows { .. } => Vec::new(),
    };
    let (kind, table, skip_failures) = match stage.kind {
        StageKind::Step => (abi::STAGE_STEP, "", 0),
        StageKind::Rows { table, skip_failures } => (abi::STAGE_ROWS, table, skip_failures),
        StageKind::Online { .. } => (abi::STAGE_ONLINE, "", 0),
    };
    // The text lives as long as the stage, which the worker borrows as a whole.
    let table = table.to_owned();
    let mut worker = Worker { stage, error: None, panic: None };
    let asked = abi::Stage {
        size: size_of::<abi::Stage>() as u32,
        kind,
        table: Text::lend(&table),
        operations: Bytes::lend(&operations),
        skip_failures,
        worker: (&raw mut worker).cast(),
        count,
        work,
    };
    // SAFETY: `context` is the host's own; all that `asked` lends outlives the call, and nobody else uses `worker`
    // meanwhile.
    let status = unsafe { (call.stage)(call.context, &raw const asked) };
    if let Some(payload) = worker.panic {
        resume_unwind(payload);
    }
    match (status, worker.error) {
        (abi::STAGE_DONE, _) => Ok(()),
        (abi::STAGE_FAILED, Some(error)) => Err(error),
        _ => Err("the runner does not go on with this migration now".into()),
    }
}

/// Calls `work` for the host, which gets no panic.
///
/// # Safety
/// `worker` is that of a stage which the host goes through, on the thread that called the host.
unsafe fn serve(
    worker: *mut c_void,
    work: impl FnOnce(&mut Stage<'_>) -> Result<(), Error>,
) -> u32 {
    // SAFETY: the caller vouches for it.
    let worker = unsafe { &mut *worker.cast::<Worker<'_, '_>>() };
    match catch_unwind(AssertUnwindSafe(|| work(worker.stage))) {
        Ok(Ok(())) => abi::DONE,
        Ok(Err(error)) => {
            worker.error = Some(error);
            abi::FAILED
        }
        Err(payload) => {
            worker.panic = Some(payload);
            abi::FAILED
        }
    }
}

unsafe extern "C" fn count(worker: *mut c_void, total: *mut u64) -> u32 {
    // SAFETY: the host hands back the worker, and a place for a number.
    unsafe {
        serve(worker, |stage| {
            *total = (stage.count)()?;
            Ok(())
        })
    }
}

unsafe extern "C" fn work(worker: *mut c_void, batch: *const abi::Batch) -> u32 {
    // SAFETY: the host hands back the worker, and lends the batch for this call.
    unsafe {
        let asked = &*batch;
        let batch = Batch {
            cursor: asked.cursor.read().unwrap_or_default(),
            rows: asked.rows.max(1),
            time: (asked.nanoseconds != 0).then(|| Duration::from_nanos(asked.nanoseconds)),
            pass_over: asked.pass_over != 0,
        };
        serve(worker, |stage| match (stage.work)(&batch) {
            Ok(done) => {
                answer(asked, &done);
                Ok(())
            }
            Err(failure) => {
                answer_failure(asked, &failure);
                Err(failure.error)
            }
        })
    }
}

/// # Safety
/// `asked` is the host's, as in [`work`].
unsafe fn answer(asked: &abi::Batch, done: &BatchDone) {
    let nothing = NamedRow::default();
    let row = done.passed_over.as_ref().unwrap_or(&nothing);
    let outcome = BatchOutcome {
        size: size_of::<BatchOutcome>() as u32,
        ended: done.ended.into(),
        seen: done.seen,
        read: done.read,
        changed: done.changed,
        cursor: Bytes::lend(&done.cursor),
        key: Text::lend(&row.key),
        values: Text::lend(&row.values),
        reason: Text::lend(""),
    };
    // SAFETY: the caller vouches for `asked`, and all that is lent outlives the call.
    unsafe { (asked.answer)(asked.taker, &raw const outcome) }
}

/// # Safety
/// `asked` is the host's, as in [`work`].
unsafe fn answer_failure(asked: &abi::Batch, failure: &BatchFailure) {
    let Some(failed) = &failure.row else { return };
    let outcome = BatchOutcome {
        size: size_of::<BatchOutcome>() as u32,
        ended: 0,
        seen: failed.good,
        read: 0,
        changed: 0,
        cursor: Bytes::lend(&failed.cursor),
        key: Text::lend(&failed.row.key),
        values: Text::lend(&failed.row.values),
        reason: Text::lend(&failed.reason),
    };
    // SAFETY: the caller vouches for `asked`, and all that is lent outlives the call.
    unsafe { (asked.answer)(asked.taker, &raw const outcome) }
}
