//! All rows as a stage of a batched migration: the host asks for one batch after another, each in a transaction of its
//! own.

use std::time::Instant;

use rusqlite::Connection;

use super::batch::{self, Budget, Stopped};
use super::builder::Spec;
use super::count;
use super::failure::{Fault, RowError};
use super::function::Work;
use super::pass::Pass;
use super::table::Span;
use crate::host::{Batch, BatchDone, BatchFailure, FailedRow, Host, NamedRow, Stage, StageKind};
use crate::{Error, Result};

/// Has the function go over all rows that are left, and gives the number of those that this run changed.
pub(super) fn run(
    connection: &Connection,
    host: &dyn Host,
    spec: &Spec,
    work: Work<'_>,
) -> Result<u64> {
    let mut changed = 0;
    // Its statements are compiled in the first batch: between two stages the host lets nothing be written, and asks
    // when a statement is compiled.
    let mut pass = Lazy { connection, host, spec, work: Some(work), pass: None };
    host.stage(&mut Stage {
        kind: StageKind::Rows { table: &spec.table, skip_failures: spec.skipped_failures },
        count: &mut || {
            count::in_slices(connection, host, spec).map_err(|stopped| told(stopped, spec))
        },
        work: &mut |batch| {
            let done = pass.batch(batch)?;
            changed += done.changed;
            Ok(done)
        },
    })?;
    Ok(changed)
}

/// A pass that is prepared when it is needed.
struct Lazy<'p, 'f> {
    connection: &'p Connection,
    host: &'p dyn Host,
    spec: &'p Spec,
    work: Option<Work<'f>>,
    pass: Option<Pass<'p, 'f>>,
}

impl<'p, 'f> Lazy<'p, 'f> {
    fn pass(&mut self) -> Result<&mut Pass<'p, 'f>, Stopped> {
        if let Some(work) = self.work.take() {
            let Self { connection, host, spec, .. } = *self;
            let pass = Pass::prepare(connection, host, spec, Span::Transactions, work);
            self.pass = Some(pass.map_err(Stopped::Refused)?);
        }
        self.pass.as_mut().ok_or(Stopped::NotPrepared)
    }

    fn batch(&mut self, batch: &Batch<'_>) -> Result<BatchDone, BatchFailure> {
        let until = batch.time.and_then(|time| Instant::now().checked_add(time));
        let spec = self.spec;
        let outcome = self.pass().and_then(|pass| match batch.pass_over {
            true => pass.next_row(batch.cursor).map(|next| match next {
                Some(next) => BatchDone {
                    cursor: next.cursor_after,
                    passed_over: Some(NamedRow { key: next.key, values: next.values }),
                    ..BatchDone::default()
                },
                None => BatchDone { ended: true, ..BatchDone::default() },
            }),
            false => pass.batch(batch.cursor, Budget { rows: batch.rows, until }).map(|done| {
                let batch::Batch { cursor, seen, read, changed, ended } = done;
                BatchDone { cursor, seen, read, changed, ended, passed_over: None }
            }),
        });
        outcome.map_err(|stopped| match stopped {
            Stopped::Row(failure) => {
                let batch::RowFailure { error, good, cursor_after, key, values, reason } = *failure;
                let row = NamedRow { key, values };
                let failed = FailedRow { good, cursor: cursor_after, row, reason };
                let row = Some(Box::new(failed));
                BatchFailure { error, row }
            }
            stopped => BatchFailure { error: told(stopped, spec), row: None },
        })
    }
}

/// The error of what stopped, at the line of the migration.
fn told(stopped: Stopped, spec: &Spec) -> Error {
    match stopped {
        Stopped::Row(failure) => failure.error,
        Stopped::Refused(error) => Error::from(error).at(spec.location),
        Stopped::NotPrepared => Error::from("the rows were refused before").at(spec.location),
    }
}

/// The panic of the function goes on, as one of the migration's own.
pub(super) fn go_on(error: &Error) {
    if let Some(row) = error.source().downcast_ref::<RowError>()
        && let Fault::Panic(panic) = &row.fault
    {
        panic.go_on(&row.place());
    }
}
